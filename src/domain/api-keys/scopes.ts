/** What an API key may do, pure. `write` of a thing includes its `read`; `admin` is everything. */
const resources = [
  'accounts',
  'groups',
  'attributes',
  'clients',
  'sessions',
  'keys',
  'deliveries',
  'audit',
  'api-keys',
  'directory',
] as const;
type Access = 'read' | 'write';
/** Metrics can only be read. */
export type ApiScope = `${'admin' | (typeof resources)[number]}:${Access}` | 'metrics:read';

/** Every scope, in the order in which a person picks them. */
export const apiScopes = [
  ...['admin', ...resources].flatMap((resource) => [`${resource}:read`, `${resource}:write`]),
  'metrics:read',
] as ApiScope[];

/** Those that an access token can have, so those that may be on a client's list. */
export const tokenScopes = ['admin:read', 'admin:write'] as const satisfies ApiScope[];

/** Whether whoever holds `scopes` may do what needs `needed`. */
export function allows(scopes: readonly string[], needed: ApiScope): boolean {
  const [resource, access] = needed.split(':') as [string, Access];
  const enough = [`${resource}:write`, 'admin:write'];
  if (access === 'read') enough.push(`${resource}:read`, 'admin:read');
  return scopes.some((scope) => enough.includes(scope));
}
