import { PeerError } from '../../domain/peer-error';
import { HttpProblem } from '../problem';

const names = { bitrix24: 'Bitrix24', threecx: '3CX' };

/** A peer's failure as an answer: 503 when it helps to come back, else 502; says what a person should do. */
export function peerProblem(error: unknown): unknown {
  if (!(error instanceof PeerError)) return error;
  const detail = `${names[error.peer]}: ${error.reason}. ${error.mend}`;
  const waitSeconds = Math.max(1, Math.ceil((error.retryAfterMs ?? 5_000) / 1000));
  return error.reaction === 'not-yet'
    ? new HttpProblem(503, { detail, headers: { 'Retry-After': String(waitSeconds) }, cause: error })
    : new HttpProblem(502, { detail, cause: error });
}
