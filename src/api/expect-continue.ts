import type { IncomingMessage } from 'node:http';

/**
 * Requests with `Expect: 100-continue` that wait for our word before they send their body: it is given by the code
 * that reads the body, so that a request refused before that never sends it.
 */
export const awaitsContinue = new WeakMap<IncomingMessage, () => void>();
