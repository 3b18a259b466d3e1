/** Seconds of run time that one execution of a method costs in the operating limiter; 0.1 and less is not counted. */
export type MethodCosts = Record<string, number>;

/** Disputed or adjustable behaviour of the portal (reference section 12.1); may be changed while it runs. */
export interface Switches {
  /** `appOnly`: an incoming webhook gets WRONG_AUTH_TYPE from register, finish and externalLine.*. Default `both`. */
  authPolicy: 'appOnly' | 'both';
  /** The `error` field of telephony errors. Default `empty`. */
  errorCodeStyle: 'empty' | 'ERROR_CORE';
  /** HTTP status of scope and credential errors. Default 403. */
  authStatus: 401 | 403;
  /** Rate bucket: 50 requests leaking 2 a second, or 250 leaking 5. Default `standard`. */
  plan: 'standard' | 'enterprise';
  /** false lifts the rate limit, for benchmarks. Default true. */
  rateLimited: boolean;
  /** Seconds of run time per method in 10 minutes; Infinity lifts it. Default 480. */
  operatingLimitSeconds: number;
  /** Run time per method, lower-case names. Default register 0.25, finish 1.5, attachRecord 2.0, others 0.05. */
  costsSeconds: MethodCosts;
  /** Real milliseconds that a method takes, lower-case names; empty: as fast as possible. */
  workMs: Record<string, number>;
  /** After so many real milliseconds the gateway gives up on a request with 504. Default 60 000. */
  cutAfterMs: number;
  /** What an unknown number makes with CRM_CREATE: a lead, contact + deal, or a repeat lead. Default `classic`. */
  crmMode: 'classic' | 'simple' | 'repeat';
  /** Text of LEAD_CREATION_ERROR when set: register succeeds, nothing is created. Default null. */
  leadCreationError: string | null;
  /** true: finish answers 200 and the activity could not be made, in the portal's language. Default false. */
  activityFails: boolean;
  /** false: voximplant.statistic.get answers ACCESS_DENIED. Default true. */
  statisticsRight: boolean;
  /** true: the acting user's role shows him the statistics of his own calls only, without a word. Default false. */
  ownStatisticsOnly: boolean;
  /** false: an older build that ignores EXTERNAL_CALL_ID everywhere. Default true. */
  knowsExternalCallId: boolean;
  /** false: the plan has no REST, ACCESS_DENIED for all. Default true. */
  restAvailable: boolean;
  /** true: plain HTTP is refused with INVALID_REQUEST. Default false, for the simulator speaks plain HTTP. */
  httpsRequired: boolean;
  /** true: the token server answers PAYMENT_REQUIRED. Default false. */
  paymentRequired: boolean;
  /** Origin that attachRecord names for an upload, for tests of a client that must not follow it. Default null: the own one. */
  uploadOrigin: string | null;
  /** true: each event is delivered twice. Default false. */
  doubleEvents: boolean;
}

/** The switches in their default positions. */
export function defaultSwitches(): Switches {
  return {
    authPolicy: 'both',
    errorCodeStyle: 'empty',
    authStatus: 403,
    plan: 'standard',
    rateLimited: true,
    operatingLimitSeconds: 480,
    costsSeconds: {
      'telephony.externalcall.register': 0.25,
      'telephony.externalcall.finish': 1.5,
      'telephony.externalcall.attachrecord': 2,
    },
    workMs: {},
    cutAfterMs: 60_000,
    crmMode: 'classic',
    leadCreationError: null,
    activityFails: false,
    statisticsRight: true,
    ownStatisticsOnly: false,
    knowsExternalCallId: true,
    restAvailable: true,
    httpsRequired: false,
    paymentRequired: false,
    uploadOrigin: null,
    doubleEvents: false,
  };
}

/** Run time that a method costs when nothing else is set: too short to be counted. */
const uncountedSeconds = 0.05;

/** Seconds that one execution of the method costs. */
export function costOf(switches: Switches, method: string): number {
  return switches.costsSeconds[method] ?? uncountedSeconds;
}
