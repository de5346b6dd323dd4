/** Samples of a person's own pages, /account and /link; see view-samples.ts. */
import type { FieldProblem, ProblemReason } from '../../src/base/errors.ts';
import type { AccountViewModels, LinkModel, OwnSessionRow, OwnSignInRow } from '../../src/http/views.ts';
import { frameAt, sampleNow } from './view-samples-admin.ts';

type Own = AccountViewModels['account/account'];
const minutes = (count: number) => sampleNow - count * 60_000;

const session = (changes: Partial<OwnSessionRow> = {}): OwnSessionRow => ({
  ...{ id: 'a1b2', device: { browser: 'Firefox', system: 'Linux' }, ip: '192.0.2.17', isHere: false },
  ...{ startedAt: minutes(200), lastUsedAt: minutes(2), ...changes },
});
const outcomes = ['succeeded', 'wrong', 'throttled', 'locked', 'refused'] as const;
const signIns: OwnSignInRow[] = outcomes.map((outcome, at) => ({
  ...{ outcome, at: minutes(3 + at * 700), ip: outcome === 'refused' ? undefined : '192.0.2.80' },
}));

const own: Own = {
  frame: frameAt('', { mayChange: false }),
  account: { username: 'mara', name: 'Mara Lindqvist', email: 'mara@example.test' },
  mayAdminister: false,
  profile: {
    ...{ isDeclared: false, version: 3, name: 'Mara Lindqvist', givenName: 'Mara', familyName: 'Lindqvist' },
    language: 'sv',
    languages: [
      { value: 'de', label: 'Deutsch' },
      { value: 'sv', label: 'svenska' },
    ],
  },
  minimumLength: 15,
  endingKeys: 0,
  sessions: [
    session({ isHere: true }),
    session({ id: 'c3d4', device: { browser: undefined, system: undefined }, ip: undefined }),
    session({ id: 'e5f6', device: { browser: 'Safari', system: 'iPhone' }, lastUsedAt: minutes(60 * 30) }),
  ],
  apps: [
    {
      ...{ id: 'g1', client: { id: 'paperless', name: 'Paperless' }, expiresAt: sampleNow + 90 * 86_400_000 },
      scopes: ['openid', 'profile', 'email', 'phone', 'address', 'groups', 'roles', 'offline_access'],
    },
    {
      ...{ id: 'g2', client: { id: 'payroll', name: 'payroll' }, expiresAt: sampleNow + 3_600_000 },
      scopes: ['openid', 'payroll:read', 'payroll:write'],
    },
    { id: 'g3', client: { id: 'wiki', name: 'Wiki' }, expiresAt: sampleNow + 3_600_000, scopes: ['openid'] },
  ],
  signIns,
  waitSeconds: undefined,
};
const long = 'Donaudampfschifffahrtsgesellschaft von und zu Überlingen';
const failed = (fields: FieldProblem[], message = 'The password was not changed.') =>
  frameAt('', { mayChange: false, problem: { message, fields } });
const wrong = (path: string, reason?: ProblemReason): FieldProblem => ({ path, message: 'is too long', reason });
const short = wrong('password', { kind: 'short', values: { length: 7, least: 15 } });
const repeat = wrong('repeat', { kind: 'repeat', values: {} });
const others = ['control', 'name', 'common'].map((kind) => wrong('password', { kind, values: {} }));

const link: LinkModel = {
  ...{ csrf: 'Kx0-csrf', purpose: 'reset', account: { name: 'Mara Lindqvist', username: 'mara' } },
  ...{ username: '', name: '', minimumLength: 15, endingKeys: 0, problem: undefined },
};
const setup: LinkModel = { ...link, purpose: 'setup', account: undefined };

export const accountSamples: { [Name in keyof AccountViewModels]: Record<string, AccountViewModels[Name]> } = {
  'account/account': {
    plain: own,
    'alone, an administrator': {
      ...own,
      mayAdminister: true,
      account: { username: 'donaudampfschifffahrt', name: long, email: undefined },
      profile: { ...own.profile, name: '', givenName: '', familyName: '', language: '' },
      sessions: own.sessions.slice(0, 1),
      apps: [],
      signIns: [],
    },
    'with API keys': {
      ...own,
      endingKeys: 2,
      frame: frameAt('', { mayChange: false, signInFirst: '/account/sign-in?fresh=1&return_to=%2Faccount' }),
    },
    declared: { ...own, profile: { ...own.profile, isDeclared: true } },
    done: { ...own, frame: frameAt('', { mayChange: false, done: 'password-changed' }) },
    'wrong password': { ...own, frame: failed([wrong('current', { kind: 'current', values: {} }), short]) },
    'not repeated': {
      ...own,
      frame: failed([repeat, wrong('password', { kind: 'long', values: { length: 257, most: 256 } })]),
    },
    'wrong profile': {
      ...own,
      frame: failed(['name', 'claims.given_name', 'claims.family_name'].map((path) => wrong(path))),
    },
    'changed meanwhile': {
      ...own,
      frame: { ...failed([], 'Somebody else changed it meanwhile. Load it again.'), loadAgain: '/account' },
    },
    'too many': { ...own, frame: failed([], 'Too many attempts.'), waitSeconds: 240 },
  },
  'link/password': {
    invite: { ...link, purpose: 'invite' },
    reset: { ...link, endingKeys: 1 },
    'reset, wrong': {
      ...link,
      problem: {
        message: 'This password cannot be used.',
        fields: [...others, repeat],
      },
    },
    setup,
    'setup, wrong': {
      ...{ ...setup, username: 'mara lindqvist', name: long },
      problem: {
        message: 'It cannot be created.',
        fields: [wrong('username'), short],
      },
    },
    'setup, taken': { ...setup, username: 'mara', problem: { message: 'The user name mara is taken.', fields: [] } },
  },
  'link/dead': { plain: {} },
  'link/done': { plain: { isAdmin: false, href: '/account' }, admin: { isAdmin: true, href: '/admin' } },
};
