/** What a change is allowed for must be what is changed: between the two, somebody else may be at work. */
import { describe, expect, it } from 'vitest';
import { refuseStale } from '../../../src/base/administered.ts';
import { PosternError } from '../../../src/base/errors.ts';
import { listAccountActions } from '../../../src/http/api/account-actions.ts';
import { listAccountOperations } from '../../../src/http/api/accounts.ts';
import { listClientOperations } from '../../../src/http/api/clients.ts';
import type { Operation } from '../../../src/http/api/operation.ts';

type Thing = { id: string; version: number; groups?: string[]; scope?: string };

/** A room in which the thing becomes powerful after it was first read; what was done to it. */
function room(before: Partial<Thing>, after: Partial<Thing>) {
  const done: string[] = [];
  let thing: Thing = { id: 'x', version: 1, ...before };
  const change = async (name: string, ifVersion: number | undefined) => {
    if (thing.version === 1) thing = { ...thing, ...after, version: 2 };
    refuseStale(thing.version, ifVersion);
    done.push(name);
    return thing;
  };
  type Seen = { ifVersion?: number };
  return {
    done,
    find: async () => thing,
    update: (_id: string, _change: object, { ifVersion }: Seen) => change('update', ifVersion),
    remove: (_id: string, { ifVersion }: Seen) => change('remove', ifVersion),
    setDisabled: (_id: string, _disabled: boolean, { ifVersion }: Seen) => change('disable', ifVersion),
    issueLink: (_id: string, { ifVersion }: Seen) => change('link', ifVersion),
    addSecret: async (_id: string, _input: object, { ifVersion }: Seen) => ({ client: await change('add', ifVersion) }),
    retireSecret: (_id: string, _secretId: string, { ifVersion }: Seen) => change('retire', ifVersion),
  };
}

const access = {
  requirePower(_scopes: readonly string[], { groups, clientScope }: { groups?: string[]; clientScope?: string }) {
    const isPowerful = groups?.includes('admins') || clientScope?.includes('admin:');
    if (isPowerful) throw new PosternError('forbidden', 'needs admin:write');
  },
};

const request = (ifVersion?: number) => ({
  ...{ params: { id: 'x' }, query: {}, body: { name: 'new' }, circumstances: { by: { type: 'api_key' } }, ifVersion },
  caller: { scopes: ['accounts:write', 'clients:write'] },
});

const operations = (rooms: object): Operation[] => [
  ...listAccountOperations(rooms as never),
  ...listAccountActions(rooms as never),
  ...listClientOperations(rooms as never),
];

const handlerOf = (id: string, rooms: object) => operations(rooms).find((operation) => operation.id === id)?.handle;

const changes = [
  ...['updateAccount', 'removeAccount', 'disableAccount'].map((id) => [id, 'accounts'] as const),
  ...['updateClient', 'removeClient', 'disableClient'].map((id) => [id, 'clients'] as const),
];
/** No version of these is asked for: what they make is new each time. */
const additions = [
  ['issueLink', 'accounts'],
  ...['addClientSecret', 'retireClientSecret'].map((id) => [id, 'clients'] as const),
] as const;

describe.each([...changes, ...additions])('%s', (id, kind) => {
  const powerful = kind === 'accounts' ? { groups: ['admins'] } : { scope: 'admin:write' };

  it('M01 is refused when it came to power meanwhile', async () => {
    const there = room({}, powerful);
    const handle = handlerOf(id, { [kind]: there, access, config: { issuer: 'https://id.example' } });
    await expect(handle?.(request() as never)).rejects.toMatchObject({ code: 'forbidden' });
    expect(there.done).toEqual([]);
  });

  it('is done when something else about it changed meanwhile', async () => {
    const there = room({}, {});
    await handlerOf(id, { [kind]: there, access, config: { issuer: 'https://id.example' } })?.(request() as never);
    expect(there.done).toHaveLength(1);
  });
});

describe.each(changes)('%s', (id, kind) => {
  it('is not done when the caller wants the version it has seen', async () => {
    const seen = room({}, {});
    const handle = handlerOf(id, { [kind]: seen, access });
    await expect(handle?.(request(1) as never)).rejects.toMatchObject({ cause: { httpStatus: 412 } });
    expect(seen.done).toEqual([]);
  });
});
