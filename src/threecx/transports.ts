import { createHash } from 'node:crypto';
import type { Connection } from '../domain/connection';
import { threecxError } from './reasons';
import { PbxTransport } from './transport';

/** One transport per PBX and CA, shared by all connections and kept for the life of the process. */
export class PbxTransports {
  private readonly known = new Map<string, PbxTransport>();

  constructor(private readonly clock: () => Date = () => new Date()) {}

  for({ threecx }: Connection): PbxTransport {
    const { baseUrl, caCertificate } = threecx;
    const key = createHash('sha256')
      .update(JSON.stringify([baseUrl, caCertificate]))
      .digest('base64');
    let transport = this.known.get(key);
    if (transport === undefined) {
      transport = new PbxTransport(baseUrl, caCertificate, this.clock);
      this.known.set(key, transport);
    }
    return transport;
  }

  close(): void {
    for (const transport of this.known.values()) transport.close();
    this.known.clear();
  }
}

/** A path under the connection's base address, which may have a path of its own. */
export function pathUnder({ threecx }: Connection, path: string): string {
  if (!URL.canParse(threecx.baseUrl)) throw threecxError('forbidden-address');
  return new URL(threecx.baseUrl).pathname.replace(/\/+$/, '') + path;
}
