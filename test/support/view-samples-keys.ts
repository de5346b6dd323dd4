/** Samples of the pages of /admin about keys; see view-samples.ts. */
import type {
  KeyLane,
  KeyViewModels,
  NextKey,
  ReadinessModel,
  ReadinessRow,
  RevocationModel,
} from '../../src/http/views.ts';
import { frameAt, sampleNow } from './view-samples-admin.ts';

const days = (count: number) => sampleNow + count * 86_400_000;
const auditor = { mayChange: false, account: { name: 'Ines Duarte', username: 'ines' } };
const kids = {
  pending: 'hK64gtQx_bEU8Ldgbd8oM0J43IweU-w307LBdiWLpRQ',
  active: '9m1Dr7npwK6_edMw3-aOirjvpXHGt9OSaT4PKqCpRSk',
  retiring: '7CDe-39JxL7bpN-wOOJAYK2XS7MSZMXEZMRA6ZEG4U4',
  other: 'eeHzJ9DqbAtWfQtvR5d4aoMB4Us0EpY_8jbaM7IOeTg',
};
const pathOf = (kid: string) => `/admin/keys/${kid}`;
const client = (id: string, name: string) => ({ id, name, href: `/admin/clients/${id}` });
const payroll = client('payroll-iis', 'Payroll');
const grafana = client('grafana', 'Grafana');
const long = client('donaudampfschiff', 'Donaudampfschifffahrtsgesellschaftskapitänsmütze');

const lane = (kid: string, changes: Partial<KeyLane>): KeyLane => ({
  ...{ kid, algorithm: 'ES256', href: pathOf(kid), state: 'active', kind: 'active', createdAt: days(-80) },
  ...{
    isWaiting: false,
    signsAt: days(-79),
    stopsAt: days(11),
    removesAt: days(41),
    nextAt: undefined,
    isDropped: false,
    clients: 11,
  },
  bars: [
    { kind: 'pending', x: 11, width: 6 },
    { kind: 'active', x: 17, width: 47 },
    { kind: 'planned', x: 64, width: 30 },
  ],
  ...changes,
});
const lanes: KeyLane[] = [
  lane(kids.pending, {
    ...{ state: 'pending', kind: 'pending', createdAt: days(-0.5), signsAt: days(0.5), stopsAt: days(90) },
    bars: [
      { kind: 'pending', x: 58, width: 1 },
      { kind: 'planned', x: 59, width: 41 },
    ],
  }),
  lane(kids.active, { nextAt: days(10) }),
  lane(kids.retiring, {
    ...{ state: 'retiring', kind: 'retiring', removesAt: days(4), clients: undefined },
    bars: [
      { kind: 'active', x: 0, width: 17 },
      { kind: 'retiring', x: 17, width: 44 },
    ],
  }),
  lane(kids.other, { algorithm: 'RS256', state: 'damaged', clients: 0 }),
  lane('b5R7kq', { algorithm: 'PS256', isDropped: true, clients: 1 }),
  lane('QUcjP17fG2n', { state: 'retiring', kind: 'never', clients: undefined, bars: [] }),
];
const axis = { from: days(-92), to: days(98), now: 58 };

