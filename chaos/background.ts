import type { Fault, FaultOptions } from '../simulators/bitrix24/faults';
import type { FaultCount } from './evidence';
import type { ChaosLab } from './lab';

/** Share of the portal's writes whose answer is lost after the effect, all the time. */
const lostAnswerShare = 0.1;

const writes: [what: string, method: string][] = [
  ['register', 'telephony.externalcall.register'],
  ['finish', 'telephony.externalcall.finish'],
  ['attach', 'telephony.externalcall.attachrecord'],
  ['upload', 'upload'],
];

/** What goes wrong at the portal during the whole fault phase, beside what is scheduled. */
export class Background {
  private fromMs = 0;
  private tillMs = 0;
  private faults: { what: string; fault: Fault }[] = [];

  constructor(private readonly lab: ChaosLab) {}

  /** Lets it begin. */
  begin(): void {
    this.fromMs = Date.now();
    this.faults = writes.map(([what, method]) => ({
      what,
      fault: this.add({ kind: 'lose-answer', method }),
    }));
  }

  /** How often each hit; kept when the faults are taken away. */
  counts(): FaultCount[] {
    return this.faults.map(({ what, fault: { hits } }) => ({
      ...{ kind: `answer to ${what} lost, one in ten`, matrix: 'F32', hits },
      planned: null,
    }));
  }

  /** Notes that the fault phase is over. */
  end(): void {
    this.tillMs = Date.now();
  }

  /** How many of a hundred answers to writes were really lost in the fault phase. */
  percent(): number {
    const lost = this.counts().reduce((sum, { hits }) => sum + hits, 0);
    const methods = writes.map(([, method]) => method);
    const done = this.lab.portal.control
      .requests()
      .filter(({ at }) => at >= this.fromMs && at <= this.tillMs)
      .filter(({ method, executed }) => executed && methods.includes(method)).length;
    return Math.round((lost / Math.max(1, done)) * 1_000) / 10;
  }

  private add(options: FaultOptions): Fault {
    return this.lab.portal.control.faults.add({ ...options, probability: lostAnswerShare });
  }
}
