import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { thumbprint } from '../../../src/domain/keys/generate.ts';
import { algorithms } from '../../../src/domain/keys/keys.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { atOnce, hourly, keyRoom } from '../../support/key-room.ts';

const by = { by: { type: 'operator' } } as const;
const hour = 3_600_000;
const day = 24 * hour;

describe.each(databases)('signing keys over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
  });
  afterEach(() => opened.close());

  it('makes one active key of each algorithm, once, however many nodes begin; RS256 comes first', async () => {
    const { keys, audit } = keyRoom(db);
    await Promise.all([keys.ensure(), keyRoom(db).keys.ensure()]);
    await keys.ensure();
    const set = (await keys.signingSet()).keys;
    expect(set.map((jwk) => jwk.alg)).toEqual(algorithms);
    expect(set.every((jwk) => jwk.d !== undefined && jwk.use === 'sig' && jwk.kid === thumbprint(jwk))).toBe(true);
    const events = (await audit.list(db, { limit: 10, event: 'key.created' })).items;
    expect(events.map((event) => (event.detail as { kid: string }).kid).toSorted()).toEqual(
      set.map((jwk) => jwk.kid).toSorted(),
    );
  });

  it('J02 a next key is published last, does not sign before its time, then does; the old one stays published', async () => {
    const { keys, clock, states, active, events } = keyRoom(db);
    await keys.ensure();
    const first = await active('ES256');
    clock.advance(hour);
    const { kid, isNew, activatesAt } = await keys.rotate('ES256', { ...by, reason: 'spring' });
    expect({ isNew, activatesAt }).toEqual({ isNew: true, activatesAt: clock.now() + hour });
    expect((await keys.signingSet()).keys.at(-1)?.kid).toBe(kid);
    expect(await active('ES256')).toBe(first);
    clock.advance(hour - 1);
    await keys.advance();
    expect(await states('ES256')).toEqual(['pending', 'active']);
    clock.advance(1);
    await keys.advance();
    expect(await states('ES256')).toEqual(['active', 'retiring']);
    expect(await active('ES256')).toBe(kid);
    expect((await keys.signingSet()).keys.map((jwk) => jwk.kid)).toContain(first);
    clock.advance(30 * day - 1);
    await keys.advance();
    expect(await states('ES256')).toEqual(['active', 'retiring']);
    clock.advance(1);
    await keys.advance();
    expect(await states('ES256')).toEqual(['active', 'removed']);
    const { keys: published } = await keys.signingSet();
    expect(published.map((jwk) => jwk.kid)).not.toContain(first);
    expect((await keys.retired()).map((jwk) => jwk.kid)).toEqual([first]);
    expect((await events()).slice(-3)).toMatchObject([
      { event: 'key.published', actor: by.by, detail: { kid, reason: 'spring' } },
      { event: 'key.activated', actor: { type: 'system' }, detail: { kid, retired: first, reason: 'scheduled' } },
      { event: 'key.removed', detail: { kid: first, reason: 'scheduled' } },
    ]);
  });

  it('rotates by itself: published ahead of the end of the active one, once for all processes', async () => {
    const one = keyRoom(db);
    const two = keyRoom(db, { clock: one.clock });
    await one.keys.ensure();
    one.clock.advance(90 * day - hour - 1);
    await one.keys.advance();
    expect(await one.states('RS256')).toEqual(['active']);
    one.clock.advance(1);
    await Promise.all([one.keys.advance(), two.keys.advance(), one.keys.advance()]);
    for (const algorithm of algorithms) expect(await one.states(algorithm)).toEqual(['pending', 'active']);
    one.clock.advance(hour);
    await Promise.all([one.keys.advance(), two.keys.advance()]);
    for (const algorithm of algorithms) expect(await one.states(algorithm)).toEqual(['active', 'retiring']);
  });

  it.each([
    ['published ahead', hourly],
    ['signing at once', atOnce],
  ])('J06 a hundred who ask at once for a key %s get one', async (_name, policy) => {
    const rooms = Array.from({ length: 4 }, () => keyRoom(db, { policy, of: ['RS256', 'ES256'], clock: systemClock }));
    const [room] = rooms as [(typeof rooms)[0]];
    await room.keys.ensure();
    const asked = Array.from({ length: 100 }, (_, at) => rooms[at % 4]?.keys.rotate('ES256', by));
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer?.isNew)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer?.kid)).size).toBe(1);
    const states = await room.states('ES256');
    expect(states.toSorted()).toEqual(policy === atOnce ? ['active', 'retiring'] : ['active', 'pending']);
    expect(await room.states('RS256')).toEqual(['active']);
  });

  it('a pending key signs early when somebody says so, and only a pending one', async () => {
    const { keys, active, events } = keyRoom(db);
    await keys.ensure();
    const first = await active('ES256');
    const { kid } = await keys.rotate('ES256', by);
    await keys.activate(kid, by);
    expect(await active('ES256')).toBe(kid);
    expect((await events()).at(-1)).toMatchObject({
      event: 'key.activated',
      detail: { isEarly: true, retired: first },
    });
    for (const other of [kid, first]) {
      await expect(keys.activate(other, by)).rejects.toMatchObject({ code: 'conflict' });
    }
    await expect(keys.activate('nobody', by)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('waits for clients where the policy says so, until they are ready or the deadline is over', async () => {
    const { keys, clock, states } = keyRoom(db, { policy: { ...hourly, waitSeconds: 7200 } });
    await keys.ensure();
    clock.advance(1);
    await keys.rotate('ES256', by);
    clock.advance(hour);
    await keys.advance({ isReady: async () => false });
    expect(await states('ES256')).toEqual(['pending', 'active']);
    await keys.advance({ isReady: async (key) => key.algorithm === 'ES256' });
    expect(await states('ES256')).toEqual(['active', 'retiring']);
    await keys.rotate('ES256', by);
    clock.advance(3 * hour);
    await keys.advance({ isReady: async () => false });
    expect(await states('ES256')).toEqual(['active', 'retiring', 'retiring']);
  });

  it('J05 a revoked active key is gone at once, another signs, and it is no retired one', async () => {
    const { keys, active, states, events } = keyRoom(db);
    await keys.ensure();
    const first = await active('ES256');
    const { successor } = await keys.revoke(first, { ...by, reason: 'leaked' });
    expect(await active('ES256')).toBe(successor);
    expect(await states('ES256')).toEqual(expect.arrayContaining(['active', 'removed']));
    expect((await keys.signingSet()).keys.map(({ kid }) => kid)).not.toContain(first);
    expect(await keys.retired()).toEqual([]);
    expect((await events()).at(-1)).toMatchObject({
      ...{ event: 'key.revoked', actor: by.by },
      detail: { kid: first, state: 'active', successor, reason: 'leaked' },
    });
    await expect(keys.revoke(first, by)).rejects.toMatchObject({ code: 'conflict' });
    await expect(keys.revoke('nobody', by)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('J05 the pending key takes over where there is one; a pending or retiring one is just taken out', async () => {
    const { keys, active, states } = keyRoom(db);
    await keys.ensure();
    const first = await active('ES256');
    const { kid: second } = await keys.rotate('ES256', by);
    expect(await keys.revoke(first, by)).toEqual({ successor: second });
    const { kid: third } = await keys.rotate('ES256', by);
    expect(await keys.revoke(third, by)).toEqual({ successor: undefined });
    expect(await active('ES256')).toBe(second);
    const { kid: fourth } = await keys.rotate('ES256', by);
    await keys.activate(fourth, by);
    await keys.revoke(second, by);
    expect((await states('ES256')).toSorted()).toEqual(['active', 'removed', 'removed', 'removed']);
    expect(await active('ES256')).toBe(fourth);
  });

  it('J05 a key that was removed in its time can be revoked later, and is retired no more', async () => {
    const { keys, clock, active } = keyRoom(db, { policy: atOnce });
    await keys.ensure();
    const first = await active('ES256');
    await keys.rotate('ES256', by);
    clock.advance(30 * day);
    await keys.advance();
    expect((await keys.retired()).map(({ kid }) => kid)).toEqual([first]);
    await keys.revoke(first, by);
    expect(await keys.retired()).toEqual([]);
  });

  it('rotations, revocations and activations at once leave exactly one active key of each algorithm', async () => {
    const rooms = Array.from({ length: 3 }, () => keyRoom(db, { policy: atOnce, of: ['ES256'] }));
    const [room] = rooms as [(typeof rooms)[0]];
    await room.keys.ensure();
    for (let round = 0; round < 5; round++) {
      const kid = await room.active('ES256');
      await Promise.allSettled([
        ...rooms.map(({ keys }) => keys.rotate('ES256', by)),
        ...rooms.map(({ keys }) => keys.revoke(kid, by)),
        ...rooms.map(({ keys }) => keys.activate(kid, by)),
      ]);
      expect((await room.states('ES256')).filter((state) => state === 'active')).toHaveLength(1);
    }
  });

  it('erases the private part of what is removed', async () => {
    const { keys, active } = keyRoom(db);
    await keys.ensure();
    const first = await active('EdDSA');
    await keys.revoke(first, by);
    const row = await db.get<{ sealed_jwk: Buffer; public_jwk: string }>(
      'SELECT sealed_jwk, public_jwk FROM keys WHERE kid = ?',
      [first],
    );
    expect(row?.sealed_jwk).toHaveLength(0);
    expect(JSON.parse(row?.public_jwk ?? '')).toMatchObject({ kid: first, crv: 'Ed25519' });
  });

  it('tells its listeners after each change, also those that time brings', async () => {
    const { keys, clock } = keyRoom(db);
    const seen: string[] = [];
    await keys.ensure();
    keys.subscribe(async () => void seen.push(await keys.version()));
    const { kid } = await keys.rotate('ES256', by);
    clock.advance(hour);
    await keys.advance();
    await keys.advance();
    expect(seen).toHaveLength(2);
    expect(seen[0]).toContain(`${kid} pending`);
    expect(seen[1]).toContain(`${kid} active`);
  });

  it('an algorithm that was dropped goes once no client uses it: no key signs, none is made', async () => {
    const { keys, clock } = keyRoom(db);
    await keys.ensure();
    const fewer = keyRoom(db, { clock, of: ['RS256'] });
    await fewer.keys.ensure();
    await fewer.keys.advance({ isUsed: async () => true });
    expect(await fewer.states('EdDSA')).toEqual(['active']);
    await fewer.keys.advance({ isUsed: async () => false });
    expect(await fewer.states('EdDSA')).toEqual(['retiring']);
    expect([...(await fewer.keys.signingSet()).active.keys()]).toEqual(['RS256']);
    clock.advance(30 * day);
    await fewer.keys.advance();
    expect(await fewer.states('EdDSA')).toEqual(['removed']);
    await expect(fewer.keys.rotate('EdDSA', by)).rejects.toMatchObject({ code: 'invalid' });
  });
});
