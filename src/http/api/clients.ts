import { z } from 'zod';
import { PosternError } from '../../base/errors.ts';
import { type Client, type ClientChange, clientInput, secretInput } from '../../domain/clients/clients.ts';
import { knownAccount } from './accounts.ts';
import { client, clientWithSecret, listOf, preview } from './answers.ts';
import { changePresent } from './conditional.ts';
import type { ApiDependencies } from './dependencies.ts';
import { patchOf } from './derived.ts';
import { changeOf } from './merge-patch.ts';
import { type Operation, operation } from './operation.ts';
import { page } from './query.ts';

const clients = listOf('ClientList', client);
const tag = 'Clients';
const one = '/clients/{id}';
/** What an export tells is for the file alone. */
const clientBody = clientInput.omit({ secretHashes: true });
const changeable = Object.entries(clientInput.shape).filter(
  ([name, member]) => name !== 'id' && !member.meta()?.writeOnly,
);
const clientChange = patchOf(Object.fromEntries(changeable));
const shared = { tag, answer: client, isVersioned: true } as const;
const filters = page.extend({ search: z.string().min(1).max(100).optional().describe('In id or name.') });
type Rooms = Pick<ApiDependencies, 'clients' | 'accounts' | 'access' | 'oidc'>;

export function listClientOperations(rooms: Rooms): Operation[] {
  return [...listBasics(rooms), ...listChanges(rooms), ...listSecretOperations(rooms), previewOperation(rooms)];
}

function listBasics({ clients: room, access }: Rooms): Operation[] {
  return [
    operation({
      ...{ id: 'listClients', method: 'GET', path: '/clients', summary: 'Clients by id', tag },
      ...{ scopes: ['clients:read'], status: 200, query: filters, answer: clients },
      handle: async ({ query }) => {
        const found = await room.list(query);
        return { body: found, next: found.next };
      },
    }),
    operation({
      ...{ id: 'createClient', method: 'POST', path: '/clients', summary: 'Register a client', tag, isVersioned: true },
      description: 'A secret that is made for it is told in this answer alone.',
      ...{ scopes: ['clients:write'], status: 201, events: ['client.created'] },
      ...{ body: clientBody, answer: clientWithSecret },
      handle: async ({ body, caller, circumstances }) => {
        access.requirePower(caller.scopes, { clientScope: body.scope });
        const { client: created, secret } = await room.create(body, circumstances);
        const location = `/clients/${encodeURIComponent(created.id)}`;
        return { body: { ...created, secret }, version: created.version, location };
      },
    }),
    operation({
      ...{ id: 'findClient', method: 'GET', path: one, summary: 'One client', ...shared },
      ...{ scopes: ['clients:read'], status: 200 },
      handle: async ({ params: { id = '' } }) => answerOf(await knownClient(room, id)),
    }),
  ];
}

