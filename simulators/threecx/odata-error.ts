import { Refusal } from './pbx-request';
import { jsonAnswer } from './wire';

/** A refusal of XAPI with a warning name, in the shape of 3cx.md 5.6. */
export function warning(name: string, target: string, status = 400): Refusal {
  const text = `WARNINGS.XAPI.${name}`;
  const error = {
    code: '',
    message: `${target}:\n${text}`,
    target,
    details: [{ code: '', message: text, target }],
  };
  return new Refusal(jsonAnswer(status, { error }), `${status} ${text}`);
}

/** A query that OData itself refuses. */
export function badQuery(reason: string): Refusal {
  const error = {
    code: '',
    message: `The query specified in the URI is not valid. ${reason}`,
    details: [],
    innererror: { message: reason, type: 'Microsoft.OData.ODataException', stacktrace: '' },
  };
  return new Refusal(jsonAnswer(400, { error }), `400 ${reason}`);
}
