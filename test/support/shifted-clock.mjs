// @ts-check
/**
 * Loaded before a process of the bridge: its code takes for the time what the clock says plus the milliseconds in the file
 * CLOCK_OFFSET_FILE, and follows when they change, as a clock that is stepped does. Timers run as ever. Temporal's core,
 * which is no JavaScript, keeps the true time.
 */
import { readFileSync } from 'node:fs';

const file = process.env.CLOCK_OFFSET_FILE ?? '';
const TrueDate = Date;
let offsetMs = 0;

function follow() {
  try {
    offsetMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // Being written.
  }
}
follow();
setInterval(follow, 50).unref();

const now = () => TrueDate.now() + offsetMs;
globalThis.Date = new Proxy(TrueDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  apply: () => new TrueDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
