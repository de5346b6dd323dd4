/** Samples of the pages of /admin about clients; see view-samples.ts. */
import type { ClientFields, ClientRow, ClientViewModels, PreviewModel } from '../../src/http/views.ts';
import { frameAt, sampleNow } from './view-samples-admin.ts';

const days = (count: number) => sampleNow + count * 86_400_000;
const frame = frameAt('clients');
const auditor = frameAt('clients', { mayChange: false, account: { name: 'Ines Duarte', username: 'ines' } });
const noLinks = { first: undefined, next: undefined };

const row = (id: string, name: string, changes: Partial<ClientRow> = {}): ClientRow => ({
  ...{ id, name, href: `/admin/clients/${id}`, kind: 'web', access: 'everybody', state: 'ok', origin: 'admin' },
  ...changes,
});
const rows: ClientRow[] = [
  row('grafana', 'Grafana', { access: ['engineering', 'admins'] }),
  row('outline', 'Outline', { kind: 'gateway', origin: 'file' }),
  row('paperless', 'Paperless', { state: 'ending', access: ['office'] }),
  row('nightly-export', 'Nightly export', { kind: 'machine', access: undefined, state: 'no-secret' }),
  row('wiki-2019', 'Donaudampfschifffahrtsgesellschaft: altes Wiki', { state: 'disabled', access: 'nobody' }),
  row('demo', 'demo', { kind: undefined, origin: 'first_use', state: 'idle' }),
  row('shop', 'Shop', { kind: 'spa' }),
  row('cli', 'cli', { kind: 'native' }),
];

const groups = [
  { name: 'engineering', description: 'Who builds it', checked: true },
  { name: 'office', description: undefined, checked: false },
];
const rule = { from: 'claim:groups', value: '', name: '', in: ['id_token'], only: '', prefix: '', scope: '' };
const fields: ClientFields = {
  ...{ access: 'groups', groups, name: 'Grafana', clientUri: 'https://grafana.example.test/' },
  redirectUris: 'https://grafana.example.test/login/generic_oauth\nhttp://localhost:3000/login/generic_oauth',
  postLogoutRedirectUris: 'https://grafana.example.test/logout',
  backchannelLogoutUri: 'https://grafana.example.test/logout/backchannel',
  backchannelLogoutSessionRequired: true,
  frontchannelLogoutUri: '',
  frontchannelLogoutSessionRequired: true,
  ...{ scope: 'openid profile email groups offline_access', tokenEndpointAuthMethod: 'client_secret_basic' },
  ...{ idTokenSignedResponseAlg: '', grantTypes: ['authorization_code', 'refresh_token'], responseTypes: ['code'] },
  ...{ isPkceOptional: false, claimsInIdToken: true, firstParty: true },
  roles: [
    { name: 'Editor', groups: 'engineering, on-call' },
    { name: 'Viewer', groups: 'office' },
  ],
  rules: [
    { ...rule, name: 'https://grafana.example.test/groups', only: 'eng*\noffice', prefix: 'team:', scope: 'groups' },
    { ...rule, from: 'attribute:costCentre', in: ['userinfo', 'access_token'] },
    { ...rule, from: 'value', name: 'tier', value: '"gold"' },
    { ...rule, from: 'claim:email', in: [] },
  ],
  more: '{\n  "kind": "web",\n  "contacts": ["team@example.test"]\n}',
};
const sources = { claims: ['groups', 'roles', 'email'], attributes: ['costCentre'] };
const secrets = {
  isDeclared: false,
  rows: [
    { id: 'sec_q7Xd0aLm02kq3nV8', createdAt: days(-1), endsAt: undefined, isNewest: true },
    { id: 'sec_Lm02kq3nV8dZq7Xd', createdAt: days(-300), endsAt: days(6), isNewest: false },
  ],
  overlaps: [604_800, 86_400, 0],
};
const one = secrets.rows.slice(0, 1);

const mara = { name: 'Mara Lindqvist', username: 'mara', href: '/admin/accounts/acc_mara' };
type Seen = NonNullable<PreviewModel['seen']>;
const preview = (changes: Partial<Seen> = {}): PreviewModel => ({
  ...{ as: 'mara', reason: undefined },
  seen: {
    ...{ person: mara, state: 'allowed', by: 'engineering', scopes: ['openid', 'profile', 'groups'] },
    tokens: (['id_token', 'userinfo', 'access_token'] as const).map((type) => ({
      ...{
        type,
        json: '{\n  "sub": "acc_01hq7m3k9t",\n  "https://grafana.example.test/groups": [\n    "team:eng"\n  ]\n}',
      },
    })),
    ...changes,
  },
});
const none: PreviewModel = { as: '', reason: undefined, seen: undefined };

