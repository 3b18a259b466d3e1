import type { CallActivities } from '../domain/call-steps';
import { createAttachRecording } from './attach-recording';
import type { ActivityDependencies } from './dependencies';
import { createFinishCall } from './finish-call';
import { createPassOnEvent } from './pass-on-event';
import { createPrepareCall } from './prepare-call';
import { createRegisterCall } from './register-call';
import { createSaveCall } from './save-call';
import { createUpdateCards } from './update-cards';

/** Everything that the call workflow may ask of the world, made from its dependencies. */
export function createActivities(deps: ActivityDependencies): CallActivities {
  return {
    prepareCall: createPrepareCall(deps),
    registerCall: createRegisterCall(deps),
    updateCards: createUpdateCards(deps),
    finishCall: createFinishCall(deps),
    attachRecording: createAttachRecording(deps),
    saveCall: createSaveCall(deps),
    passOnEvent: createPassOnEvent(deps),
  };
}
