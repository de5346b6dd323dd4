import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outlook } from '../../../src/domain/keys/keys.ts';
import { spanOf } from '../../../src/domain/keys/keys.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { atOnce, hourly, keyRoom } from '../../support/key-room.ts';

const by = { by: { type: 'operator' } } as const;
const hour = 3_600_000;
const day = 24 * hour;

describe('what is to come of keys', () => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await (databases[0] as (typeof databases)[0]).open();
  });
  afterEach(() => opened.close());

  const of = (outlooks: Outlook[], algorithm: string) => {
    const found = outlooks.find((outlook) => outlook.algorithm === algorithm);
    if (!found) throw new Error(`nothing of ${algorithm}`);
    return found;
  };

  it('an active key alone: the next is published so much before it is over', async () => {
    const { keys, clock } = keyRoom(opened.db);
    await keys.ensure();
    const start = clock.now();
    clock.advance(day);
    const { keys: active, steps, publishAheadSeconds, isMade } = of(await keys.outlook(), 'ES256');
    expect(active.map(({ phases }) => phases)).toEqual([
      [
        { state: 'active', from: start, to: start + 90 * day },
        { state: 'retiring', from: start + 90 * day, to: start + 120 * day },
      ],
    ]);
    expect(steps).toEqual([{ kind: 'publish', at: start + 90 * day - hour }]);
    expect({ publishAheadSeconds, isMade }).toEqual({ publishAheadSeconds: 3600, isMade: true });
    expect(spanOf(await keys.outlook(), clock.now())).toEqual({ from: start, to: start + 99 * day });
  });

  it('a pending key ends the active one when it begins, and is planned to its end', async () => {
    const { keys, clock, active } = keyRoom(opened.db);
    await keys.ensure();
    const [start, first] = [clock.now(), await active('ES256')];
    clock.advance(day);
    const { kid, activatesAt = 0 } = await keys.rotate('ES256', by);
    const begun = clock.now();
    const { keys: all, steps } = of(await keys.outlook(), 'ES256');
    expect(all.map(({ phases }) => phases)).toEqual([
      [
        { state: 'pending', from: begun, to: activatesAt },
        { state: 'active', from: activatesAt, to: activatesAt + 90 * day },
        { state: 'retiring', from: activatesAt + 90 * day, to: activatesAt + 120 * day },
      ],
      [
        { state: 'active', from: start, to: activatesAt },
        { state: 'retiring', from: activatesAt, to: activatesAt + 30 * day },
      ],
    ]);
    expect((await keys.find(first)).retiresAt).toBe(activatesAt);
    expect(steps).toEqual([{ kind: 'activate', kid, at: activatesAt }]);
  });

  it('what is overdue, because no server runs, is due now', async () => {
    const { keys, clock } = keyRoom(opened.db);
    await keys.ensure();
    clock.advance(1);
    const { kid } = await keys.rotate('ES256', by);
    clock.advance(100 * day);
    const now = clock.now();
    const { keys: all, steps } = of(await keys.outlook(), 'ES256');
    expect(all[0]?.phases[0]).toMatchObject({ state: 'pending', to: now });
    expect(steps).toEqual([{ kind: 'activate', kid, at: now }]);
    expect(of(await keys.outlook(), 'RS256').steps).toEqual([{ kind: 'publish', at: now }]);
  });

  it('a key that waits for clients says until when, and one that replaces another at once says so', async () => {
    const { keys, clock } = keyRoom(opened.db, { policy: { ...hourly, waitSeconds: 7200 } });
    await keys.ensure();
    const { kid, activatesAt = 0 } = await keys.rotate('ES256', by);
    const until = activatesAt + 2 * hour;
    expect(of(await keys.outlook(), 'ES256').steps).toEqual([{ kind: 'wait', kid, until, at: activatesAt }]);
    expect((await keys.find(kid)).waitsUntil).toBeUndefined();
    const hasty = keyRoom(opened.db, { policy: atOnce, clock });
    expect(of(await hasty.keys.outlook(), 'RS256').steps).toMatchObject([{ kind: 'replace' }]);
  });

  it('a key whose time has come and that waits is told to wait: it begins, and the active one ends, at the latest then', async () => {
    const { keys, clock, active } = keyRoom(opened.db, { policy: { ...hourly, waitSeconds: 7200 } });
    await keys.ensure();
    const first = await active('ES256');
    clock.advance(1);
    const { kid, activatesAt = 0 } = await keys.rotate('ES256', by);
    clock.advance(1.5 * hour);
    await keys.advance({ isReady: async () => false });
    const until = activatesAt + 2 * hour;
    expect(await keys.find(kid)).toMatchObject({ state: 'pending', activatesAt, waitsUntil: until });
    expect(await keys.find(first)).toMatchObject({ state: 'active', retiresAt: until, waitsUntil: undefined });
    const [next, present] = of(await keys.outlook(), 'ES256').keys;
    expect(next?.phases[0]).toMatchObject({ state: 'pending', to: until });
    expect(present?.phases.find(({ state }) => state === 'active')).toMatchObject({ to: until });
    clock.advance(1.5 * hour);
    expect((await keys.find(kid)).waitsUntil).toBeUndefined();
  });

  it('keys of an algorithm that was dropped stop, and go; without any it is not told of', async () => {
    const { keys, clock, active } = keyRoom(opened.db);
    await keys.ensure();
    const kid = await active('EdDSA');
    const fewer = keyRoom(opened.db, { clock, of: ['RS256'] });
    expect(of(await fewer.keys.outlook(), 'EdDSA')).toMatchObject({
      ...{ isMade: false, steps: [{ kind: 'retire', kid, at: clock.now() }] },
    });
    await fewer.keys.advance();
    const { keys: left, steps } = of(await fewer.keys.outlook(), 'EdDSA');
    expect(left[0]?.phases.at(-1)).toMatchObject({ state: 'retiring', to: clock.now() + 30 * day });
    expect(steps).toEqual([{ kind: 'remove', kid, at: clock.now() + 30 * day }]);
    clock.advance(30 * day);
    await fewer.keys.advance();
    expect((await fewer.keys.outlook()).map(({ algorithm }) => algorithm)).toEqual(['RS256']);
  });

  it('the public parts of what is published are those of the key set', async () => {
    const { keys, active } = keyRoom(opened.db);
    await keys.ensure();
    const first = await active('ES256');
    const { kid } = await keys.rotate('ES256', by);
    await keys.revoke(first, by);
    const published = await keys.published();
    expect(published.map((jwk) => jwk.kid)).toEqual((await keys.signingSet()).keys.map((jwk) => jwk.kid));
    expect(published.map((jwk) => jwk.kid)).toContain(kid);
    expect(JSON.stringify(published)).not.toMatch(/"(d|p|q)":/);
  });
});
