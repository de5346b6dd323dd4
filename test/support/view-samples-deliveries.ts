/** Samples of the delivery desk; see view-samples.ts. */
import { STATUS_CODES } from 'node:http';
import { sessionEnds } from '../../src/domain/audit/audit.ts';
import { deliveryStates, refusalOf } from '../../src/domain/deliveries/deliveries.ts';
import type { AttemptRow, DeliveryRow, DeliveryViewModels, Doer } from '../../src/http/views.ts';
import { frameAt, sampleNow } from './view-samples-admin.ts';

const minutes = (count: number) => sampleNow + count * 60_000;
const auditor = { mayChange: false, account: { name: 'Ines Duarte', username: 'ines' } };
const mara = { name: 'Mara Lindqvist', username: 'mara', href: '/admin/accounts/acc_mara' };
const long = {
  ...{ name: 'Donaudampfschifffahrtsgesellschaft von und zu Überlingen', username: 'donaudampf' },
  href: '/admin/accounts/acc_donau',
};
const byMara: Doer = { who: mara, by: 'acc_mara', kind: 'account' };

const answered = (number: number, status: number, answer = ''): AttemptRow => ({
  ...{ number, at: minutes(-30 + number), milliseconds: 31 + number, status, statusText: STATUS_CODES[status] ?? '' },
  ...(status === 200
    ? { refusal: undefined, problem: undefined, summary: undefined }
    : { refusal: refusalOf(status), problem: `It answered ${status}; 200 was expected.`, summary: undefined }),
  answer,
});
const refused: AttemptRow = {
  ...{
    number: 1,
    at: minutes(-29),
    milliseconds: 3,
    status: undefined,
    statusText: '',
    refusal: undefined,
    answer: '',
  },
  problem: 'http://paperless.example.test refused the connection. See whether it is up and listens on that port.',
  summary: 'refused the connection',
};
const html = `<!doctype html><title>502</title><script>alert(1)</script>${'<p>Bad gateway</p>'.repeat(12)}`;

const row = (changes: Partial<DeliveryRow> = {}): DeliveryRow => ({
  ...{ id: 'dl_0197a1b2c3d4e5f60718293a4b5c', href: '/admin/deliveries/dl_0197a1b2c3d4e5f60718293a4b5c' },
  client: { id: 'paperless', name: 'Paperless', href: '/admin/clients/paperless' },
  ...{ person: mara, accountId: 'acc_mara', reason: 'ended_by_admin', createdAt: minutes(-31), state: 'waiting' },
  ...{ signOutHref: '/admin/deliveries?sign_out=so_0197a1b2c3d4e5f60718293a4b5c', attempts: 3, isDue: false },
  ...{ dueAt: minutes(20), last: answered(3, 502), ...changes },
});
const rows: DeliveryRow[] = [
  row(),
  row({ dueAt: undefined, isDue: true, last: refused, attempts: 1 }),
  row({
    ...{ state: 'given_up', dueAt: undefined, attempts: 21, person: long, createdAt: minutes(-60 * 30) },
    client: {
      id: 'dokumentenverwaltung'.repeat(3),
      name: 'Dokumentenverwaltungsportal der Hafengesellschaft',
      href: '/admin',
    },
    last: answered(21, 404),
  }),
  row({ state: 'confirmed', dueAt: undefined, attempts: 1, last: answered(1, 200) }),
  row({
    ...{ state: 'not_told', dueAt: undefined, attempts: 0, last: undefined, person: undefined, accountId: 'acc_gone' },
    client: { id: 'gone', name: 'gone', href: undefined },
  }),
];
const href = (state: string) => `/admin/deliveries?state=${state}`;
const pills: DeliveryViewModels['admin/deliveries']['pills'] = [
  { state: 'all', count: 1281, href: '/admin/deliveries', isCurrent: true },
  { state: 'unconfirmed', count: 31, href: href('unconfirmed'), isCurrent: false },
  ...deliveryStates.map((state) => ({ state, count: 7, href: href(state), isCurrent: false })),
];
const fields = { state: '', client: '', account: '', signOut: '' };
const noLinks = { first: undefined, next: undefined };

const list: DeliveryViewModels['admin/deliveries'] = {
  frame: frameAt('deliveries'),
  ...{ fields, problems: [], pills, rows, signOut: undefined, confirmed: 1250, total: 1281, open: 31 },
  givenUp: { count: 7, href: href('given_up') },
  links: { first: undefined, next: '/admin/deliveries?after=x' },
  ...{ tellsSeconds: 86_400, keptDays: 30 },
};
const signOut = {
  person: mara,
  accountId: 'acc_mara',
  reason: 'account_disabled' as const,
  doer: byMara,
  at: minutes(-31),
};

