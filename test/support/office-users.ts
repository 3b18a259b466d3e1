/** Extensions of the stand-in PBX that talk in tests, and the Bitrix24 users behind them. */
export const officeUsers: Readonly<Record<string, number>> = {
  '101': 1269,
  '102': 1270,
  '103': 1271,
  '201': 1280,
  '202': 1281,
};