const row = (changes: Partial<ReadinessRow>): ReadinessRow => ({
  ...{ client: grafana, state: 'fetched', kind: 'fetched', fetchedAt: days(-0.1), aliveAt: days(-0.01), others: [] },
  rehearsal: undefined,
  ...changes,
});
const readiness: ReadinessModel = {
  ...{ ready: 9, total: 11, idle: 1, more: 3, hasRehearsals: false },
  rows: [
    row({ client: payroll, state: 'behind', kind: 'behind', fetchedAt: days(-13) }),
    row({ client: long, state: 'unknown', kind: 'unknown', fetchedAt: undefined }),
    row({ state: 'perhaps', kind: 'perhaps' }),
    row({ state: 'perhaps', kind: 'perhaps-shared', others: ['outline', 'paperless'] }),
    row({}),
    row({ kind: 'fetched-pages' }),
    row({ state: 'proven', kind: 'proven', fetchedAt: undefined }),
    row({ state: 'idle', kind: 'idle', fetchedAt: undefined, aliveAt: undefined }),
  ],
  unattributed: { count: 14, lastAt: days(-0.02) },
  unseen: ['https://orders.example.test'],
};
const rehearsed: ReadinessModel = {
  ...{ ...readiness, hasRehearsals: true, more: 0 },
  rows: [
    row({ client: long, rehearsal: { passed: 5, of: 7, failed: ['removed-early', 'same-kid'], at: days(-0.2) } }),
    row({ client: payroll }),
    row({ rehearsal: { passed: 7, of: 7, failed: [], at: days(-12) } }),
  ],
};
const nobody: ReadinessModel = {
  ...{ ready: 0, total: 0, idle: 0, more: 0, rows: [], unseen: [], hasRehearsals: false },
  unattributed: { count: 0, lastAt: undefined },
};

const next: NextKey = {
  ...{ kid: kids.pending, algorithm: 'ES256', href: pathOf(kids.pending), createdAt: days(-0.5) },
  ...{ activatesAt: days(0.5), waitsUntil: undefined, isWaiting: false, maxAgeSeconds: 300, readiness: nobody },
};
const waiting: NextKey = { ...next, waitsUntil: days(7), maxAgeSeconds: 0, readiness };
const overdue: NextKey = { ...waiting, activatesAt: sampleNow, isWaiting: true };
const ready: NextKey = {
  ...{ ...next, kid: kids.other, algorithm: 'RS256', href: pathOf(kids.other) },
  readiness: { ...readiness, ready: 11 },
};

const keys: KeyViewModels['admin/keys'] = {
  ...{ frame: frameAt('keys'), axis, lanes: lanes.slice(0, 3), next: [next] },
  choices: [
    { algorithm: 'RS256', aheadSeconds: 86_400 },
    { algorithm: 'EdDSA', aheadSeconds: 0 },
  ],
  fields: { algorithm: '', reason: '' },
  cookies: { createdAt: days(-40), renewsAt: days(50), older: 1 },
  ...{ removed: [], removedMore: 0 },
};
const removed: KeyViewModels['admin/keys']['removed'] = [
  { kid: kids.other, algorithm: 'RS256', href: pathOf(kids.other), state: 'revoked', at: days(-1) },
  { kid: kids.retiring, algorithm: 'ES256', href: pathOf(kids.retiring), state: 'removed', at: days(-200) },
];
const problem = {
  message: 'No key was made.',
  fields: [
    { path: 'algorithm', message: 'is none of keys.algorithms (RS256): add it there and start again' },
    { path: 'reason', message: 'must not be longer than 200 characters' },
  ],
};

const revocation: RevocationModel = {
  ...{ state: 'active', kind: 'new', next: undefined, clients: [payroll, grafana, long], clientsMore: 8, total: 11 },
  ...{ resources: ['https://orders.example.test'], maxAgeSeconds: 300, reason: '' },
  breaks: [{ kind: 'sign_ins' }, { kind: 'access_tokens' }, { kind: 'sign_outs' }],
  remains: [{ kind: 'sessions' }],
};
const known: RevocationModel = {
  ...revocation,
  ...{ kind: 'pending', next: { kid: kids.pending, href: pathOf(kids.pending), since: days(-0.5) } },
  ...{ breaks: [{ kind: 'late_sign_ins' }], resources: [], clientsMore: 0 },
};
const withNobody = { clients: [], clientsMore: 0, total: 0, resources: [] };

const pem =
  '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA9m1Dr7npwK6edMw3aOirjvpXHGt9OSaT4PKqCpRSk0M=\n-----END PUBLIC KEY-----\n';
