import { condition, patched } from '@temporalio/workflow';
import { namedExtensions } from '../domain/call-decisions';
import { burstMs } from './attention';
import type { CallSession } from './call-session';
import type { CallInput } from './messages';
import type { PassOn, Survivor } from './pass-on';
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
  /** The call into which this one was merged while it was open. */
  private survivor: Survivor | null = null;
  /** A look that goes on beside the registration. */
  private claiming: Promise<boolean> | null = null;

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
  async prepare(first: boolean): Promise<boolean> {
    if (this.claiming !== null) {
      await this.claiming;
      if (!this.needsPrepare()) return true;
    }
    return this.look(first, this.session.bitrix24CallId !== null);
  }

  private async look(first: boolean, registered: boolean): Promise<boolean> {
    const { session } = this;
    const { persistence, limits } = this.tools;
    const preparedFor = this.lookupKey();
    const { callerNumber } = session.facts;
    let onlyAnnounced = false;
    const result = await persistence.run((round) => {
      onlyAnnounced = first && session.isOnlyAnnounced;
      return lookUpStep(
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
        ...(onlyAnnounced ? { onlyAnnounced: true } : {}),
        ...session.ledgerEntry(),
      });
    });
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
        if (!result.survivorOpen) break;
        this.survivor = { callId: result.survivorCallId, handed: 0, known: session.told().length };
        await this.handOverWhatIsTold();
        break;
      case 'reused-id':
        session.disown();
        this.anothers = true;
        break;
      case 'handled':
        // Told meanwhile: what came may be the later call itself.
        if (onlyAnnounced && !session.isOnlyAnnounced) return this.look(first, registered);
        session.mark('handled-before');
        this.anothers = true;
        break;
      case 'not-sent':
        session.mark(result.reason);
    }
    session.state = 'finished';
    return false;
  }

  /** Hands on what a call that was merged into another one is told, until it is closed. */
  async handOverWhatIsTold(): Promise<void> {
    if (this.survivor === null) return;
    await handOver(this.session, this.survivor, this.tools.passOn);
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
   * be written as a second call. Nothing waits for this but the next look-up.
   */
  claimDuring(registering: Promise<unknown>): void {
    let over = false;
    const end = (): void => void (over = true);
    registering.then(end, end);
    const claimAll = async (): Promise<void> => {
      do {
        await condition(() => over || this.isNumberNew());
        if (over || !patched('claim-while-registering')) return;
        this.claiming = this.look(false, true);
      } while (await this.claiming);
    };
    void claimAll().finally(() => (this.claiming = null));
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
