/** Samples of the pages of /admin about people; see view-samples.ts. */
import { en } from '../../src/http/catalogue/en.ts';
import type { AccountFields, AdminViewModels, EventRow, Frame, SessionRow } from '../../src/http/views.ts';

export const sampleNow = Date.UTC(2026, 10, 20, 13, 31, 7);
const minutes = (count: number) => sampleNow - count * 60_000;

/** What stands around a page: an administrator's, unless told otherwise. */
export const frameAt = (at: string, changes: Partial<Frame> = {}): Frame => ({
  at,
  account: { name: 'Mara Lindqvist', username: 'mara' },
  mayChange: true,
  csrf: 'Kx0-csrf',
  query: '',
  signInFirst: undefined,
  loadAgain: undefined,
  done: undefined,
  problem: undefined,
  ...changes,
});
/** Frames that every page can have: nothing to say, a problem, an auditor's. */
const auditor = { mayChange: false, account: { name: 'Ines Duarte', username: 'ines' } };

const link = (username: string, name: string) => ({ name, username, href: `/admin/accounts/acc_${username}` });
const bob = link('bob', 'Bob Brenner');
const long = link('donaudampfschifffahrt@example.test', 'Donaudampfschifffahrtsgesellschaft von und zu Überlingen');

export const event = (name: string, changes: Partial<EventRow> = {}): EventRow => ({
  ...{ event: name, type: name, at: minutes(3), who: undefined, by: undefined, kind: 'system', about: undefined },
  ...{ clientId: undefined, clientHref: undefined, ip: undefined, ...changes },
});
const events: EventRow[] = [
  event('account.updated', { who: link('mara', 'Mara Lindqvist'), about: bob, ip: '192.0.2.17' }),
  event('token.issued', {
    ...{ by: 'grafana', kind: 'client', clientId: 'grafana', clientHref: '/admin/clients/grafana', at: minutes(90) },
  }),
  event('group.deleted', { kind: 'operator', about: { name: 'a-group-of-long-ago', href: undefined } }),
  event('token.issued', { by: 'postern-account', kind: 'client', clientId: 'postern-account', about: bob }),
  event('admin.signed_in', { who: bob, clientId: 'postern-admin' }),
  event('installation.sealed', { at: minutes(60 * 24 * 40) }),
];

const session = (changes: Partial<SessionRow> = {}): SessionRow => ({
  ...{ id: 'a1b2', person: undefined, device: { browser: 'Firefox', system: 'Linux' }, ip: '192.0.2.17' },
  ...{ startedAt: minutes(200), lastUsedAt: minutes(2), clients: ['Grafana', 'Outline'], isHere: false, ...changes },
});
const noLinks = { first: undefined, next: undefined };
const ofClient = { frame: frameAt('sessions'), client: { name: 'Grafana', href: '/admin/clients/grafana' } };
const sessions: SessionRow[] = [
  session({ isHere: true }),
  session({ id: 'c3d4', device: { browser: undefined, system: undefined }, ip: undefined, clients: [] }),
  session({ id: 'e5f6', device: { browser: undefined, system: 'Android' }, lastUsedAt: minutes(60 * 30) }),
];

const fields: AccountFields = {
  username: 'bob',
  name: 'Bob Brenner',
  email: 'bob@example.test',
  emailVerified: true,
  groups: [
    { name: 'admins', description: 'Run this provider', checked: false },
    { name: 'engineering', description: undefined, checked: true },
  ],
  claims: [
    { path: 'claims.given_name', claim: 'given_name', kind: 'text', value: 'Bob' },
    { path: 'claims.website', claim: 'website', kind: 'url', value: '' },
    { path: 'claims.phone_number', claim: 'phone_number', kind: 'tel', value: '+49 40 555 0100' },
    { path: 'claims.phone_number_verified', claim: 'phone_number_verified', kind: 'check', value: 'true' },
    { path: 'claims.address.street_address', claim: 'street_address', kind: 'textarea', value: 'Kai 7' },
    { path: 'claims.address.locality', claim: 'locality', kind: 'text', value: 'Hamburg' },
  ],
  attributes: ['string', 'number', 'boolean', 'date', 'strings', 'json'].map((type) => ({
    ...{ path: `attributes.a_${type}`, name: `a_${type}`, type },
    ...{ description: undefined, value: type === 'boolean' ? 'true' : '' },
  })),
};
const empty: AccountFields = {
  ...{ username: '', name: '', email: '', emailVerified: false, groups: [], attributes: [] },
  claims: fields.claims.map((claim) => ({ ...claim, value: '' })),
};
const described = fields.attributes.map((attribute) => ({ ...attribute, description: 'Where the costs go' }));

