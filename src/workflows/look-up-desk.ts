import { condition, patched } from '@temporalio/workflow';
import { namedExtensions } from '../domain/call-decisions';
import { burstMs } from './attention';
import type { CallSession } from './call-session';
import type { CallInput } from './messages';
import type { PassOn } from './pass-on';
import { handOver } from './pass-on';
import type { Persistence } from './persistence';
import { lookUpStep } from './steps';
import type { StepLimits } from './steps';

/** What the look-up works with. */
export interface LookUpTools {
  persistence: Persistence;
  passOn: PassOn;
  limits: () => StepLimits;
}

/** Looks up who and where, and claims the physical call, whenever something is told that this depends on. */
export class LookUpDesk {
  private preparedFor = '';
  private preparedCaller: string | null = null;
  private anothers = false;

  constructor(
    private readonly session: CallSession,
    private readonly input: CallInput,
    private readonly tools: LookUpTools,
  ) {}

  /** The ledger's row under this id tells of a call written before; this run must not replace it. */
  get rowIsAnothers(): boolean {
    return this.anothers;
  }

  /** Looks up extensions, line and rules. False: this call is not ours to write, and says why by a mark. */
  async prepare(first: boolean, registered = this.session.bitrix24CallId !== null): Promise<boolean> {
    const { session } = this;
    const { persistence, passOn, limits } = this.tools;
    const preparedFor = this.lookupKey();
    const { callerNumber } = session.facts;
    const result = await persistence.run((round) =>
      lookUpStep(
        limits(),
        burstMs(round),
      )({
        ...session.ref,
        extensions: namedExtensions(session.facts).filter(
          (extension) => session.resolutions[extension] === undefined,
        ),
        first,
        direction: session.direction,
        callerNumber: session.facts.callerNumber ?? '',
        callerTold: session.facts.callerNumber !== null,
        did: session.facts.did,
        startedAt: session.startedAt,
        fromReport: session.ref.callId.startsWith('report-'),
        registered,
        ...(this.input.resumed === true ? { resumed: true } : {}),
        ...(first && session.isOnlyAnnounced ? { onlyAnnounced: true } : {}),
        ...session.ledgerEntry(),
      }),
    );
    if (result === null) return false;
    switch (result.outcome) {
      case 'resolved':
        this.preparedFor = preparedFor;
        this.preparedCaller = callerNumber;
        session.resolved = result;
        session.resolutions = { ...session.resolutions, ...result.extensions };
        if (result.resume !== undefined && session.resumed === null) session.adopt(result.resume);
        return true;
      case 'merged':
        session.mark('merged');
        if (result.survivorOpen) await handOver(session, result.survivorCallId, passOn);
        break;
      case 'reused-id':
        session.disown();
        this.anothers = true;
        break;
      case 'handled':
        session.mark('handled-before');
        this.anothers = true;
        break;
      case 'not-sent':
        session.mark(result.reason);
    }
    session.state = 'finished';
    return false;
  }

  /** Looks up until nothing told meanwhile is unknown. False as in `prepare`. */
  async prepareAll(): Promise<boolean> {
    while (this.needsPrepare()) if (!(await this.prepare(false))) return false;
    return true;
  }

  /** Whether something was told since the last look-up that it did not know of. */
  needsPrepare(): boolean {
    const { session } = this;
    if (namedExtensions(session.facts).some((extension) => session.resolutions[extension] === undefined))
      return true;
    // What a call was registered with is fixed, but by its number it is still claimed against reports.
    if (this.preparedCaller !== session.facts.callerNumber) return true;
    return session.bitrix24CallId === null && this.preparedFor !== this.lookupKey();
  }

  /**
   * A number that is told while the portal keeps the call waiting is claimed at once: a report that claimed it first would
   * be written as a second call.
   */
  async claimDuring<T>(registering: Promise<T>): Promise<T> {
    let over = false;
    const ended = registering.finally(() => (over = true));
    ended.catch(() => undefined);
    while (!over) {
      await condition(() => over || this.isNumberNew());
      if (over || !patched('claim-while-registering') || !(await this.prepare(false, true))) break;
    }
    return ended;
  }

  private isNumberNew(): boolean {
    const { callerNumber } = this.session.facts;
    return callerNumber !== null && callerNumber !== this.preparedCaller;
  }

  private lookupKey(): string {
    const { direction, facts } = this.session;
    return JSON.stringify([direction, facts.callerNumber, facts.did]);
  }
}
