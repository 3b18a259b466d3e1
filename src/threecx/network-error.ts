import { PeerError } from '../domain/peer-error';
import { SilenceError } from './exchange';
import { ForbiddenAddressError } from '../network/guarded-lookup';
import { threecxError } from './reasons';
import type { ThreecxReason } from './reasons';

const certificate =
  /^(CERT_|ERR_TLS_CERT|ERR_SSL|ERR_OSSL|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|HOSTNAME_MISMATCH)/;

/**
 * Translates what the network stack throws. Errors that are translated already pass unchanged.
 *
 * @param cancelled the caller called the request off.
 * @param late the request's total time was used up.
 */
export function translateNetworkError(
  error: unknown,
  { cancelled, late }: { cancelled: boolean; late: boolean },
): Error {
  if (error instanceof PeerError) return error;
  if (cancelled) return threecxError('cancelled', { cause: error });
  return threecxError(late ? 'pbx-timeout' : reasonOf(error), { cause: error });
}

function reasonOf(error: unknown): ThreecxReason {
  if (error instanceof ForbiddenAddressError) return 'forbidden-address';
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  if (error instanceof SilenceError || code === 'ETIMEDOUT') return 'pbx-timeout';
  // A token that no header can carry.
  if (code === 'ERR_INVALID_CHAR') return 'threecx-token-refused';
  if (certificate.test(code)) return 'certificate-not-trusted';
  // Happy eyeballs reports one error per address tried.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return 'pbx-unreachable';
}
