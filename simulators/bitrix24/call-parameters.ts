import type { MethodCall } from './method';
import { phpInt, phpString, phpTrue } from './php';
import type { Params } from './php';
import type { Portal } from './portal';
import { telephonyError, wrongAuthType } from './rest-error';

/** Refuses an incoming webhook where the policy wants an application. @throws RestError WRONG_AUTH_TYPE */
export function requireApplication(portal: Portal, call: MethodCall): void {
  if (portal.switches.authPolicy === 'appOnly' && call.caller.kind === 'webhook') throw wrongAuthType();
}

/**
 * The user that USER_ID or USER_PHONE_INNER names; he may still be inactive.
 * Extensions are looked up among active real users in a table of whole numbers from 1 to 9999, so one with a leading zero or
 * five digits is never found (reference section 5.1).
 *
 * @throws RestError "USER_ID or USER_PHONE_INNER should be set"
 */
export function namedUser(portal: Portal, params: Params): number {
  const userId = phpInt(params['USER_ID']);
  if (userId !== 0) return userId;
  const extension = phpString(params['USER_PHONE_INNER']);
  const user = portal.state.users.find(
    (one) => one.active && one.kind === 'employee' && inTable(one.extension) === extension,
  );
  if (extension === '' || user === undefined)
    throw telephonyError('USER_ID or USER_PHONE_INNER should be set');
  return user.id;
}

function inTable(extension: string | null): string | null {
  const number = Number(extension ?? '');
  return Number.isInteger(number) && number >= 1 && number <= 9_999 ? String(number) : null;
}

/** Refuses a user who is gone. @throws RestError "User is not found or is not active" */
export function requireActiveUser(portal: Portal, userId: number): void {
  if (portal.activeUser(userId) === undefined) throw telephonyError('User is not found or is not active');
}

/** Removes everything but digits and `# * + , ;`. */
export function stripNumber(value: unknown): string {
  return phpString(value).replace(/[^\d#*+,;]/g, '');
}

/** A flag that was not given takes the default; one that was given is read by PHP's truthiness. */
export function flag(params: Params, name: string, absent: boolean): boolean {
  return params[name] === undefined ? absent : phpTrue(params[name]);
}
