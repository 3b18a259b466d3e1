import type { CallActivities } from '../domain/call-steps';
import type { QuickLookActivities, ReconcileActivities } from '../domain/reconcile-steps';
import { createAskCallLog } from './ask-call-log';
import { createAttachRecording } from './attach-recording';
import type { ActivityDependencies } from './dependencies';
import { createFinishCall } from './finish-call';
import { createPassOnEvent } from './pass-on-event';
import { createPrepareCall } from './prepare-call';
import { createReconcileCalls } from './reconcile-calls';
import { createRegisterCall } from './register-call';
import { createSaveCall } from './save-call';
import { createSyncExtensions } from './sync-extensions';
import { createUpdateCards } from './update-cards';

/** Everything that workflows may ask of the world, made from its dependencies. */
export function createActivities(
  deps: ActivityDependencies,
): CallActivities & QuickLookActivities & ReconcileActivities {
  return {
    prepareCall: createPrepareCall(deps),
    registerCall: createRegisterCall(deps),
    updateCards: createUpdateCards(deps),
    finishCall: createFinishCall(deps),
    attachRecording: createAttachRecording(deps),
    saveCall: createSaveCall(deps),
    passOnEvent: createPassOnEvent(deps),
    askCallLog: createAskCallLog(deps),
    reconcileCalls: createReconcileCalls(deps),
    syncExtensions: createSyncExtensions(deps),
  };
}
