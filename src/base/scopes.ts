/**
 * The scopes that belong to no resource, in the order in which people read them (OpenID Connect Core §5.4 and §11, and
 * `groups` and `roles`). What each one brings is told by the rooms: claims by accounts.
 */
export const identityScopes = [
  'openid',
  'profile',
  'email',
  'phone',
  'address',
  'groups',
  'roles',
  'offline_access',
] as const;

export type IdentityScope = (typeof identityScopes)[number];

export const isIdentityScope = (scope: string): scope is IdentityScope =>
  (identityScopes as readonly string[]).includes(scope);
