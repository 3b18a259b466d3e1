import { z } from 'zod';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import { HttpProblem } from '../../problem';
import type { Route } from '../route';
import { defineConnectionRoute } from '../route';

/** Proxies cut a request that is silent for a minute. */
const waitMs = 50_000;

const reconcileAnswer = named(
  'Reconciliation',
  z.strictObject({
    healed: z.array(z.strictObject({ callId: z.string(), what: z.enum(['whole-call', 'end', 'restarted']) })),
    notHealed: z.array(
      z.strictObject({
        callId: z.string().optional().meta({ description: 'Without: the look as a whole' }),
        reason: z.string(),
        mend: z.string().optional(),
      }),
    ),
    lookedAt: z.number().int().meta({ description: 'Calls of the log that were compared' }),
    from: z.string(),
    to: z.string(),
  }),
);
const runningAnswer = named('RunningReconciliation', z.strictObject({ workflowId: z.string() }));

/** `POST /connections/{connection}/reconcile`. */
export function reconcileRoutes({ reconciler }: Pick<ApiDependencies, 'reconciler'>): Route[] {
  return [
    defineConnectionRoute({
      method: 'post',
      path: '/reconcile',
      id: 'reconcile',
      tag: 'Calls',
      summary: 'Compares 3CX’s call log with the calls known here, now, and mends what is missing',
      description:
        'The same happens by itself every `rules.reconcileMinutes`. Looks back a day at least; a call that ended less than a minute ago is left for the next look.',
      answers: {
        200: { description: 'What was mended and what could not be', schema: reconcileAnswer },
        202: {
          description: 'Not done within 50 s: the look goes on in this workflow',
          schema: runningAnswer,
        },
      },
      handle: async ({ connection }) => {
        const { workflowId, outcome } = await reconciler
          .run(connection.value.id, waitMs)
          .catch((cause: unknown) => {
            throw new HttpProblem(503, {
              detail: 'Temporal does not answer.',
              headers: { 'Retry-After': '5' },
              cause,
            });
          });
        return outcome === undefined ? { status: 202, body: { workflowId } } : { status: 200, body: outcome };
      },
    }),
  ];
}
