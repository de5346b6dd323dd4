import { type ClaimsParameter, errors } from 'oidc-provider';

/** The parameter itself, its two parts, their claims, a claim's `value`, and a little for structured values. */
const mostLevels = 8;

/**
 * The claims parameter (OpenID Connect Core §5.5): members are null or objects, and nothing is nested deeper than any
 * claim needs, since what is copied or stored later is walked recursively (O09).
 */
export function assertClaimsParameter(_ctx: unknown, claims: ClaimsParameter): void {
  if (!isShallow(claims, mostLevels)) throw new errors.InvalidRequest('claims parameter is nested too deeply');
  for (const part of ['userinfo', 'id_token'] as const) {
    for (const value of Object.values(claims[part] ?? {}) as unknown[]) {
      if (value === null || (typeof value === 'object' && !Array.isArray(value))) continue;
      throw new errors.InvalidRequest(`claims.${part} members must be null or objects`);
    }
  }
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isShallow(member, levels - 1));
}
