import { createRegisterCall } from '../../src/activities/register-call';
import type { RegisterInput, RegisterResult } from '../../src/domain/call-steps';
import { eventually } from '../support/eventually';
import { useCallBench } from './call-bench';
import { attempts, parameters } from './portal-lab';
import { openView } from '../support/open-view';

const { bench, openLab, registerInput } = useCallBench();
const addMethod = 'telephony.externalline.add';
const did = '74951234567';

const mapLine = (name?: string): Promise<unknown> =>
  bench.lab.store.lines.put(
    bench.lab.connection.id,
    {
      key: '8 (495) 123-45-67',
      value: { lineNumber: did, ...(name === undefined ? {} : { name }) },
      origin: 'manual',
    },
    { id: 'tester' },
  );

let serial = 0;
function call(): RegisterInput {
  const callId = `call-${++serial}`;
  return registerInput({
    callId,
    parameters: parameters(bench.lab, { externalCallId: callId }),
    view: openView(callId, { did }),
  });
}
const names = (): (string | null)[] => bench.lab.sim.control.lines.map((line) => line.name);

describe('a line with a name in its mapping', () => {
  it('is named in the portal by its first call, and again when the mapping changes', async () => {
    await openLab('application');
    await mapLine('Moscow');
    let nowMs = Date.now();
    const register = createRegisterCall(bench.lab.deps({ clock: () => new Date(nowMs) }));
    const make = (): Promise<RegisterResult> => attempts().next(() => register(call()));
    await make();
    await eventually(() => names().includes('Moscow'), 'the line is named');
    const asked = bench.lab.sim.control.requests(addMethod).length;
    await make();
    await mapLine('Moscow, sales');
    // Nor is the mapping read again with every call.
    nowMs += 11_000;
    await make();
    await eventually(() => names().includes('Moscow, sales'), 'the line is named anew');
    expect(names()).toEqual(['Moscow, sales']);
    expect(bench.lab.sim.control.requests(addMethod)).toHaveLength(asked + 1);
  });

  it('hurts no call where the portal allows it to applications only, and is not asked for with every call', async () => {
    await openLab('webhook', { switches: { authPolicy: 'appOnly' } });
    await mapLine('Moscow');
    let asked = 0;
    const register = createRegisterCall(
      bench.lab.deps({
        bitrix24: {
          ...bench.lab.client,
          register: async () => ({ bitrix24CallId: 'externalCall.1', leadCreationFailed: false }),
          nameLine: (context, line) => {
            asked += 1;
            return bench.lab.client.nameLine(context, line);
          },
        },
      }),
    );
    const result = await attempts().next(() => register(call()));
    expect(result.bitrix24CallId).toBe('externalCall.1');
    await eventually(() => asked === 1, 'the portal was asked');
    // Nobody gets another turn for a while.
    expect(await bench.lab.store.lines.takeNaming(bench.lab.connection.id, did, 'anything', 1)).toBe(false);
  });

  it('is left to the portal without a name', async () => {
    await openLab('application');
    await mapLine();
    const register = createRegisterCall(bench.lab.deps());
    await attempts().next(() => register(call()));
    await mapLine('Now');
    await attempts().next(() => register(call()));
    await eventually(() => names().includes('Now'), 'the line is named');
    expect(bench.lab.sim.control.requests(addMethod)).toHaveLength(1);
  });
});
