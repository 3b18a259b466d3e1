/** A refusal that the portal answers as JSON: HTTP status, code (may be empty) and English or localised text. */
export class RestError extends Error {
  /** @param code null: a telephony error, whose code the switch `errorCodeStyle` decides. */
  constructor(
    readonly status: number,
    readonly code: string | null,
    readonly description: string,
  ) {
    super(description);
    this.name = 'RestError';
  }
}

/** HTTP 400 of the telephony module: only the text tells one from another (reference section 1.3). */
export function telephonyError(description: string): RestError {
  return new RestError(400, null, description);
}

/** The method may not be called with an incoming webhook (reference section 2.3). */
export function wrongAuthType(): RestError {
  return new RestError(403, 'WRONG_AUTH_TYPE', 'Current authorization type is denied for this method');
}

/** 403 with the reason after the constant words. */
export function accessDenied(reason = ''): RestError {
  return new RestError(403, 'ACCESS_DENIED', `Access denied!${reason === '' ? '' : ` ${reason}`}`);
}

/** 400 for a parameter of the platform's own methods. */
export function argumentError(description: string): RestError {
  return new RestError(400, 'ERROR_ARGUMENT', description);
}

/** 400 for a parameter of the platform's own methods that is not given. */
export function argumentMissing(name: string): RestError {
  return argumentError(`Argument '${name}' is null or empty`);
}

/** The connection ends without an answer; what was committed before stays committed. */
export class AnswerLost extends Error {
  constructor() {
    super('The answer is lost');
    this.name = 'AnswerLost';
  }
}

/** Texts that a real portal prints in its own language; given in German here, so that no client matches on them. */
export const localised = {
  nameClash: 'Ein Objekt mit diesem Namen ist bereits vorhanden. (DISK_OBJ_22000)',
  notAudio: 'Der Dateityp wird nicht unterstützt. Bitte laden Sie eine Audiodatei hoch.',
  activityFailed: 'Beim Speichern der Aktivität ist ein Fehler aufgetreten.',
} as const;
