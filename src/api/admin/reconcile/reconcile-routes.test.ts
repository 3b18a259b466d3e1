import type { AdminLab } from '../../../../test/support/admin-lab';
import { openAdminLab } from '../../../../test/support/admin-lab';
import { connectionOf, FakeReconciler } from '../../../../test/support/api-lab';

let lab: AdminLab;
let reconciler: FakeReconciler;
beforeEach(async () => {
  reconciler = new FakeReconciler();
  lab = await openAdminLab({ reconciler });
});
afterEach(() => lab.close());

const order = (key?: string): ReturnType<AdminLab['ask']> =>
  lab.ask('POST', '/connections/office/reconcile', key === undefined ? {} : { key });

describe('an ordered look at the call log', () => {
  it('answers what it mended and what it could not', async () => {
    reconciler.outcome = {
      healed: [{ callId: 'a', what: 'whole-call' }],
      notHealed: [
        { callId: 'b', reason: 'just-ended', mend: 'Wait.' },
        { reason: 'rows-without-history-id' },
      ],
      lookedAt: 2,
      from: '2026-03-09T10:00:00.000Z',
      to: '2026-03-10T10:00:00.000Z',
    };
    const { status, body } = await order();
    expect([status, body]).toEqual([200, reconciler.outcome]);
  });

  it('names its workflow when it takes longer', async () => {
    const { status, body } = await order();
    expect([status, body]).toEqual([202, { workflowId: 'reconcile/office' }]);
  });

  it('says so when Temporal does not answer', async () => {
    reconciler.failure = new Error('away');
    const { status, headers } = await order();
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
  });

  it('is not for those who may only read, nor for another connection', async () => {
    expect((await order(lab.keys.viewer)).status).toBe(403);
    expect((await order(lab.keys.elsewhere)).status).toBe(403);
    expect((await order(lab.keys.office)).status).toBe(202);
  });
});

describe('the schedule of a connection', () => {
  const body = (): object => {
    const { id: _id, ...input } = connectionOf();
    return input;
  };

  it('is made and changed with it, and ends with it', async () => {
    await lab.ask('PUT', '/connections/branch', { body: body() });
    await lab.ask('PATCH', '/connections/branch', { body: { rules: { reconcileMinutes: 5 } } });
    expect(reconciler.kept).toEqual(['branch', 'branch']);
    await lab.store.reconcile.put('branch', { readTo: '2026-03-10T10:00:00Z' });
    expect((await lab.ask('DELETE', '/connections/branch')).status).toBe(204);
    expect(reconciler.dropped).toEqual(['branch']);
    expect((await lab.store.reconcile.get('branch')).readTo).toBeNull();
  });

  it('never keeps a connection from being made', async () => {
    reconciler.failure = new Error('away');
    expect((await lab.ask('PUT', '/connections/branch', { body: body() })).status).toBe(201);
    expect((await lab.ask('DELETE', '/connections/branch')).status).toBe(204);
  });
});
