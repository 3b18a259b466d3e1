/**
 * Where Bitrix24 sends the events of a connection's application.
 *
 * @param publicUrl how Bitrix24 reaches this API; no slash at the end.
 */
export function portalEventsAddress(publicUrl: string, connection: string): string {
  return `${publicUrl}/webhooks/bitrix24/${connection}/events`;
}
