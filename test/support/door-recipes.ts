/**
 * How each form at the doors of our own is filled in so that it succeeds, and where each page with a part in its path is to be
 * found. The sweeps need an entry for every route of the table: a new one without it fails them. (Forms that
 * nobody has to sign in for are swept in test/flow/pages/csrf.test.ts.)
 */
import type { Algorithm } from '../../src/base/algorithms.ts';
import type { AuditEventName } from '../../src/domain/audit/audit.ts';
import type { Stage } from './door-stage.ts';
import { by } from './door-stage.ts';
import type { AtDoor, Fields } from './door-visitor.ts';
import { ageCookieKeys } from './key-times.ts';
import { addDeliveries } from './told.ts';

/** A form, ready to be posted. `from`: the browser it stands in, when that is not the administrator's. */
export type Filled = { url: string; fields?: Fields; from?: Pick<AtDoor, 'post' | 'csrf'> };
export type Recipe = {
  fill(stage: Stage, admin: AtDoor): Promise<Filled>;
  /** What it writes into the audit log, where that is not one event that the route names alone. */
  writes?: AuditEventName[];
};

const account = (action: string, fields: Fields = {}): Recipe => ({
  fill: async (stage) => ({ url: `/admin/accounts/${(await stage.person()).id}${action}`, fields }),
});

/** Somebody who is signed in, and the name of their session. */
async function signedIn(stage: Stage) {
  const { id, ...typed } = await stage.person();
  const visitor = stage.visitor();
  const page = await visitor.open(stage.authorizeUrl('app'));
  const consent = await visitor.submit(page, typed);
  await visitor.submit(consent, { do: 'allow' });
  const [session] = await stage.postern.sessions.listOfAccount(id);
  const [grant] = await stage.postern.sessions.grantsOfAccount(id);
  return { id, session: session?.id ?? '', grant: grant?.id ?? '' };
}

/** A form of /account, in the browser of somebody of their own. `prepare` gives the fields, after that person signed in. */
const own = (
  action: string,
  prepare: (stage: Stage, person: Person) => Promise<Record<string, string>> = async () => ({}),
): Recipe => ({
  async fill(stage) {
    const person = await stage.person();
    const from = await stage.at('/account', person);
    return { url: `/account/${action}`, fields: await prepare(stage, person), from };
  },
});
type Person = Awaited<ReturnType<Stage['person']>>;

/** That person in a second browser, at an app. */
async function elsewhere(stage: Stage, { username, password }: Person): Promise<void> {
  const visitor = stage.visitor();
  const consent = await visitor.submit(await visitor.open(stage.authorizeUrl('app')), { username, password });
  await visitor.submit(consent, { do: 'allow' });
}

async function group(stage: Stage): Promise<string> {
  const { name } = await stage.postern.groups.create({ name: stage.unused('group') }, by);
  return name;
}
async function attribute(stage: Stage): Promise<string> {
  const { name } = await stage.postern.attributes.create({ name: stage.unused('attribute'), type: 'json' }, by);
  return name;
}

/** A web client of its own, and the fields of its page's form as they stand there. */
async function client(stage: Stage) {
  const redirectUris = ['https://rp.example/cb'];
  const { client } = await stage.postern.clients.create({ id: stage.unused('client'), kind: 'web', redirectUris }, by);
  const fields: Fields = [
    ...(['authorization_code', 'refresh_token'].map((grant) => ['grantTypes', grant]) as [string, string][]),
    ...Object.entries({ name: 'Renamed', redirectUris: redirectUris.join('\n'), access: 'nobody' }),
    ...Object.entries({ responseTypes: 'code', tokenEndpointAuthMethod: 'client_secret_basic', scope: 'openid' }),
  ];
  return { id: client.id, url: `/admin/clients/${client.id}`, fields, secret: client.secrets[0]?.id ?? '' };
}

/** A key that waits to sign; where one does, it signs first. Needs a stage that publishes ahead. */
async function pendingKey({ postern: { keys } }: Stage, algorithm: Algorithm): Promise<string> {
  const { kid, isNew } = await keys.rotate(algorithm, by);
  if (isNew) return kid;
  await keys.activate(kid, by);
  return (await keys.rotate(algorithm, by)).kid;
}

