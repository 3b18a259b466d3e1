import { randomBytes } from 'node:crypto';
import { RestError, accessDenied } from './rest-error';
import type { SimulatedClock } from '../common/simulated-clock';
import type { PortalState } from './portal-state';
import type { Switches } from './switches';

/** An incoming webhook. It acts as its creator and dies with him. */
export interface Webhook {
  id: number;
  userId: number;
  secret: string;
  scopes: string[];
}

/** A local application. */
export interface Application {
  id: number;
  clientId: string;
  clientSecret: string;
  name: string;
  scopes: string[];
  /** Sent with each event; the receiver must compare it. */
  applicationToken: string;
}

/** Who calls, as the portal sees it. */
export interface Caller {
  kind: 'webhook' | 'application';
  userId: number;
  scopes: string[];
  /** null for every webhook: they count as one application. */
  appId: number | null;
  appName: string | null;
  /** Key of the operating limiter: kind and id. */
  loadKey: string;
  /** What an upload address must carry to come back as this caller. */
  uploadPath: string;
  uploadQuery: Record<string, string>;
}

interface Grant {
  accessToken: string;
  expiresAt: number;
  appId: number;
  userId: number;
}

/** Milliseconds that an access token lives (reference section 2.2). */
const accessTokenMs = 3_600_000;

/** Knows webhooks, applications and tokens, and tells who calls. */
export class Access {
  readonly webhooks: Webhook[] = [];
  readonly applications: Application[] = [];
  private readonly grants = new Map<string, Grant>();
  private readonly refreshTokens = new Map<string, { appId: number; userId: number }>();

  constructor(
    private readonly clock: SimulatedClock,
    private readonly state: () => PortalState,
    private readonly switches: Switches,
  ) {}

  /** Makes a pair of tokens for an application that acts as a user; older access tokens live on until they expire. */
  issue(appId: number, userId: number): { accessToken: string; refreshToken: string; expiresAt: number } {
    const accessToken = randomBytes(35).toString('hex');
    const refreshToken = randomBytes(35).toString('hex');
    const expiresAt = this.clock.now() + accessTokenMs;
    this.grants.set(accessToken, { accessToken, expiresAt, appId, userId });
    this.refreshTokens.set(refreshToken, { appId, userId });
    return { accessToken, refreshToken, expiresAt };
  }

  /** Uses up a refresh token; undefined when it is unknown, was used before, or belongs to another application. */
  redeem(refreshToken: string, appId: number): { userId: number } | undefined {
    const owner = this.refreshTokens.get(refreshToken);
    if (owner === undefined || owner.appId !== appId) return undefined;
    this.refreshTokens.delete(refreshToken);
    return owner;
  }

  /** Lets every access token expire at once. */
  expireAccessTokens(): void {
    for (const grant of this.grants.values()) grant.expiresAt = this.clock.now() - 1;
  }

  /** Forgets every token: both kinds are unknown from now on. */
  revokeAll(): void {
    this.grants.clear();
    this.refreshTokens.clear();
  }

  /** Tells who calls with a webhook's address. @throws RestError INVALID_CREDENTIALS */
  webhook(userId: number, secret: string): Caller {
    const hook = this.webhooks.find((one) => one.userId === userId && one.secret === secret);
    if (hook === undefined || !this.isActive(userId)) {
      throw new RestError(this.switches.authStatus, 'INVALID_CREDENTIALS', 'Invalid request credentials');
    }
    return {
      kind: 'webhook',
      userId,
      scopes: hook.scopes,
      appId: null,
      appName: null,
      loadKey: `webhook:${hook.id}`,
      uploadPath: `/rest/${userId}/${secret}/upload/`,
      uploadQuery: {},
    };
  }

  /** Tells who calls with an access token. @throws RestError of the 401 kind */
  application(token: string): Caller {
    if (token === '') throw new RestError(401, 'NO_AUTH_FOUND', 'Wrong authorization data');
    const grant = this.grants.get(token);
    const app = this.applications.find((one) => one.id === grant?.appId);
    if (grant === undefined || app === undefined) {
      throw new RestError(401, 'invalid_token', 'Unable to get application by token');
    }
    if (grant.expiresAt <= this.clock.now()) {
      throw new RestError(401, 'expired_token', 'The access token provided has expired.');
    }
    if (!this.isActive(grant.userId))
      throw new RestError(401, 'authorization_error', 'Unable to authorize user');
    return {
      kind: 'application',
      userId: grant.userId,
      scopes: app.scopes,
      appId: app.id,
      appName: app.name,
      loadKey: `application:${app.id}`,
      uploadPath: '/rest/upload.json',
      uploadQuery: { auth: token },
    };
  }

  /** Refuses a caller that lacks every scope which would do. @throws RestError insufficient_scope */
  requireScope(caller: Caller, anyOf: string[]): void {
    if (!this.switches.restAvailable) throw accessDenied('REST is available only on commercial plans.');
    if (anyOf.length === 0 || anyOf.some((scope) => caller.scopes.includes(scope))) return;
    const token = caller.kind === 'webhook' ? 'webhook' : 'access';
    throw new RestError(
      this.switches.authStatus,
      'insufficient_scope',
      `The request requires higher privileges than provided by the ${token} token`,
    );
  }

  private isActive(userId: number): boolean {
    return this.state().users.some((user) => user.id === userId && user.active);
  }
}
