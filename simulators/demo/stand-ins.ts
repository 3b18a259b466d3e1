import type { Bitrix24Simulator, Bitrix24SimulatorOptions } from '../bitrix24';
import { startBitrix24Simulator } from '../bitrix24';
import type { ThreecxSimulator } from '../threecx';
import { startThreecxSimulator } from '../threecx';

/** Who sits where: extension of the stand-in PBX, user of the stand-in portal. */
export const people = [
  { extension: '101', userId: 1269, name: 'Anna Agent' },
  { extension: '102', userId: 1270, name: 'Boris Agent' },
  { extension: '103', userId: 1271, name: 'Clara Agent' },
  { extension: '110', userId: 1273, name: 'Secret Keeper' },
  { extension: '201', userId: 1280, name: 'Pavel Nevsky' },
  { extension: '202', userId: 1281, name: 'Olga Nevskaya' },
];

/** Queue, ring group and IVR of the stand-in PBX: nobody's calls. */
export const groups = ['800', '801', '802'];

/** The company's numbers. */
export const lines = [
  { did: '74951234567', lineNumber: '74951234567', name: 'Moscow' },
  { did: '78121234567', lineNumber: '78121234567', name: 'St. Petersburg' },
];

/** A running pair of stand-ins with the same people in both. */
export interface StandIns {
  pbx: ThreecxSimulator;
  portal: Bitrix24Simulator;
  close(): Promise<void>;
}

/** @param ports 0: any free one. */
export async function startStandIns(ports: { pbx: number; portal: number }): Promise<StandIns> {
  const users: Bitrix24SimulatorOptions['users'] = [
    { id: 1, name: 'Ada Admin', extension: null },
    ...people.map(({ userId, extension, name }) => ({ id: userId, extension, name })),
  ];
  const portal = await startBitrix24Simulator({
    port: ports.portal,
    users,
    contacts: [{ name: 'Ivan Client', phones: ['79161234567'] }],
  });
  const pbx = await startThreecxSimulator({ port: ports.pbx }).catch(async (error: unknown) => {
    await portal.close();
    throw error;
  });
  return {
    pbx,
    portal,
    close: async () => {
      await pbx.close();
      await portal.close();
    },
  };
}
