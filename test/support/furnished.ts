/** A team's directory with what makes pages burst: markup in names, the longest names, thirty groups, rows of the file. */
import type { Algorithm } from '../../src/base/algorithms.ts';
import { createVisitor, signIn } from '../../src/testing/sign-in.ts';
import { by, createStage, type Stage } from './door-stage.ts';
import { shiftKeys } from './key-times.ts';
import { addDeliveries } from './told.ts';
import { redirectUris } from './world.ts';

export type Furnished = Awaited<ReturnType<typeof createFurnished>>;

const markup = '<b>bold</b> & "quoted" <img src=x onerror=alert(1)>';
const long = (letter: string): string => letter.repeat(64);
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1',
  'curl/8.9.1',
];

/** What the file declares: those rows can only be looked at. */
const declared = {
  groups: [{ name: 'harbour', description: 'Everybody at the quay' }],
  attributes: [{ name: 'berth', type: 'number' as const, description: 'Where their boat lies' }],
  accounts: [{ username: 'declared', name: 'Dora Declared', groups: ['harbour'], attributes: { berth: 7 } }],
  clients: [
    {
      ...{ id: 'declared-app', name: 'Harbour log', kind: 'web' as const, access: ['harbour'] },
      ...{ redirectUris: ['https://log.example.test/cb'], secretHash: 'A'.repeat(43), roles: { Editor: ['harbour'] } },
      claims: [{ claim: 'groups', name: 'https://app.example/groups', in: ['id_token' as const], prefix: 'h-' }],
    },
  ],
};

/** Everything in it, and the rows by what is special about them. */
export async function createFurnished() {
  const stage = await createStage({ mode: 'serve', ...declared });
  const groups = await addGroups(stage);
  await addAttributes(stage);
  const people = await addPeople(stage, groups);
  await addClients(stage, groups);
  await addApiKeys(stage);
  const keys = await liveThroughKeys(stage);
  const desk = await tellApps(stage, people.longest);
  await useThem(stage);
  const { issueLink } = stage.postern.accounts;
  const [invite, reset] = [await issueLink(people.longest, by), await issueLink(stage.people.bob.id, by)];
  return { ...stage, groups, keys, desk, accounts: people, links: { invite: invite.token, reset: reset.token } };
}

async function addGroups({ postern: { groups } }: Stage): Promise<string[]> {
  const names = Array.from({ length: 28 }, (_, at) => `team-${String(at + 1).padStart(2, '0')}`);
  for (const name of names) await groups.create({ name, description: `People of quay ${name.slice(5)}` }, by);
  await groups.create({ name: long('g'), description: `${markup} ${long('d')}` }, by);
  return [...names, long('g'), 'engineering'];
}

async function addAttributes({ postern: { attributes } }: Stage): Promise<void> {
  for (const type of ['string', 'number', 'boolean', 'date', 'strings', 'json'] as const)
    await attributes.create({ name: `a_${type}`, type }, by);
  await attributes.create({ name: long('a'), type: 'string', description: markup }, by);
}

async function addPeople({ postern: { accounts } }: Stage, groups: string[]) {
  const claims = { given_name: markup, website: 'https://example.test/', address: { locality: long('l') } };
  const values = { a_string: markup, a_number: 7, a_boolean: false, a_date: '2026-11-20', a_strings: ['one', 'two'] };
  const attributes = { ...values, a_json: { deep: [1, { deeper: markup }] }, [long('a')]: long('v') };
  const add = (input: Parameters<typeof accounts.create>[0]) => accounts.create(input, by);
  const crowded = await add({ username: 'crowded', name: 'Thirty Groups', groups, claims, attributes });
  const marked = await add({ username: '<i>marked</i>', name: markup, email: 'marked@example.test' });
  const longest = await add({
    username: long('u'),
    name: long('N'),
    email: `${long('e')}@${'d'.repeat(60)}.example.test`,
    groups: [long('g')],
  });
  for (let at = 1; at <= 48; at++) await add({ username: `sailor-${at}`, name: `Sailor ${at}` });
  const ofFile = await accounts.findByUsername('declared');
  return { crowded: crowded.id, marked: marked.id, longest: longest.id, declared: ofFile?.id ?? '' };
}

