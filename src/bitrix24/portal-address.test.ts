import type { Connection } from '../domain/connection';
import { portalAddress } from './portal-address';

const webhook = (url: string): Connection => ({ bitrix24: { auth: { kind: 'webhook', url } } }) as Connection;

describe('the address of a portal', () => {
  it.each([
    'https://p.example.com/rest/1/secret/',
    'https://p.example.com/rest/1/secret',
    'https://p.example.com/rest/1/secret/profile.json',
    'https://P.example.com:443/rest/1/secret/?x=1#y',
  ])('is the same however a webhook is copied: %s', (url) => {
    expect(portalAddress(webhook(url))).toEqual({
      origin: 'https://p.example.com',
      base: 'https://p.example.com/rest/1/secret/',
      client: portalAddress(webhook('https://p.example.com/rest/1/secret/')).client,
    });
  });

  it('names a webhook without its secret, and two of them apart', () => {
    const one = portalAddress(webhook('https://p.example.com/rest/1/secret/')).client;
    const two = portalAddress(webhook('https://p.example.com/rest/1/other/')).client;
    expect(one).not.toContain('secret');
    expect(one).not.toBe(two);
  });

  it('of an application needs the origin only', () => {
    const auth = { kind: 'application', portalUrl: 'https://p.example.com/some/page', clientId: 'local.1' };
    expect(portalAddress({ bitrix24: { auth } } as Connection)).toEqual({
      origin: 'https://p.example.com',
      base: 'https://p.example.com/rest/',
      client: 'application-local.1',
    });
  });

  it('that is none is refused without repeating it', () => {
    expect(() => portalAddress(webhook('canary secret'))).toThrow(/^bitrix24: insecure-address$/);
  });
});
