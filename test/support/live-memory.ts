import v8 from 'node:v8';
import vm from 'node:vm';

let collect: (() => void) | null = null;

/** Bytes that are really in use, garbage left out. */
export function liveBytes(): number {
  if (collect === null) {
    v8.setFlagsFromString('--expose-gc');
    collect = vm.runInNewContext('gc') as () => void;
  }
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
