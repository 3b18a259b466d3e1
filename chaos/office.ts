import { officeUsers } from '../test/support/office-users';

/** Extensions of the stand-in PBX and the Bitrix24 users behind them; 203 is the one who is dismissed. */
export const users: Readonly<Record<string, number>> = { ...officeUsers, '203': 1282 };

/** Own numbers. */
export const lines = ['74951234567', '78121234567'];

/** Bitrix24 user of calls that belong to nobody. */
export const fallbackUserId = 1;

/** Name of the connection. */
export const connection = 'chaos';