async function addClients({ postern: { clients } }: Stage, groups: string[]): Promise<void> {
  const redirect = ['https://rp.example/cb'];
  const rules = [
    { claim: 'groups' as const, name: 'https://app.example/groups', only: ['team-*'], prefix: 'quay:' },
    { attribute: 'a_json', name: long('c'), in: ['id_token' as const], scope: 'profile' },
    { value: { fixed: [markup] }, name: 'fixed' },
  ];
  const rich = {
    id: 'rich',
    name: markup,
    kind: 'web' as const,
    access: groups,
    redirectUris: redirect,
    claims: rules,
  };
  await clients.create({ ...rich, roles: { Admin: ['engineering'], [long('r')]: groups.slice(0, 9) } }, by);
  await clients.addSecret('rich', {}, by);
  const path = `https://${'sub.'.repeat(20)}example.test/${long('p')}`;
  await clients.create({ id: long('i'), name: long('C'), kind: 'spa', redirectUris: [path], access: 'nobody' }, by);
  await clients.create({ id: 'television', kind: 'native', access: 'everybody' }, by);
  await clients.create({ id: 'robot', kind: 'machine' }, by);
  const legacy = { responseTypes: ['code' as const, 'code id_token' as const], pkce: 'optional' as const };
  await clients.create({ id: 'gate', kind: 'gateway', redirectUris: redirect, access: 'everybody', ...legacy }, by);
  await clients.create({ id: 'bare', kind: 'web', redirectUris: redirect, secretHashes: [] }, by);
  await clients.setDisabled('bare', true, by);
}

async function addApiKeys({ postern: { apiKeys } }: Stage): Promise<void> {
  await apiKeys.create({ name: markup, scopes: ['admin:write'] }, by);
  await apiKeys.create({ name: long('k'), scopes: ['accounts:read', 'audit:read', 'directory:write'] }, by);
  const { apiKey } = await apiKeys.create({ name: 'sync', scopes: ['groups:read'], expiresInDays: 1 }, by);
  await apiKeys.revoke(apiKey.id, by);
}

/** Two months in the life of keys: one in each state, by its `kid`. */
async function liveThroughKeys({ postern }: Stage) {
  const { keys, db } = postern;
  const active = async (algorithm: Algorithm) => (await keys.signingSet()).active.get(algorithm)?.kid ?? '';
  const replace = async (algorithm: Algorithm) => {
    const before = await active(algorithm);
    const { kid } = await keys.rotate(algorithm, { ...by, reason: markup });
    await keys.activate(kid, by);
    return before;
  };
  const removed = await replace('PS256');
  await shiftKeys(postern, 31);
  await keys.advance();
  const retiring = await replace('RS256');
  const damaged = await replace('PS256');
  await shiftKeys(postern, 20);
  const revoked = await active('ES256');
  await keys.revoke(revoked, { ...by, reason: markup });
  await db.run('UPDATE keys SET sealed_jwk = ? WHERE kid = ?', [Buffer.alloc(64), damaged]);
  const { kid: pending } = await keys.rotate('RS256', by);
  await keys.rotate('EdDSA', by);
  return { pending, active: await active('RS256'), retiring, removed, revoked, damaged };
}

/** One sign-out with a delivery in each state, and what an app may answer; their ids. */
async function tellApps({ postern, people }: Stage, longest: string) {
  const { clients } = postern;
  await clients.update('app2', { backchannelLogoutUri: `https://rp2.example/${long('l')}` }, by);
  const refused = {
    problem: 'https://rp2.example refused the connection. See whether it is up and listens on that port.',
  };
  const page = { status: 404, problem: 'It answered 404; 200 was expected.', answer: `${markup} ${long('a')}` };
  const { signOutId, ids } = await addDeliveries(postern, {
    accountId: longest,
    apps: [
      { clientId: 'app2', state: 'waiting', sid: long('s'), tries: [refused, page] },
      { clientId: long('i'), state: 'given_up', tries: Array.from({ length: 20 }, () => page) },
      { clientId: 'rich', state: 'confirmed', tries: [refused, { status: 200, answer: 'ok' }] },
      { clientId: 'television', state: 'not_told' },
      { clientId: 'gone', state: 'not_told' },
    ],
  });
  await addDeliveries(postern, {
    accountId: people.alice.id,
    apps: [{ clientId: 'app', state: 'given_up', tries: [page] }],
  });
  return { signOutId, ids };
}

/** Sign-ins and refusals by several devices, changes, links: what lists and the log are full of. */
async function useThem(stage: Stage): Promise<void> {
  const { postern, people, issuer } = stage;
  const { username, password } = people.alice;
  const signInAs = (userAgent: string, url: string) =>
    signIn(createVisitor(issuer, { userAgent }), url, { username, password });
  for (const userAgent of agents) await signInAs(userAgent, stage.authorizeUrl('app'));
  await signInAs('', stage.authorizeUrl('spa', { scope: 'openid offline_access' }));
  const wrong = createVisitor(issuer);
  await wrong.submit(await wrong.open(stage.authorizeUrl('app')), { username: 'alice', password: 'wrong' });
  const declined = createVisitor(issuer);
  const url = stage.authorizeUrl('app', { client_id: 'rich', redirect_uri: redirectUris.app, scope: 'openid' });
  await declined.open(url);
  await postern.accounts.update(people.bob.id, { name: markup, claims: { nickname: 'Bobby' } }, by);
  await postern.accounts.update(people.bob.id, { name: 'Bob Brenner' }, by);
}