const one: DeliveryViewModels['admin/delivery'] = {
  ...{ frame: frameAt('deliveries'), list: '/admin/deliveries' },
  delivery: {
    ...row({ last: undefined }),
    ...{ giveUpAt: minutes(60 * 24), settledAt: undefined, sid: 'u7Xd0aLm02kq3nV8', doer: byMara },
  },
  url: `https://paperless.example.test/oidc/${'a-long-path/'.repeat(9)}logout`,
  untold: undefined,
  tries: [answered(3, 502, html), refused],
};
const inState = (changes: Partial<DeliveryViewModels['admin/delivery']['delivery']>) => ({
  ...one.delivery,
  ...changes,
});
const operator: Doer = { who: undefined, by: undefined, kind: 'operator' };
const byKey: Doer = { who: undefined, by: 'key_q7Xd0aLm02kq3nV8', kind: 'api_key' };

export const deliverySamples: { [Name in keyof DeliveryViewModels]: Record<string, DeliveryViewModels[Name]> } = {
  'admin/deliveries': {
    plain: list,
    auditor: { ...list, frame: frameAt('deliveries', auditor) },
    'every reason': { ...list, rows: sessionEnds.map((reason) => row({ reason })) },
    'given up': {
      ...{ ...list, givenUp: undefined, fields: { ...fields, state: 'given_up' }, rows: rows.slice(2, 3) },
      frame: frameAt('deliveries', { query: '?state=given_up', done: 'deliveries-replayed' }),
    },
    'of one sign-out': { ...list, signOut, rows, confirmed: 1, total: 5, open: 4, links: noLinks },
    'of one sign-out, waiting': {
      ...list,
      signOut,
      givenUp: undefined,
      rows: rows.slice(0, 2),
      confirmed: 0,
      total: 2,
      open: 1,
    },
    'of one sign-out, confirmed': {
      ...{ ...list, pills: [], rows: rows.slice(3, 4), givenUp: undefined, open: 0, confirmed: 1, total: 1 },
      signOut: { ...signOut, person: undefined, accountId: 'acc_gone', doer: byKey },
    },
    'none found': { ...list, rows: [], open: 0, fields: { ...fields, client: 'nothing' }, links: noLinks },
    wrong: {
      ...{ ...list, rows: [], open: 0, fields: { ...fields, state: 'x', account: 'bbo' }, links: noLinks },
      problems: [
        { path: 'state', reason: 'state' },
        { path: 'account', reason: 'unknown' },
      ],
    },
    empty: {
      ...list,
      rows: [],
      pills: [],
      open: 0,
      givenUp: undefined,
      links: { first: '/admin/deliveries', next: undefined },
    },
  },
  'admin/delivery': {
    plain: one,
    'at any moment': { ...one, delivery: inState({ isDue: true, dueAt: undefined }), tries: [] },
    'refused connection': { ...one, tries: [refused] },
    auditor: { ...one, frame: frameAt('deliveries', auditor) },
    confirmed: {
      ...{ ...one, tries: [answered(4, 200, 'ok'), ...one.tries] },
      delivery: inState({ state: 'confirmed', dueAt: undefined, settledAt: minutes(-1), doer: operator }),
    },
    ...Object.fromEntries(
      [400, 403, 404, 405, 302, 503, 418].map((status) => [
        `given up after ${status}`,
        {
          ...{ ...one, tries: [answered(9, status, 'no')] },
          delivery: inState({
            state: 'given_up',
            dueAt: undefined,
            settledAt: minutes(-1),
            sid: undefined,
            doer: byKey,
          }),
        },
      ]),
    ),
    ...Object.fromEntries(
      (['no-address', 'browser-only', 'gone', 'no-session'] as const).map((untold) => [
        `not told: ${untold}`,
        {
          ...{ ...one, untold, url: undefined, tries: [] },
          delivery: inState({
            ...{ state: 'not_told', dueAt: undefined, settledAt: minutes(-1), person: undefined },
            client: untold === 'gone' ? { id: 'gone', name: 'gone', href: undefined } : one.delivery.client,
          }),
        },
      ]),
    ),
    'long names': { ...one, delivery: inState({ ...(rows[2] as DeliveryRow) }) },
  },
};
