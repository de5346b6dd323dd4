/**
 * Where each page of the route table is to be found in a furnished house, and who looks at it. A route that answers with a
 * page and has a part in its path needs an entry here: without it, listing them fails.
 */
import type { Needs, Route } from '../../src/http/routes.ts';
import { addresses } from './door-recipes.ts';
import type { Furnished } from './furnished.ts';

/** Whose eyes: the administrator, who may only look, somebody without a role, nobody. */
export type Viewer = 'admin' | 'auditor' | 'person' | 'nobody';
export type PageAddress = { path: string; viewer: Viewer };

/** Routes that answer with something else than a page: they lead on, or are a file. */
const otherThanPages = [/^\/api\//, /^\/assets\//, /^\/jwks\//, /\/(sign-in|callback|export)$/, /^\/start\/done$/];
const viewers: Partial<Record<Needs, Viewer>> = {
  ...{ admin: 'admin', auditor: 'admin', person: 'person', nobody: 'nobody', form: 'nobody' },
};

export const isPage = ({ method, path }: Route): boolean =>
  method === 'GET' && !otherThanPages.some((other) => other.test(path));

/** More than the one address of a route: what else can be there. A path is seen as the route's viewer unless told. */
const more: Record<string, (house: Furnished) => (string | PageAddress)[]> = {
  '/admin': () => ['/admin', { path: '/admin', viewer: 'auditor' }],
  '/admin/accounts': () => [
    ...['/admin/accounts', '/admin/accounts?search=sailor', '/admin/accounts?search=nobody-fits&group=engineering'],
    ...['/admin/accounts?done=account-deleted', '/admin/accounts?ui_locales=de'],
  ],
  '/admin/accounts/new': () => ['/admin/accounts/new', { path: '/admin/accounts/new', viewer: 'auditor' }],
  '/admin/accounts/:id': ({ accounts, people }) => {
    const all = [...Object.values(accounts), people.alice.id, people.dave.id, people.admin.id];
    const paths = all.map((id) => `/admin/accounts/${id}`);
    return [...paths, { path: `/admin/accounts/${accounts.crowded}`, viewer: 'auditor' }];
  },
  '/admin/groups/:name': ({ groups }) => ['harbour', 'team-01', groups[28]].map((name) => `/admin/groups/${name}`),
  '/admin/attributes/:name': () => ['berth', 'a_json', 'a'.repeat(64)].map((name) => `/admin/attributes/${name}`),
  '/admin/clients': () => ['/admin/clients', '/admin/clients?search=nothing-fits'],
  '/admin/clients/new': () => {
    const kinds = ['web', 'spa', 'native', 'machine', 'gateway'].map((kind) => `/admin/clients/new?kind=${kind}`);
    return ['/admin/clients/new', ...kinds];
  },
  '/admin/clients/:id': () => [
    ...['rich?as=crowded', 'rich?as=alice', 'app?as=alice', 'television', 'robot', 'gate?as=nobody', 'bare'].map(
      (client) => `/admin/clients/${client}`,
    ),
    `/admin/clients/${'i'.repeat(64)}`,
    '/admin/clients/declared-app?as=declared',
    { path: '/admin/clients/rich', viewer: 'auditor' },
  ],
  '/admin/keys': () => [
    ...['/admin/keys', '/admin/keys?done=key-published', '/admin/keys?ui_locales=de'],
    { path: '/admin/keys', viewer: 'auditor' },
  ],
  '/admin/keys/:kid': ({ keys }) => [
    ...Object.values(keys).map((kid) => `/admin/keys/${kid}`),
    { path: `/admin/keys/${keys.pending}`, viewer: 'auditor' },
  ],
  '/admin/deliveries': ({ desk, people }) => [
    ...['/admin/deliveries', '/admin/deliveries?state=given_up', '/admin/deliveries?state=unconfirmed&client=app'],
    ...[`/admin/deliveries?account=${people.alice.username}`, `/admin/deliveries?sign_out=${desk.signOutId}`],
    ...['/admin/deliveries?state=lost&account=nobody', '/admin/deliveries?done=deliveries-replayed&ui_locales=de'],
    { path: '/admin/deliveries', viewer: 'auditor' },
  ],
  '/admin/deliveries/:id': ({ desk }) => [
    ...desk.ids.map((id) => `/admin/deliveries/${id}`),
    { path: `/admin/deliveries/${desk.ids[0]}`, viewer: 'auditor' },
  ],
  '/admin/audit': ({ people }) => [
    ...['/admin/audit', '/admin/audit?event=access.', '/admin/audit?ip=127.0.0.1', '/admin/audit?from=yesterday'],
    ...[`/admin/audit?account=${people.alice.id}`, '/admin/audit?client=app&from=2030-01-01'],
  ],
  '/account': () => ['/account', '/account?done=profile-saved'],
  '/interaction/:uid': (house) => [{ path: house.authorizeUrl('app'), viewer: 'nobody' }],
  '/link': ({ links }) => ['/link', ...Object.values(links).map((token) => `/link?token=${token}`)],
};

/** Every page of the house. */
export function listPages(house: Furnished): PageAddress[] {
  const pages = house.routes.filter(isPage);
  const idle = Object.keys(more).filter((path) => !pages.some((route) => route.path === path));
  if (idle.length > 0) throw new Error(`There is no such route: ${idle.join(', ')}`);
  return pages.flatMap((route) => {
    const viewer = viewers[route.needs];
    if (!viewer) throw new Error(`Nobody looks at ${route.path}, which needs "${route.needs}"`);
    return pathsOf(route, house).map((page) => (typeof page === 'string' ? { path: page, viewer } : page));
  });
}

function pathsOf({ path }: Route, house: Furnished): (string | PageAddress)[] {
  const known = more[path]?.(house) ?? (path.includes(':') ? addresses[path]?.(house) : path);
  if (known === undefined) throw new Error(`test/support/page-addresses.ts lacks an address for ${path}`);
  return [known].flat();
}
