const dayMs = 86_400_000;

/**
 * How long an access token lives, in milliseconds from now. Read from the token itself: `expires_in` is in minutes up
 * to 3CX 20.0.8 and in seconds since (3cx.md section 0), so it is only the fallback. The difference of `exp` and `iat`
 * is used where there is one, because the clock of the PBX may differ from ours.
 */
export function tokenLifeMs(accessToken: string, expiresIn: number | undefined, now: Date): number {
  const { exp, iat } = claims(accessToken);
  if (exp !== undefined) {
    const life = iat === undefined ? 0 : (exp - iat) * 1000;
    if (life > 0 && life <= dayMs) return life;
    const left = exp * 1000 - now.getTime();
    if (left > 0) return left;
  }
  if (expiresIn === undefined || expiresIn <= 0) return 3_600_000;
  return expiresIn <= 120 ? expiresIn * 60_000 : expiresIn * 1000;
}

function claims(token: string): { exp?: number; iat?: number } {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    if (typeof payload !== 'object' || payload === null) return {};
    const { exp, iat } = payload as { exp?: unknown; iat?: unknown };
    return {
      ...(typeof exp === 'number' && exp > 0 ? { exp } : {}),
      ...(typeof iat === 'number' && iat > 0 ? { iat } : {}),
    };
  } catch {
    return {};
  }
}
