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

describe.each([
  ...['updateAccount', 'removeAccount', 'disableAccount'].map((id) => [id, 'accounts'] as const),
  ...['updateClient', 'removeClient', 'disableClient'].map((id) => [id, 'clients'] as const),
])('%s', (id, kind) => {
  const powerful = kind === 'accounts' ? { groups: ['admins'] } : { scope: 'admin:write' };
  const handle = (there: ReturnType<typeof room>, ifVersion?: number) =>
    operations({ [kind]: there, access })
      .find((operation) => operation.id === id)
      ?.handle(request(ifVersion) as never);

  it('M01 is refused when it came to power meanwhile', async () => {
    const there = room({}, powerful);
    await expect(handle(there)).rejects.toMatchObject({ code: 'forbidden' });
    expect(there.done).toEqual([]);
  });

  it('is done when something else about it changed meanwhile, unless the caller wants the version it has seen', async () => {
    const there = room({}, {});
    await handle(there);
    expect(there.done).toHaveLength(1);
    const seen = room({}, {});
    await expect(handle(seen, 1)).rejects.toMatchObject({ cause: { httpStatus: 412 } });
    expect(seen.done).toEqual([]);
  });
});
