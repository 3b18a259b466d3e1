import { encodingAndJson } from './cases/encoding-json';
import { runHttpCases } from './run-http-cases';

runHttpCases('bytes that are no text, and text that is no call', encodingAndJson);

it('B17 no prototype was changed by any of it', () => {
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});
