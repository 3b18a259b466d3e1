import type { IncomingMessage } from 'node:http';

const cutOff = new WeakSet<IncomingMessage>();

/** Says that nothing more of a request can be read, because what follows is no HTTP. */
export function cutOffRequest(request: IncomingMessage): void {
  cutOff.add(request);
  request.emit('cut-off');
}

/**
 * Calls back once when nothing more of a request can be read and its listeners have what came before, also when it is so
 * already. Gives how to call it off.
 */
export function whenCutOff(request: IncomingMessage, callBack: () => void): () => void {
  let turn: NodeJS.Immediate | undefined;
  const inTurn = (): void => {
    turn ??= setImmediate(callBack);
  };
  request.once('cut-off', inTurn);
  if (cutOff.has(request)) inTurn();
  return () => {
    request.off('cut-off', inTurn);
    clearImmediate(turn);
  };
}