const stale = { query: '?search=bo', signInFirst: '/admin/sign-in?fresh=1&return_to=%2Fadmin%2Faccounts' };

const account: AdminViewModels['admin/account'] = {
  list: '/admin/accounts?search=bo',
  frame: frameAt('accounts'),
  account: {
    ...{ id: 'acc_01hq7m3k9t', username: 'bob', name: 'Bob Brenner', state: 'ok', isDeclared: false, isSelf: false },
    ...{ hasPassword: true, createdAt: minutes(60 * 24 * 90), version: 3 },
  },
  fields,
  sessions,
  grants: [
    {
      ...{ id: 'g1', client: { id: 'grafana', name: 'Grafana' }, scopes: ['openid', 'profile'], isOffline: false },
      expiresAt: sampleNow + 3_600_000,
    },
    {
      ...{ id: 'g2', client: { id: 'paperless', name: 'Paperless' }, scopes: ['openid', 'groups'], isOffline: true },
      expiresAt: sampleNow + 90 * 86_400_000,
    },
  ],
  apps: [
    { clientId: 'grafana', name: 'Grafana', allowed: true, by: 'engineering', roles: ['Editor', 'Viewer'] },
    { clientId: 'wiki', name: 'Wiki', allowed: true, by: undefined, roles: [] },
  ],
  events,
};
const problem = {
  message: 'This account cannot be saved as it is.',
  fields: [
    { path: 'username', message: 'must not contain spaces' },
    { path: 'groups[1]', message: 'there is no group nobody: create it first' },
    { path: 'claims.website', message: 'must be an http or https address' },
    { path: 'attributes.a_number', message: 'must be a number' },
    { path: 'attributes.a_json', message: 'must be JSON' },
    { path: 'attributes.a_boolean', message: 'must be true or false' },
  ],
};
const bare = { sessions: [], grants: [], apps: [], events: [] };
const doneWords = Object.keys(en)
  .filter((name) => name.startsWith('done.'))
  .map((name) => name.slice('done.'.length));

const overview: AdminViewModels['admin/overview'] = {
  frame: frameAt(''),
  counts: { accounts: 100_000, groups: 12, clients: 23 },
  givenUp: 3,
  administrators: [
    { ...link('mara', 'Mara Lindqvist'), state: 'ok' },
    { ...long, state: 'invited' },
    { ...bob, state: 'disabled' },
  ],
  events,
};

const list: AdminViewModels['admin/accounts'] = {
  frame: frameAt('accounts'),
  rows: [
    { ...bob, email: 'bob@example.test', groups: ['engineering', 'on-call'], state: 'ok' },
    {
      ...long,
      email: 'donaudampfschifffahrt@verwaltung.hafengesellschaft.example.test',
      groups: [],
      state: 'disabled',
    },
    { ...link('carol', 'carol'), email: undefined, groups: ['office'], state: 'invited' },
  ],
  ...{
    search: '',
    group: '',
    groups: ['engineering', 'office'],
    links: { first: undefined, next: '/admin/accounts?after=x' },
  },
};
const once = { value: 'https://id.example.test/link?token=kq3nV8dZkq3nV8dZkq3nV8dZkq3nV8dZkq3nV8dZkq3', person: bob };
const uses = [{ clientId: 'grafana', where: 'access' }];
const types = ['string', 'number', 'boolean', 'date', 'strings', 'json'];

