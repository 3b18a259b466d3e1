/** One bug that somebody could make, and the test that must catch it. */
export interface SeededBug {
  name: string;
  file: string;
  /** Text that occurs once in the file. */
  find: string;
  replace: string;
  /** Test file, and a part of the sentence that must fail. */
  test: { file: string; name: string };
}

/** Bugs that would lose or double a call or give a secret away; none of them may pass the tests. */
export const seededBugs: readonly SeededBug[] = [
  {
    name: 'repeated events are taken for news',
    file: 'src/workflows/call-session.ts',
    find: 'if (this.seenKeys.has(event.deliveryKey)) return;',
    replace: '',
    test: { file: 'test/workflows/call.test.ts', name: 'takes a repeated event for no news' },
  },
  {
    name: 'each attempt of register has an outside id of its own',
    file: 'src/bitrix24/register.ts',
    find: 'EXTERNAL_CALL_ID: parameters.externalCallId,',
    replace: 'EXTERNAL_CALL_ID: `${parameters.externalCallId}-${Math.random()}`,',
    test: { file: 'test/contract/register-once.test.ts', name: 'lose-answer' },
  },
  {
    name: 'an event of a closed call starts a new workflow',
    file: 'src/api/temporal-gateway.ts',
    find: "workflowIdReusePolicy: 'REJECT_DUPLICATE',",
    replace: '',
    test: {
      file: 'src/api/temporal-gateway.test.ts',
      name: 'says that a call is over instead of starting it again',
    },
  },
  {
    name: 'a signal that comes while the call is being closed is not read',
    file: 'src/workflows/call-desk.ts',
    find: '} while (this.savedChanges !== session.changes);',
    replace: '} while (false);',
    test: { file: 'test/workflows/call.test.ts', name: 'is saved as late' },
  },
  {
    name: 'a request of an attempt that is over is sent all the same',
    file: 'src/bitrix24/portal-requests.ts',
    find: "if (leftMs <= 0) throw bitrix24Error('not-yet', 'attempt-too-late');",
    replace: '',
    test: {
      file: 'test/contract/register-once.test.ts',
      name: 'sends nothing once it is cancelled or its attempt is over',
    },
  },
  {
    name: 'a request goes on although its activity was cancelled',
    file: 'src/activities/portal-step.ts',
    find: 'signal: cancellationSignal,',
    replace: '',
    test: {
      file: 'test/contract/register-once.test.ts',
      name: 'sends nothing once it is cancelled or its attempt is over',
    },
  },
  {
    name: 'finish is repeated without a look',
    file: 'src/activities/finish-call.ts',
    find: "  if ('row' in standing) return fromRow(standing.row, input, owner);",
    replace: '',
    test: { file: 'test/contract/finish-once.test.ts', name: 'row written, call still open' },
  },
  {
    name: 'a plain payload is accepted',
    file: 'src/worker/payload-codec.ts',
    find: "if (text(metadata?.encoding) !== encoding) return { badPayload: 'not-encrypted' };",
    replace: 'if (text(metadata?.encoding) !== encoding) return { metadata, data };',
    test: { file: 'test/workflows/foreign-payloads.test.ts', name: 'in a signal is recorded, not used' },
  },
  {
    name: 'the inbox is not drained',
    file: 'src/api/webhooks/inbox-drainer.ts',
    find: '        await this.drain();',
    replace: '',
    test: {
      file: 'src/api/webhooks/inbox-drainer.test.ts',
      name: 'delivers what waits as soon as Temporal is back',
    },
  },
  {
    name: 'a redirect of the PBX is followed, token and all',
    file: 'src/threecx/transport.ts',
    find: "        throw threecxError('redirected', { status });",
    replace:
      '        const next = new URL(headers.location ?? "/", url);\n' +
      '        const agent = next.protocol === "https:" ? https.globalAgent : http.globalAgent;\n' +
      '        const body = await exchangeOnce(next.protocol === "https:", next, request, { agent, signal });\n' +
      '        return { status: body.statusCode ?? 0, headers: body.headers, body, translate };',
    test: { file: 'src/threecx/pbx-client.test.ts', name: 'never follows a redirect' },
  },
  {
    name: 'every upload has the same file name',
    file: 'src/activities/recording-attempt.ts',
    find: "fileName: `${this.fileStem()}-${this.attempt}${round === 0 ? '' : `-${round}`}.${kind}`,",
    replace: 'fileName: `recording.${kind}`,',
    test: { file: 'test/contract/attach-once.test.ts', name: 'a name of its own' },
  },
  {
    name: 'any token opens the door',
    file: 'src/api/webhooks/webhook-token.ts',
    find: 'return matches > 0;',
    replace: 'return matches >= 0;',
    test: { file: 'src/api/webhooks/receive-webhook.test.ts', name: 'token' },
  },
];
