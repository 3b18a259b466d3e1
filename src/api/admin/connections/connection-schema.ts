import { z } from 'zod';
import { connectionInputSchema, connectionNameSchema } from '../../../domain/connection';
import type { Connection } from '../../../domain/connection';
import { maskConnection } from '../../../store';
import type { Peer, PeerHealth, Versioned } from '../../../store';
import { named } from '../../openapi/named';

const peerHealthSchema = z.strictObject({
  ok: z.boolean().nullable().meta({ description: 'null: no contact yet' }),
  reason: z.string().optional(),
  mend: z.string().optional().meta({ description: 'What a person should do about it' }),
  at: z.string().optional().meta({ description: 'When the last real contact was' }),
});

/** Body of `PUT /connections/{connection}`. */
export const connectionInput = named('ConnectionInput', connectionInputSchema);

/** Body of `PATCH /connections/{connection}`; the merged whole is checked as a `ConnectionInput`. */
export const connectionPatch = named(
  'ConnectionPatch',
  z.looseObject({}).meta({ description: 'Any part of a ConnectionInput; null removes a field' }),
);

/** A connection as it is shown: every secret is `***`. */
export const connectionAnswer = named(
  'Connection',
  connectionInputSchema.extend({
    id: connectionNameSchema,
    webhookTokens: z.array(z.string()).meta({
      description: 'Masked; only the answer that tells of a token made by the server shows it, once',
    }),
    health: z.strictObject({ bitrix24: peerHealthSchema, threecx: peerHealthSchema }),
    updatedAt: z.string(),
  }),
);

/** What the server adds to a connection; ignored when it is sent back. */
export const readOnlyFields = ['health', 'updatedAt'] as const;

/** @param madeToken a webhook token that the server has just made: shown this one time. */
export function showConnection(
  { value, updatedAt }: Versioned<Connection>,
  health: Partial<Record<Peer, PeerHealth>>,
  madeToken?: string,
): z.output<typeof connectionAnswer> {
  return {
    ...maskConnection(value),
    ...(madeToken === undefined ? {} : { webhookTokens: [madeToken] }),
    health: { bitrix24: health.bitrix24 ?? { ok: null }, threecx: health.threecx ?? { ok: null } },
    updatedAt,
  };
}
