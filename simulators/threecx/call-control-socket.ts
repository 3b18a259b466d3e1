import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { answerCallControl, requireCallControl } from './call-control';
import type { Participant } from './live-phones';
import type { Pbx } from './pbx';
import { bearerOf, Refusal } from './pbx-request';
import type { IssuedToken } from './tokens';
import { unauthorized } from './xapi-access';

/** Numbers of the event types (3cx.md 3.1). */
const eventTypes = { upsert: 0, remove: 1, response: 4 } as const;

/** The event socket `/callcontrol/ws`: 401 on the upgrade without a live token, no replay after a reconnect. */
export class CallControlSockets {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });

  constructor(private readonly pbx: Pbx) {}

  /** Answers an upgrade: opens the socket or refuses with a plain HTTP status. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const { pbx } = this;
    if (pbx.blocklist.has(request.socket.remoteAddress ?? '')) return void socket.destroy();
    const url = new URL(`http://pbx${request.url ?? '/'}`);
    const entry = pbx.log.open('call-control-socket', 'GET', url, pbx.clock.now());
    const fault = pbx.faults.take('before', 'call-control-socket', entry.address);
    if (fault !== undefined) entry.faults.push(fault.kind);
    if (fault?.kind === 'barrier') await pbx.faults.hold(fault);
    try {
      if (fault?.kind === 'unauthorized') throw unauthorized();
      if (fault !== undefined && fault.kind !== 'barrier') return this.strike(socket, fault.kind);
      const token = this.admit(request, url.pathname);
      entry.caller = token.owner.id;
      entry.status = 101;
      entry.outcome = 'ok';
      this.server.handleUpgrade(request, socket, head, (client) => this.serve(client, token));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      entry.status = error.answer.status;
      entry.outcome = `error: ${error.message}`;
      refuse(socket, error.answer.status);
    } finally {
      pbx.changes.notify();
    }
  }

  /** Breaks every socket. */
  close(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }

  private admit(request: IncomingMessage, path: string): IssuedToken {
    if (path !== '/callcontrol/ws') throw new Refusal({ status: 404, contentType: '', body: '' }, '404');
    const text = bearerOf(request.headers);
    const token = text === null ? null : this.pbx.tokens.find(text, this.pbx.clock.now());
    if (token === null) throw unauthorized();
    requireCallControl(this.pbx, token);
    return token;
  }

  private strike(socket: Duplex, kind: string): void {
    const status = /^(?:html|error)-(\d{3})$/.exec(kind)?.[1];
    if (status === undefined) socket.destroy();
    else refuse(socket, Number(status));
  }

  private serve(client: WebSocket, token: IssuedToken): void {
    let sequence = 0;
    const emit = (event: Record<string, unknown>): void => {
      sequence += 1;
      client.send(JSON.stringify({ sequence, event }));
    };
    const leave = this.pbx.phones.listen({
      tokenId: token.id,
      changed: (change, participant) => {
        if (!token.owner.monitored.includes(participant.dn)) return;
        const entity = `/callcontrol/${participant.dn}/participants/${participant.id}`;
        const times = change === 'upsert' ? this.pbx.switches.upsertsPerState : 1;
        for (let time = 0; time < times; time += 1)
          emit({
            event_type: eventTypes[change],
            entity,
            attached_data: change === 'upsert' ? this.attached(participant) : null,
          });
      },
      drop: () => client.terminate(),
    });
    client.on('close', leave);
    client.on('error', () => client.terminate());
    client.on('message', (data) => this.ask(token, String(data), emit));
  }

  /** What an upsert carries: usually nothing, in some deployments the participant, bare or wrapped. */
  private attached(participant: Participant): unknown {
    switch (this.pbx.switches.attachedData) {
      case 'none':
        return null;
      case 'object':
        return participant;
      case 'wrapped':
        return { StatusCode: 200, Response: participant };
    }
  }

  /** A request over the socket, `{ RequestID, Path, RequestData }`; what is no such thing is ignored. */
  private ask(token: IssuedToken, text: string, emit: (event: Record<string, unknown>) => void): void {
    let asked: Record<string, unknown>;
    try {
      asked = JSON.parse(text) as Record<string, unknown>;
    } catch {
      return;
    }
    const { RequestID, Path, RequestData = null } = asked;
    if (typeof Path !== 'string') return;
    let status = 200;
    let response: unknown = null;
    try {
      const live = this.pbx.tokens.list().some((one) => one.id === token.id && one.state === 'live');
      if (!live || token.expiresAt <= this.pbx.clock.now()) throw unauthorized();
      const method = RequestData === null ? 'GET' : 'POST';
      const answer = answerCallControl(this.pbx, token, { method, path: Path, body: RequestData });
      response = typeof answer.body === 'string' ? (JSON.parse(answer.body) as unknown) : null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      status = error.answer.status;
    }
    emit({
      event_type: eventTypes.response,
      entity: Path,
      attached_data: { RequestID, Path, StatusCode: status, Response: response },
    });
  }
}

const reasons: Record<number, string> = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' };

function refuse(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
