/** One example of each operation that works: it makes what the operation needs, past the API, and says what to send. */
import type { Algorithm } from '../../../src/base/algorithms.ts';
import { ageCookieKeys } from '../../support/key-times.ts';
import { addDeliveries } from '../../support/told.ts';
import { type ApiWorld, operator } from './api-world.ts';

/** The path is below /api/v1, the query with it. */
export type Example = { path: string; body?: unknown };

let made = 0;
/** A name that nothing else has. */
const fresh = (word: string): string => `${word}${++made}`;

async function someone({ postern }: ApiWorld, groups: string[] = []) {
  return postern.accounts.create({ username: fresh('person'), name: 'Some One', groups }, operator);
}
async function someGroup({ postern }: ApiWorld) {
  return postern.groups.create({ name: fresh('group') }, operator);
}
async function someAttribute({ postern }: ApiWorld) {
  return postern.attributes.create({ name: fresh('attribute'), type: 'string' }, operator);
}
async function someClient({ postern }: ApiWorld) {
  const input = { id: fresh('client'), redirectUris: ['https://some.example/cb'] };
  return (await postern.clients.create(input, operator)).client;
}
/** Bob, who has just signed in at app: his session and what he allowed. */
async function signedIn(world: ApiWorld) {
  await world.signIn(world.visitor(), world.authorizeUrl('app'), 'bob');
  const { id } = world.people.bob;
  const [session] = await world.postern.sessions.listOfAccount(id);
  const [grant] = await world.postern.sessions.grantsOfAccount(id);
  if (!session || !grant) throw new Error('Bob is not signed in');
  return { id, session, grant };
}

/** The `kid` of what signs with ES256. */
async function signingKey({ postern: { keys } }: ApiWorld): Promise<string> {
  return (await keys.signingSet()).active.get('ES256')?.kid ?? '';
}
async function activatePending({ postern: { keys } }: ApiWorld, algorithm: Algorithm): Promise<void> {
  const all = await keys.list();
  const pending = all.find((key) => key.algorithm === algorithm && key.state === 'pending');
  if (pending) await keys.activate(pending.kid, operator);
}
async function pendingKey({ postern: { keys } }: ApiWorld): Promise<string> {
  return (await keys.rotate('EdDSA', operator)).kid;
}

/** A client of its own that Bob has just signed in at. */
async function someUsedClient(world: ApiWorld) {
  const { id, redirectUris } = await someClient(world);
  await world.signIn(
    world.visitor(),
    world.authorizeUrl('app', { client_id: id, redirect_uri: redirectUris[0] }),
    'bob',
  );
  return id;
}
/** Alice is signed out, and this app of its own has not heard of it; it has no address, so nobody will call it. */
async function someDelivery(world: ApiWorld) {
  const { id: clientId } = await someClient(world);
  const tries = [{ problem: 'http://127.0.0.1:1 refused the connection.' }, { status: 502, answer: 'Bad gateway' }];
  const apps = [{ clientId, state: 'given_up' as const, sid: 'a-sid', tries }];
  const { ids } = await addDeliveries(world.postern, { accountId: world.people.alice.id, apps });
  return { id: ids[0] ?? '', clientId };
}