const jwk = JSON.stringify({ kty: 'OKP', crv: 'Ed25519', kid: kids.active, alg: 'EdDSA', use: 'sig' }, undefined, 2);
const key: KeyViewModels['admin/key'] = {
  frame: frameAt('keys'),
  key: {
    ...{ kid: kids.active, algorithm: 'ES256', href: pathOf(kids.active), state: 'active', createdAt: days(-80) },
    ...{
      activatesAt: days(-79),
      waitsUntil: undefined,
      activatedAt: days(-79),
      retiresAt: days(11),
      retiredAt: undefined,
    },
    ...{ removesAt: undefined, removedAt: undefined },
  },
  life: { axis, lane: lanes[1] as KeyLane },
  ...{ next: undefined, readiness: undefined, revocation },
  files: { pem, jwk, pemHref: `/jwks/${kids.active}.pem`, jwkHref: `/jwks/${kids.active}.json` },
};
const pending: KeyViewModels['admin/key'] = {
  ...key,
  key: {
    ...{ ...key.key, kid: kids.pending, href: pathOf(kids.pending), state: 'pending', createdAt: days(-0.5) },
    ...{ activatesAt: days(0.5), activatedAt: undefined, retiresAt: undefined },
  },
  life: { axis, lane: lanes[0] as KeyLane },
  ...{ next, revocation: { ...revocation, ...withNobody, state: 'pending', breaks: [{ kind: 'next_key' }] } },
};
const gone: KeyViewModels['admin/key'] = {
  ...key,
  key: { ...key.key, state: 'revoked', retiresAt: undefined, retiredAt: days(-30), removedAt: days(-1) },
  ...{ life: undefined, files: undefined, revocation: undefined },
};

export const keySamples: { [Name in keyof KeyViewModels]: Record<string, KeyViewModels[Name]> } = {
  'admin/keys': {
    plain: keys,
    'every state, much removed': { ...keys, lanes, removed, removedMore: 30 },
    'who is ready': { ...keys, next: [waiting, ready] },
    'in dev': { ...keys, next: [], choices: [{ algorithm: 'RS256', aheadSeconds: 0 }] },
    waiting: {
      ...keys,
      lanes: [lane(kids.pending, { ...lanes[0], isWaiting: true, signsAt: days(7) })],
      next: [overdue],
    },
    'all on their way': { ...keys, choices: [] },
    wrong: { ...keys, frame: frameAt('keys', { problem }), fields: { algorithm: 'EdDSA', reason: 'x' } },
    auditor: { ...keys, frame: frameAt('keys', auditor), next: [waiting] },
  },
  'admin/key': {
    plain: key,
    'in dev': { ...key, revocation: { ...revocation, maxAgeSeconds: 0 } },
    rehearsed: { ...key, readiness: rehearsed },
    'who uses it': { ...key, readiness, revocation: known },
    'of no client': {
      ...{ ...key, readiness: nobody },
      revocation: { ...revocation, ...withNobody, kind: 'nothing', breaks: [{ kind: 'all_sign_ins' }] },
    },
    pending,
    waiting: { ...pending, key: { ...pending.key, activatesAt: days(-1), waitsUntil: days(7) }, next: overdue },
    'pending in dev': { ...pending, next: { ...next, maxAgeSeconds: 0 } },
    'who is ready': { ...pending, next: waiting },
    retiring: {
      ...key,
      key: { ...key.key, state: 'retiring', retiresAt: undefined, retiredAt: days(-2), removesAt: days(28) },
      life: { axis, lane: lanes[2] as KeyLane },
      revocation: {
        ...{ ...revocation, ...withNobody, state: 'retiring', kind: 'nothing', breaks: [] },
        remains: [{ kind: 'sessions' }, { kind: 'signing' }],
      },
    },
    damaged: { ...key, key: { ...key.key, state: 'damaged' }, files: undefined },
    gone,
    wrong: { ...key, frame: frameAt('keys', { problem }), revocation: { ...revocation, reason: 'x' } },
    auditor: { ...pending, frame: frameAt('keys', auditor), next: waiting },
  },
};