/** A client of its own, and somebody who is signed in there. */
async function usedClient(stage: Stage): Promise<string> {
  const redirectUris = ['https://rp.example/cb'];
  const { client } = await stage.postern.clients.create(
    { id: stage.unused('client'), kind: 'web', redirectUris, access: 'everybody' },
    by,
  );
  const visitor = stage.visitor();
  const page = await visitor.open(stage.authorizeUrl('app', { client_id: client.id }));
  const { username, password } = await stage.person();
  await visitor.submit(await visitor.submit(page, { username, password }), { do: 'allow' });
  return client.id;
}

/** An app that has no address has not heard that somebody is signed out. */
async function delivery(stage: Stage): Promise<string> {
  const { id: clientId } = await client(stage);
  const apps = [{ clientId, state: 'given_up' as const, tries: [{ problem: 'It refused the connection.' }] }];
  return (await addDeliveries(stage.postern, { accountId: stage.people.alice.id, apps })).ids[0] ?? '';
}

export const recipes: Record<string, Recipe> = {
  '/admin/sign-out': {
    async fill(stage) {
      return { url: '/admin/sign-out', from: await stage.at('/admin', stage.people.admin) };
    },
  },
  '/account/sign-out': own('sign-out'),
  '/account/profile': own('profile', async () => ({ name: 'Another name', locale: 'de' })),
  '/account/password': own('password', async (_, { password: current }) => {
    const password = 'an entirely different lantern nine';
    return { current, password, repeat: password };
  }),
  '/account/sessions/end': own('sessions/end', async (stage, person) => {
    const { sessions } = stage.postern;
    const [here] = await sessions.listOfAccount(person.id);
    await elsewhere(stage, person);
    return { session: (await sessions.listOfAccount(person.id)).find(({ id }) => id !== here?.id)?.id ?? '' };
  }),
  '/account/sessions/end-others': own('sessions/end-others', async (stage, person) => {
    await elsewhere(stage, person);
    return {};
  }),
  '/account/grants/revoke': own('grants/revoke', async (stage, person) => {
    await elsewhere(stage, person);
    const grants = await stage.postern.sessions.grantsOfAccount(person.id);
    return { grant: grants.find(({ clientId }) => clientId === 'app')?.id ?? '' };
  }),
  '/admin/accounts/new': {
    fill: async (stage) => ({
      url: '/admin/accounts/new',
      fields: [
        ['username', stage.unused('new')],
        ['groups', 'engineering'],
        ['groups', 'auditors'],
        ['attributes.department', 'Sales'],
      ],
    }),
    writes: ['account.created', 'account.link_issued'],
  },
  '/admin/accounts/:id': {
    async fill(stage) {
      const { id, username } = await stage.person();
      return { url: `/admin/accounts/${id}`, fields: { username, name: 'Another name' } };
    },
  },
  '/admin/accounts/:id/disable': account('/disable'),
  '/admin/accounts/:id/enable': {
    async fill(stage) {
      const { id } = await stage.person();
      await stage.postern.accounts.setDisabled(id, true, by);
      return { url: `/admin/accounts/${id}/enable` };
    },
  },
  '/admin/accounts/:id/delete': account('/delete'),
  '/admin/accounts/:id/link': account('/link'),
  '/admin/accounts/:id/unlock': account('/unlock'),
  '/admin/accounts/:id/sessions/end': {
    async fill(stage) {
      const { id, session } = await signedIn(stage);
      return { url: `/admin/accounts/${id}/sessions/end`, fields: { session } };
    },
  },
  '/admin/accounts/:id/sessions/end-all': {
    fill: async (stage) => ({ url: `/admin/accounts/${(await signedIn(stage)).id}/sessions/end-all` }),
  },
  '/admin/accounts/:id/grants/revoke': {
    async fill(stage) {
      const { id, grant } = await signedIn(stage);
      return { url: `/admin/accounts/${id}/grants/revoke`, fields: { grant } };
    },
  },
  '/admin/sessions/end': {
    fill: async (stage) => ({ url: '/admin/sessions/end', fields: { session: (await signedIn(stage)).session } }),
  },
  '/admin/groups/new': {
    fill: async (stage) => ({
      url: '/admin/groups/new',
      fields: { name: stage.unused('group'), description: 'Desks' },
    }),
  },
  '/admin/groups/:name': {
    fill: async (stage) => ({ url: `/admin/groups/${await group(stage)}`, fields: { description: 'Desks' } }),
  },
  '/admin/groups/:name/delete': {
    fill: async (stage) => ({ url: `/admin/groups/${await group(stage)}/delete` }),
  },
  '/admin/attributes/new': {
    fill: async (stage) => ({
      url: '/admin/attributes/new',
      fields: { name: stage.unused('attribute'), type: 'date' },
    }),
  },
  '/admin/attributes/:name': {
    fill: async (stage) => ({ url: `/admin/attributes/${await attribute(stage)}`, fields: { description: 'Cost' } }),
  },
  '/admin/attributes/:name/delete': {
    fill: async (stage) => ({ url: `/admin/attributes/${await attribute(stage)}/delete` }),
  },
  '/admin/clients/new': {
    fill: async (stage) => ({
      url: '/admin/clients/new',
      fields: { kind: 'web', id: stage.unused('client'), redirectUris: 'https://rp.example/cb', access: 'everybody' },
    }),
  },
  '/admin/clients/:id': { fill: (stage) => client(stage) },
  '/admin/clients/:id/disable': { fill: async (stage) => ({ url: `${(await client(stage)).url}/disable` }) },
  '/admin/clients/:id/enable': {
    async fill(stage) {
      const { id, url } = await client(stage);
      await stage.postern.clients.setDisabled(id, true, by);
      return { url: `${url}/enable` };
    },
  },
  '/admin/clients/:id/sessions/end': {
    fill: async (stage) => ({ url: `/admin/clients/${await usedClient(stage)}/sessions/end` }),
    writes: ['session.ended', 'client.sessions_ended'],
  },
  '/admin/clients/:id/delete': { fill: async (stage) => ({ url: `${(await client(stage)).url}/delete` }) },
  '/admin/clients/:id/secrets': { fill: async (stage) => ({ url: `${(await client(stage)).url}/secrets` }) },
  '/admin/clients/:id/secrets/retire': {
    async fill(stage) {
      const { id, url, secret } = await client(stage);
      await stage.postern.clients.addSecret(id, {}, by);
      return { url: `${url}/secrets/retire`, fields: { secret } };
    },
  },
  '/admin/keys/publish': {
    async fill(stage) {
      await stage.postern.keys.activate(await pendingKey(stage, 'EdDSA'), by);
      return { url: '/admin/keys/publish', fields: { algorithm: 'EdDSA', reason: 'spring' } };
    },
  },
  '/admin/keys/cookies': {
    async fill({ postern }) {
      await ageCookieKeys(postern);
      return { url: '/admin/keys/cookies' };
    },
  },
  '/admin/keys/:kid/activate': {
    fill: async (stage) => ({ url: `/admin/keys/${await pendingKey(stage, 'ES256')}/activate` }),
  },
  '/admin/keys/:kid/revoke': {
    async fill(stage) {
      const kid = await pendingKey(stage, 'ES256');
      return { url: `/admin/keys/${kid}/revoke`, fields: { reason: 'leaked' } };
    },
  },
  '/admin/deliveries/replay': {
    async fill(stage) {
      await delivery(stage);
      return { url: '/admin/deliveries/replay' };
    },
  },
  '/admin/deliveries/:id/replay': {
    fill: async (stage) => ({ url: `/admin/deliveries/${await delivery(stage)}/replay` }),
  },
  '/admin/api-keys/new': {
    fill: async () => ({ url: '/admin/api-keys/new', fields: { name: 'sync', scopes: 'accounts:read' } }),
  },
  '/admin/api-keys/revoke': {
    async fill(stage) {
      const { apiKey } = await stage.postern.apiKeys.create({ name: 'sync', scopes: ['accounts:read'] }, by);
      return { url: '/admin/api-keys/revoke', fields: { key: apiKey.id } };
    },
  },
};

/** An address for each page whose path has parts. */
export const addresses: Record<string, (stage: Stage) => string> = {
  '/admin/accounts/:id': ({ people }) => `/admin/accounts/${people.alice.id}`,
  '/admin/groups/:name': () => '/admin/groups/engineering',
  '/admin/attributes/:name': () => '/admin/attributes/department',
  '/admin/clients/:id': () => '/admin/clients/app?as=alice',
  '/admin/keys/:kid': ({ kid }) => `/admin/keys/${kid}`,
  '/admin/deliveries/:id': ({ told }) => `/admin/deliveries/${told.ids[0]}`,
};