export const adminSamples: { [Name in keyof AdminViewModels]: Record<string, AdminViewModels[Name]> } = {
  'door/refused': {
    role: {
      reason: 'role',
      again: '/admin',
      switch: '/admin/sign-in?switch=1',
      account: { name: 'Bob', username: 'bob' },
    },
    cancelled: { reason: 'cancelled', again: '/admin', switch: '/admin/sign-in?switch=1', account: undefined },
  },
  'admin/absent': Object.fromEntries(
    (['gone', 'unreadable'] as const).map((reason) => [
      reason,
      {
        ...{ reason, message: 'There is no account with this id.', kind: 'accounts', list: '/admin/accounts' },
        frame: frameAt('accounts'),
      },
    ]),
  ),
  'admin/overview': {
    plain: overview,
    empty: { ...overview, counts: { accounts: 1, groups: 1, clients: 0 }, givenUp: 0, administrators: [], events: [] },
    ...Object.fromEntries(doneWords.map((done) => [`done ${done}`, { ...overview, frame: frameAt('', { done }) }])),
  },
  'admin/accounts': {
    plain: list,
    later: { ...list, search: 'bo', group: 'office', links: { first: '/admin/accounts', next: undefined } },
    empty: { ...list, frame: frameAt('accounts', auditor), rows: [], links: noLinks },
    'none found': { ...list, search: 'x', rows: [], links: noLinks },
  },
  'admin/account-new': {
    plain: { frame: frameAt('accounts'), fields: empty },
    wrong: { frame: frameAt('accounts', { problem }), fields },
    auditor: { frame: frameAt('accounts', auditor), fields: empty },
  },
  'admin/account': {
    plain: account,
    described: {
      ...account,
      fields: { ...fields, attributes: described },
      account: { ...account.account, isSelf: true },
    },
    declared: { ...account, account: { ...account.account, isDeclared: true } },
    disabled: { ...account, ...bare, account: { ...account.account, state: 'disabled', hasPassword: false } },
    invited: { ...account, ...bare, account: { ...account.account, state: 'invited', hasPassword: false } },
    wrong: { ...account, frame: frameAt('accounts', { problem }) },
    outdated: {
      ...account,
      frame: frameAt('accounts', {
        problem: { message: problem.message, fields: [] },
        loadAgain: '/admin/accounts/acc_bob',
      }),
    },
    stale: { ...account, frame: frameAt('accounts', stale) },
    auditor: { ...account, frame: frameAt('accounts', auditor) },
  },
  'admin/shown-once': {
    invite: { frame: frameAt('accounts'), kind: 'invite', lastsSeconds: 7 * 86_400, ...once },
    reset: { frame: frameAt('accounts'), kind: 'reset', lastsSeconds: 1800, ...once },
  },
  'admin/groups': {
    plain: {
      frame: frameAt('groups'),
      rows: [
        {
          name: 'admins',
          href: '/admin/groups/admins',
          description: 'Run this provider',
          members: 2,
          isDeclared: true,
        },
        { name: 'office', href: '/admin/groups/office', description: undefined, members: 1200, isDeclared: false },
      ],
    },
    empty: { frame: frameAt('groups', auditor), rows: [] },
  },
  'admin/group': Object.fromEntries(
    [undefined, [], uses].flatMap((used, at) => {
      const group = {
        ...{ name: 'office', isDeclared: false, version: 1, members: 3 },
        membersHref: '/admin/accounts?group=office',
      };
      const model = { name: 'office', description: 'Desks', href: '/admin/groups/office', uses: used ?? [] };
      const name = `${at} ${used ? 'used' : 'new'}`;
      const all = { ...model, group: used && group };
      return [
        [name, { ...all, frame: frameAt('groups') }],
        [`${name} auditor`, { ...all, frame: frameAt('groups', auditor) }],
        [
          `${name} declared`,
          { ...all, group: used && { ...group, isDeclared: true }, frame: frameAt('groups', { problem }) },
        ],
      ];
    }),
  ),
  'admin/attributes': {
    plain: {
      frame: frameAt('attributes'),
      rows: types.map((type) => ({
        ...{ name: `a_${type}`, href: `/admin/attributes/a_${type}`, type, isDeclared: type === 'json' },
        description: type === 'date' ? 'First day' : undefined,
      })),
    },
    empty: { frame: frameAt('attributes', auditor), rows: [] },
  },
  'admin/attribute': Object.fromEntries(
    [undefined, 0, 4].flatMap((accounts, at) => {
      const attribute = { name: 'costCentre', type: 'string', isDeclared: false, version: 1, accounts: accounts ?? 0 };
      const model = {
        name: 'costCentre',
        type: 'string',
        types,
        description: '',
        href: '/admin/attributes/costCentre',
        uses: [],
      };
      const all = { ...model, attribute: accounts === undefined ? undefined : attribute };
      return [
        [`${at}`, { ...all, frame: frameAt('attributes') }],
        [`${at} used`, { ...all, uses, frame: frameAt('attributes', auditor) }],
        [
          `${at} declared`,
          { ...all, attribute: all.attribute && { ...attribute, isDeclared: true }, frame: frameAt('attributes') },
        ],
      ];
    }),
  ),
  'admin/sessions': {
    plain: {
      ...{ frame: frameAt('sessions'), client: undefined },
      rows: [session({ person: bob }), session({ id: 'x', person: long, isHere: true }), ...sessions],
      links: { first: '/admin/sessions', next: '/admin/sessions?after=x' },
    },
    'of a client': { ...ofClient, rows: [session({ person: bob })], links: noLinks },
    'nobody used it': { ...ofClient, rows: [], links: noLinks },
    'none on this page': { ...ofClient, rows: [], links: { ...noLinks, next: '/admin/sessions?after=x' } },
    empty: { frame: frameAt('sessions', auditor), client: undefined, rows: [], links: noLinks },
  },
};
