import { z } from 'zod';
import { PosternError } from '../../base/errors.ts';
import { type Account, accountChange, accountFields } from '../../domain/accounts/accounts.ts';
import { account, listOf } from './answers.ts';
import { changePresent } from './conditional.ts';
import type { ApiDependencies } from './dependencies.ts';
import { changeOf } from './merge-patch.ts';
import { type Operation, operation } from './operation.ts';
import { page } from './query.ts';

const accounts = listOf('AccountList', account);
const tag = 'Accounts';
const one = '/accounts/{id}';
/** A password is chosen by its owner alone, and an id only the file may say (security.md M07). */
const accountBody = accountFields.omit({ id: true, password: true, passwordHash: true });
const shared = { tag, answer: account, isVersioned: true } as const;
const filters = page.extend({
  search: z.string().min(1).max(100).optional().describe('In user name, name or e-mail address.'),
  group: z.string().min(1).max(200).optional(),
  disabled: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
});

export function listAccountOperations({
  accounts: room,
  access,
}: Pick<ApiDependencies, 'accounts' | 'access'>): Operation[] {
  const present = (id: string) => () => knownAccount(room, id);
  return [
    operation({
      ...{ id: 'listAccounts', method: 'GET', path: '/accounts', summary: 'Accounts by user name', tag },
      ...{ scopes: ['accounts:read'], status: 200, query: filters, answer: accounts },
      handle: async ({ query }) => {
        const found = await room.list(query);
        return { body: found, next: found.next };
      },
    }),
    operation({
      ...{ id: 'createAccount', method: 'POST', path: '/accounts', summary: 'Create an account', ...shared },
      description: 'Without a password: the person chooses one by the link of /accounts/{id}/link.',
      ...{ scopes: ['accounts:write'], status: 201, events: ['account.created'], body: accountBody },
      handle: async ({ body, caller, circumstances }) => {
        access.requirePower(caller.scopes, { groups: body.groups });
        const created = await room.create(body, circumstances);
        return { body: created, version: created.version, location: `/accounts/${created.id}` };
      },
    }),
    operation({
      ...{ id: 'findAccount', method: 'GET', path: one, summary: 'One account', ...shared },
      ...{ scopes: ['accounts:read'], status: 200 },
      handle: async ({ params: { id = '' } }) => {
        const found = await knownAccount(room, id);
        return { body: found, version: found.version };
      },
    }),
    operation({
      ...{ id: 'updateAccount', method: 'PATCH', path: one, summary: 'Change an account', ...shared },
      description: 'To disable it signs the person out everywhere.',
      ...{ scopes: ['accounts:write'], status: 200, body: accountChange, takes: 'merge-patch' },
      events: ['account.updated', 'account.disabled', 'account.enabled'],
      handle: async ({ params: { id = '' }, body, caller, circumstances, ifVersion }) => {
        const updated = await changePresent(present(id), ifVersion, async (current, seen) => {
          access.requirePower(caller.scopes, { groups: current.groups });
          access.requirePower(caller.scopes, { groups: body.groups });
          return room.update(id, merged(current, body), { ...circumstances, ifVersion: seen });
        });
        return { body: updated, version: updated.version };
      },
    }),
    operation({
      ...{ id: 'removeAccount', method: 'DELETE', path: one, summary: 'Remove an account', tag },
      description: 'Signs the person out everywhere. The id is never used again.',
      ...{ scopes: ['accounts:write'], status: 204, events: ['account.deleted'], isVersioned: true },
      handle: async ({ params: { id = '' }, caller, circumstances, ifVersion }) => {
        await changePresent(present(id), ifVersion, async ({ groups }, seen) => {
          access.requirePower(caller.scopes, { groups });
          await room.remove(id, { ...circumstances, ifVersion: seen });
        });
        return {};
      },
    }),
  ];
}

/** The account with that id. Throws `not_found`. */
export async function knownAccount(room: Pick<ApiDependencies['accounts'], 'find'>, id: string): Promise<Account> {
  const found = await room.find(id);
  if (!found) throw new PosternError('not_found', 'There is no account with this id.');
  return found;
}

type Change = z.input<typeof accountChange>;

/** The room merges claims and attributes by name; what is an object inside of them is merged here (RFC 7396). */
function merged(current: Account, change: Change): Change {
  const within = (['claims', 'attributes'] as const).flatMap((name) => {
    const values: unknown = change[name];
    const isDeep = typeof values === 'object' && values !== null && Object.values(values).some(isObject);
    return isDeep ? [[name, changeOf(current[name], values as Record<string, unknown>)]] : [];
  });
  return within.length === 0 ? change : { ...change, ...Object.fromEntries(within) };
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