export const examples: Record<string, (world: ApiWorld) => Promise<Example>> = {
  listAccounts: async () => ({ path: '/accounts?limit=2&search=e' }),
  createAccount: async () => ({
    path: '/accounts',
    body: { username: fresh('new'), email: `${fresh('new')}@example.test`, claims: { nickname: 'Neo' } },
  }),
  findAccount: async (world) => ({ path: `/accounts/${world.people.alice.id}` }),
  updateAccount: async (world) => ({
    path: `/accounts/${(await someone(world)).id}`,
    body: { name: null, claims: { nickname: 'N', address: { country: 'DE' } } },
  }),
  removeAccount: async (world) => ({ path: `/accounts/${(await someone(world)).id}` }),
  issueLink: async (world) => ({ path: `/accounts/${(await someone(world)).id}/link` }),
  disableAccount: async (world) => ({ path: `/accounts/${(await someone(world)).id}/disable` }),
  enableAccount: async (world) => {
    const { id } = await someone(world);
    await world.postern.accounts.setDisabled(id, true, operator);
    return { path: `/accounts/${id}/enable` };
  },
  unlockAccount: async (world) => ({ path: `/accounts/${(await someone(world)).id}/unlock` }),
  listAccountSessions: async (world) => ({ path: `/accounts/${(await signedIn(world)).id}/sessions` }),
  endAccountSessions: async (world) => ({ path: `/accounts/${(await signedIn(world)).id}/sessions` }),
  endAccountSession: async (world) => {
    const { id, session } = await signedIn(world);
    return { path: `/accounts/${id}/sessions/${session.id}` };
  },
  listAccountGrants: async (world) => ({ path: `/accounts/${(await signedIn(world)).id}/grants` }),
  revokeGrant: async (world) => {
    const { id, grant } = await signedIn(world);
    return { path: `/accounts/${id}/grants/${grant.id}` };
  },

  listGroups: async () => ({ path: '/groups' }),
  createGroup: async () => ({ path: '/groups', body: { name: fresh('team/β.'), description: 'A team' } }),
  findGroup: async () => ({ path: '/groups/engineering' }),
  updateGroup: async (world) => ({
    path: `/groups/${(await someGroup(world)).name}`,
    body: { description: 'Changed' },
  }),
  removeGroup: async (world) => {
    const { name } = await someGroup(world);
    await someone(world, [name]);
    return { path: `/groups/${name}` };
  },

  listAttributes: async (world) => {
    await someAttribute(world);
    return { path: '/attributes' };
  },
  createAttribute: async () => ({ path: '/attributes', body: { name: fresh('badge'), type: 'number' } }),
  findAttribute: async (world) => ({ path: `/attributes/${(await someAttribute(world)).name}` }),
  updateAttribute: async (world) => ({
    path: `/attributes/${(await someAttribute(world)).name}`,
    body: { description: 'Changed' },
  }),
  removeAttribute: async (world) => ({ path: `/attributes/${(await someAttribute(world)).name}` }),

  listClients: async () => ({ path: '/clients?limit=3' }),
  createClient: async () => ({
    path: '/clients',
    body: {
      ...{ id: fresh('made'), name: 'Made', kind: 'web', redirectUris: ['https://made.example/cb'] },
      ...{ access: ['engineering'], roles: { editor: ['engineering'] } },
      claims: [{ claim: 'groups', name: 'https://made.example/groups', only: ['eng*'], in: ['id_token'] }],
    },
  }),
  findClient: async () => ({ path: '/clients/app' }),
  updateClient: async (world) => ({
    path: `/clients/${(await someClient(world)).id}`,
    body: { name: 'Changed', roles: { reader: ['engineering'] } },
  }),
  removeClient: async (world) => ({ path: `/clients/${(await someClient(world)).id}` }),
  disableClient: async (world) => ({ path: `/clients/${(await someClient(world)).id}/disable` }),
  enableClient: async (world) => {
    const { id } = await someClient(world);
    await world.postern.clients.setDisabled(id, true, operator);
    return { path: `/clients/${id}/enable` };
  },
  addClientSecret: async (world) => ({
    path: `/clients/${(await someClient(world)).id}/secrets`,
    body: { overlapSeconds: 60 },
  }),
  retireClientSecret: async (world) => {
    const { id, secrets } = await someClient(world);
    await world.postern.clients.addSecret(id, {}, operator);
    return { path: `/clients/${id}/secrets/${secrets[0]?.id}` };
  },
  previewTokens: async (world) => ({
    path: `/clients/app/preview?${new URLSearchParams({ account: world.people.alice.id, scope: 'openid groups' })}`,
  }),

  listSessions: async (world) => {
    await signedIn(world);
    return { path: '/sessions?limit=1' };
  },
  endSession: async (world) => ({ path: `/sessions/${(await signedIn(world)).session.id}` }),
  endClientSessions: async (world) => ({ path: `/clients/${await someUsedClient(world)}/sessions` }),

  listDeliveries: async (world) => ({ path: `/deliveries?limit=2&clientId=${(await someDelivery(world)).clientId}` }),
  findDelivery: async (world) => ({ path: `/deliveries/${(await someDelivery(world)).id}` }),
  replayDelivery: async (world) => ({ path: `/deliveries/${(await someDelivery(world)).id}/replay` }),
  replayDeliveries: async (world) => ({
    path: '/deliveries/replay',
    body: { state: 'unconfirmed', clientId: (await someDelivery(world)).clientId },
  }),

  listKeys: async () => ({ path: '/keys' }),
  findKey: async (world) => ({ path: `/keys/${await signingKey(world)}` }),
  findKeyRevocation: async (world) => ({ path: `/keys/${await signingKey(world)}/revocation` }),
  findKeyReadiness: async (world) => ({ path: `/keys/${await signingKey(world)}/readiness` }),
  rotateKey: async (world) => {
    await activatePending(world, 'EdDSA');
    return { path: '/keys', body: { algorithm: 'EdDSA', reason: fresh('because') } };
  },
  activateKey: async (world) => ({ path: `/keys/${await pendingKey(world)}/activate`, body: {} }),
  revokeKey: async (world) => ({ path: `/keys/${await signingKey(world)}/revoke`, body: { reason: 'leaked' } }),
  listCookieKeys: async () => ({ path: '/cookie-keys' }),
  createCookieKey: async ({ postern }) => {
    await ageCookieKeys(postern);
    return { path: '/cookie-keys', body: {} };
  },

  listAuditEvents: async () => ({ path: '/audit-events?limit=5&event=account.' }),

  listApiKeys: async () => ({ path: '/api-keys' }),
  createApiKey: async () => ({ path: '/api-keys', body: { name: fresh('key'), scopes: ['groups:read'] } }),
  revokeApiKey: async ({ postern }) => {
    const { apiKey } = await postern.apiKeys.create({ name: fresh('key'), scopes: ['groups:read'] }, operator);
    return { path: `/api-keys/${apiKey.id}` };
  },

  planDirectory: async () => ({ path: '/directory/plan', body: { groups: [{ name: fresh('planned') }] } }),
  applyDirectory: async () => ({ path: '/directory/apply', body: { groups: [{ name: fresh('applied') }] } }),
  exportDirectory: async () => ({ path: '/directory/export' }),
};
