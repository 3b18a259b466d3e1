/** One thing wrong with one field; `field` is a dotted path, `body` for the whole. */
export interface FieldError {
  field: string;
  message: string;
}

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Not authorised',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Body too large',
  415: 'Unsupported media type',
  417: 'Expectation failed',
  429: 'Too many requests',
  431: 'Headers too large',
  500: 'Internal error',
  502: 'Bad answer from a peer',
  503: 'Not available',
};

export interface ProblemOptions {
  detail?: string;
  errors?: FieldError[];
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An answer that is no success, as RFC 9457 `application/problem+json`. Thrown anywhere, rendered in one place. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly errors: FieldError[];
  readonly headers: Record<string, string>;
  readonly detail: string | undefined;

  constructor(
    readonly status: number,
    options: ProblemOptions = {},
  ) {
    super(options.detail ?? titles[status] ?? 'Error', { cause: options.cause });
    this.detail = options.detail;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }

  /** The body; `errors` is there only when there are some. */
  toJSON(): object {
    return {
      type: 'about:blank',
      title: titles[this.status] ?? 'Error',
      status: this.status,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(this.errors.length === 0 ? {} : { errors: this.errors }),
    };
  }
}
