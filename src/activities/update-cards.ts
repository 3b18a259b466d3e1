import type { CallActivities } from '../domain/call-steps';
import type { ActivityDependencies } from './dependencies';
import { portalStep } from './portal-step';

/** Shows the call card to some users and hides it from others; that the call is not open any more is fine. */
export function createUpdateCards(deps: ActivityDependencies): CallActivities['updateCards'] {
  const { bitrix24 } = deps;
  return (input) =>
    portalStep(deps, input, async (context) => {
      const { bitrix24CallId, show, hide } = input;
      if (show.length > 0) await bitrix24.show(context, bitrix24CallId, show);
      if (hide.length > 0) await bitrix24.hide(context, bitrix24CallId, hide);
    });
}
