import type { AuthKind } from './portal-lab';

/** Every combination of what is disputed about real portals (`bitrix24.md` 12.1), by both kinds of authorisation. */
export const portalSettings = (['webhook', 'application'] as AuthKind[]).flatMap((kind) =>
  (['both', 'appOnly'] as const).flatMap((authPolicy) =>
    (['empty', 'ERROR_CORE'] as const).flatMap((errorCodeStyle) =>
      (['standard', 'enterprise'] as const).map((plan) => ({ kind, authPolicy, errorCodeStyle, plan })),
    ),
  ),
);