const client: ClientViewModels['admin/client'] = {
  list: '/admin/clients?search=graf',
  frame,
  client: { ...row('grafana', 'Grafana'), createdAt: days(-90), version: 4, isDeclared: false },
  ...{ notices: [], fields, sources, secrets, preview: none },
};
const at = (changes: Partial<ClientViewModels['admin/client']['client']>) => ({
  client: { ...client.client, ...changes },
});
const problem = {
  message: 'The client grafana cannot be registered as it is.',
  fields: [
    { path: 'redirectUris[1]', message: 'must not have a fragment' },
    { path: 'access[0]', message: 'names the group nobody, which does not exist; create it first' },
    { path: 'roles[0].groups', message: 'names the group nobody, which does not exist; create it first' },
    { path: 'claims[2].value', message: 'must be JSON' },
    { path: 'claims[0].in', message: 'must be id_token, userinfo or access_token' },
    { path: 'grantTypes', message: 'must have at least one entry' },
    { path: 'pkce', message: 'must be required for a client that does not authenticate' },
    { path: 'policyUri', message: 'must be an https URL' },
    { path: 'more', message: 'must be JSON' },
    { path: 'overlapSeconds', message: 'must be a whole number of seconds' },
  ],
};

const newFields = {
  access: 'nobody',
  groups,
  id: '',
  name: '',
  redirectUris: '',
  postLogoutRedirectUris: '',
  backchannelLogoutUri: '',
  scope: '',
} as const;
const types = ['web', 'spa', 'native', 'machine', 'gateway'] as const;
const newClient = { frame, kind: undefined, types, fields: { ...newFields, groups: [...groups] } };
const made: ClientViewModels['admin/client-made'] = {
  frame,
  client: { id: 'grafana', name: 'Grafana', href: '/admin/clients/grafana', kind: 'web' },
  ...{ isNew: true, secret: 'kq3nV8dZkq3nV8dZkq3nV8dZkq3nV8dZkq3nV8dZkq3', endsAt: undefined },
  issuer: 'https://id.example.test',
  discovery: 'https://id.example.test/.well-known/openid-configuration',
};

export const clientSamples: { [Name in keyof ClientViewModels]: Record<string, ClientViewModels[Name]> } = {
  'admin/clients': {
    plain: { frame, rows, search: '', links: { first: undefined, next: '/admin/clients?after=x' } },
    later: { frame, rows: rows.slice(0, 2), search: 'g', links: { first: '/admin/clients', next: undefined } },
    empty: { frame: auditor, rows: [], search: '', links: noLinks },
    'none found': { frame, rows: [], search: 'x', links: noLinks },
  },
  'admin/client-new': {
    plain: newClient,
    auditor: { ...newClient, frame: auditor },
    ...Object.fromEntries(types.map((kind) => [kind, { ...newClient, kind }])),
    wrong: {
      ...newClient,
      kind: 'web',
      frame: frameAt('clients', { problem }),
      fields: { ...newClient.fields, groups: [] },
    },
  },
  'admin/client': {
    plain: client,
    warnings: {
      ...client,
      notices: ['pkce-optional', 'id-token-in-browser', 'undecided'],
      fields: { ...fields, isPkceOptional: true, responseTypes: ['code', 'id_token'] },
      preview: preview(),
    },
    wrong: { ...client, frame: frameAt('clients', { problem }), secrets: { ...secrets, rows: one } },
    declared: { ...client, ...at({ isDeclared: true, origin: 'file' }), secrets: { ...secrets, isDeclared: true } },
    auditor: { ...client, frame: auditor, preview: preview({ state: 'refused', by: undefined }) },
    disabled: {
      ...client,
      ...at({ state: 'disabled', kind: undefined }),
      ...{ secrets: undefined, preview: { as: '', reason: 'off', seen: undefined } },
      fields: { ...fields, roles: [], rules: [], groups: [], access: 'nobody' },
    },
    machine: {
      ...client,
      ...at({ state: 'no-secret', kind: 'machine' }),
      ...{ secrets: { ...secrets, rows: [] }, preview: { as: '', reason: 'machine', seen: undefined } },
    },
    'preview everybody': { ...client, preview: preview({ by: undefined }) },
    'preview disabled': { ...client, preview: preview({ state: 'disabled' }) },
    'preview nobody': { ...client, preview: { as: 'mra', reason: 'nobody', seen: undefined } },
  },
  'admin/client-made': {
    web: made,
    native: { ...made, client: { ...made.client, kind: 'native' }, secret: undefined },
    machine: { ...made, client: { ...made.client, kind: 'machine' } },
    'next secret': { ...made, isNew: false, endsAt: days(7) },
    'first secret': { ...made, client: { ...made.client, kind: undefined }, isNew: false },
  },
};