function listChanges({ clients: room, access }: Rooms): Operation[] {
  const present = (id: string) => () => knownClient(room, id);
  const toggle = (word: 'disable' | 'enable', summary: string): Operation =>
    operation({
      ...{ id: `${word}Client`, method: 'POST', path: `${one}/${word}`, summary, tag, answer: client },
      ...{
        scopes: ['clients:write'],
        status: 200,
        events: [word === 'disable' ? 'client.disabled' : 'client.enabled'],
      },
      isVersioned: true,
      handle: async ({ params: { id = '' }, caller, circumstances, ifVersion }) => {
        await changePresent(present(id), ifVersion, async ({ scope }, seen) => {
          access.requirePower(caller.scopes, { clientScope: scope });
          await room.setDisabled(id, word === 'disable', { ...circumstances, ifVersion: seen });
        });
        return answerOf(await knownClient(room, id));
      },
    });
  return [
    operation({
      ...{ id: 'updateClient', method: 'PATCH', path: one, summary: 'Change a client', ...shared },
      ...{ scopes: ['clients:write'], status: 200, body: clientChange, takes: 'merge-patch' },
      events: ['client.updated', 'client.disabled', 'client.enabled'],
      handle: async ({ params: { id = '' }, body, caller, circumstances, ifVersion }) => {
        const updated = await changePresent(present(id), ifVersion, async (current, seen) => {
          access.requirePower(caller.scopes, { clientScope: current.scope });
          access.requirePower(caller.scopes, { clientScope: body.scope });
          const change = changeOf(current, body) as ClientChange;
          return room.update(id, change, { ...circumstances, ifVersion: seen });
        });
        return answerOf(updated);
      },
    }),
    toggle('disable', 'Switch a client off'),
    toggle('enable', 'Switch a client on again'),
    operation({
      ...{ id: 'removeClient', method: 'DELETE', path: one, summary: 'Remove a client', tag, isVersioned: true },
      description: 'What people have allowed it ends too.',
      ...{ scopes: ['clients:write'], status: 204, events: ['client.deleted'] },
      handle: async ({ params: { id = '' }, caller, circumstances, ifVersion }) => {
        await changePresent(present(id), ifVersion, async ({ scope }, seen) => {
          access.requirePower(caller.scopes, { clientScope: scope });
          await room.remove(id, { ...circumstances, ifVersion: seen });
        });
        return {};
      },
    }),
  ];
}

function listSecretOperations({ clients: room, access }: Rooms): Operation[] {
  const present = (id: string) => () => knownClient(room, id);
  return [
    operation({
      ...{ id: 'addClientSecret', method: 'POST', path: `${one}/secrets`, summary: 'Give a client a new secret', tag },
      description: 'Two may live at once. The answer tells the new one, this once.',
      ...{ scopes: ['clients:write'], status: 201, events: ['client.secret_added'] },
      ...{ body: secretInput, answer: clientWithSecret },
      handle: async ({ params: { id = '' }, body, caller, circumstances }) => {
        const { client: changed, secret } = await changePresent(present(id), undefined, ({ scope }, ifVersion) => {
          access.requirePower(caller.scopes, { clientScope: scope });
          return room.addSecret(id, body, { ...circumstances, ifVersion });
        });
        return { body: { ...changed, secret } };
      },
    }),
    operation({
      ...{ id: 'retireClientSecret', method: 'DELETE', path: `${one}/secrets/{secretId}`, tag },
      ...{ summary: 'End one of two secrets at once', scopes: ['clients:write'], status: 204 },
      events: ['client.secret_retired'],
      handle: async ({ params: { id = '', secretId = '' }, caller, circumstances }) => {
        await changePresent(present(id), undefined, ({ scope }, ifVersion) => {
          access.requirePower(caller.scopes, { clientScope: scope });
          return room.retireSecret(id, secretId, { ...circumstances, ifVersion });
        });
        return {};
      },
    }),
  ];
}

const previewed = z.object({
  account: z.string().min(1).max(200).describe('The id of the account.'),
  scope: z.string().min(1).max(1000).optional().describe('Scopes separated by spaces; all it may ask for unless told.'),
});

function previewOperation({ accounts, oidc }: Rooms): Operation {
  return operation({
    ...{ id: 'previewTokens', method: 'GET', path: `${one}/preview`, tag, query: previewed, answer: preview },
    summary: 'What a person’s tokens for this client would contain',
    ...{ scopes: ['clients:read', 'accounts:read'], status: 200 },
    handle: async ({ params: { id = '' }, query }) => {
      const account = await knownAccount(accounts, query.account);
      return { body: await oidc.preview(account, id, query.scope?.split(' ').filter(Boolean)) };
    },
  });
}

/** The client with that id. Throws `not_found`. */
export async function knownClient(room: Pick<ApiDependencies['clients'], 'find'>, id: string): Promise<Client> {
  const found = await room.find(id);
  if (!found) throw new PosternError('not_found', 'There is no client with this id.');
  return found;
}

const answerOf = (body: Client) => ({ body, version: body.version });
