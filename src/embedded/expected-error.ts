/** A start that cannot work for a reason the operator can mend: the message alone is shown, without a stack. */
export class ExpectedError extends Error {
  readonly expected = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExpectedError';
  }
}
