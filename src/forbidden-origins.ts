import type { Servers } from './bridge';
import type { Settings } from './config/settings';

/** `host:port` of our own servers: addresses that no connection may name. */
export function forbiddenOrigins(
  settings: Settings,
  servers: Servers,
  uiUrl: string | null = null,
): string[] {
  const hosts = /^mongodb(?:\+srv)?:\/\/(?:[^@/]*@)?([^/?]+)/.exec(servers.mongodbUri)?.[1]?.split(',') ?? [];
  const addresses = [
    `${settings.host}:${settings.port}`,
    servers.embeddedTemporal ?? settings.temporalAddress,
    uiUrl === null ? null : new URL(uiUrl).host,
    settings.publicUrl === null ? null : new URL(settings.publicUrl).host,
    ...hosts,
  ];
  return addresses.filter((address) => address !== null);
}
