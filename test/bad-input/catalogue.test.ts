import { adminApi } from './cases/admin-api';
import { auth } from './cases/auth';
import { callFields } from './cases/call-fields';
import { portalAnswers } from './cases/crm-answers';
import { encodingAndJson } from './cases/encoding-json';
import { httpLayer } from './cases/http-layer';
import { pbxAnswers } from './cases/pbx-answers';
import { phoneNumbers } from './cases/phone-numbers';
import {
  listedAddresses,
  recordingAddresses,
  recordingBytes,
  recordingNames,
} from './cases/recording-address';
import { slowClients } from './cases/slow-clients';
import { forgedPayloads, longFacts, oddArguments, otherEdges } from './cases/temporal-edge';

const tables: readonly (readonly (readonly [string, ...unknown[]])[])[] = [
  httpLayer,
  slowClients,
  encodingAndJson,
  callFields,
  phoneNumbers,
  adminApi,
  auth,
  recordingAddresses,
  listedAddresses,
  recordingBytes,
  recordingNames,
  portalAnswers,
  pbxAnswers,
  forgedPayloads(),
  oddArguments,
  longFacts,
  otherEdges.map((name): [string] => [name]),
];
const names = tables.flat().map(([name]) => name);

/** Entries of the catalogue, from and to (reliability.md section 4). */
const ranges = [
  [1, 9],
  [10, 18],
  [20, 26],
  [30, 38],
  [40, 47],
  [50, 50],
  [60, 65],
  [70, 75],
  [80, 84],
] as const;
const entries = ranges.flatMap(([from, to]) =>
  Array.from({ length: to - from + 1 }, (_, at) => `B${String(from + at).padStart(2, '0')}`),
);

describe('the catalogue of bad input', () => {
  it.each(entries)('%s is tried', (entry) => {
    expect(names.filter((name) => name.startsWith(`${entry} `)).length).toBeGreaterThan(0);
  });

  it('has a number for every case, and no case twice', () => {
    expect(names.filter((name) => !entries.includes(name.slice(0, 3)))).toEqual([]);
    for (const table of tables) {
      const own = table.map(([name]) => name);
      expect(own.filter((name, at) => own.indexOf(name) < at)).toEqual([]);
    }
  });

  it('has more than 300 cases', () => {
    expect(names.length).toBeGreaterThan(300);
  });
});
