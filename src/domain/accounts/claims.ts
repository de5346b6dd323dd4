import type { IdentityScope } from '../../base/scopes.ts';
import type { Account } from './account.ts';

/** Which claims a scope asks for (OpenID Connect Core §5.4, `groups` and `roles`); the engine's configuration. */
export const scopeClaims: Record<Exclude<IdentityScope, 'offline_access'>, string[]> = {
  openid: ['sub'],
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
  groups: ['groups'],
  // What a client makes of somebody's groups; the access room knows which.
  roles: ['roles'],
};

/** Everything that can be said about the account, by claim name; `updated_at` in seconds. What is unknown is absent. */
export function claimsOf(account: Account): { sub: string; [claim: string]: unknown } {
  const claims: { sub: string; [claim: string]: unknown } = {
    sub: account.id,
    ...account.claims,
    preferred_username: account.username,
    groups: account.groups,
    updated_at: Math.floor(account.updatedAt / 1000),
  };
  if (account.name !== undefined) claims.name = account.name;
  if (account.email !== undefined) {
    claims.email = account.email;
    claims.email_verified = account.emailVerified;
  }
  return claims;
}
