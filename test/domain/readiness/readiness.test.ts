import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/db/db.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { readinessRoom } from '../../support/readiness-room.ts';

const minute = 60_000;
const day = 86_400_000;
const by = { by: { type: 'operator' } } as const;
const { signal } = new AbortController();

describe.each(databases)('readiness over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  let room: ReturnType<typeof readinessRoom>;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
    room = readinessRoom(db);
    await room.keys.ensure();
    room.clock.advance(day);
  });
  afterEach(() => opened.close());

  const rows = async (table: string) => Number((await db.get<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))?.n);

  it('says of every client what is known, the least ready first, and counts', async () => {
    const { readiness, clock } = room;
    for (const id of ['own', 'old', 'one', 'other', 'quiet', 'silent', 'spa']) await room.add(id);
    await room.add('es', { idTokenSignedResponseAlg: 'ES256' });
    await room.add('machine', { kind: 'machine', redirectUris: [] });
    await room.add('off', { disabled: true });
    const live = { own: '192.0.2.1', old: '192.0.2.2', one: '192.0.2.3', other: '192.0.2.3' };
    for (const [clientId, address] of Object.entries({ ...live, es: '192.0.2.6', machine: '192.0.2.7' })) {
      readiness.noteLife({ clientId, address });
      await room.fetch(address);
    }
    readiness.noteLife({ clientId: 'quiet', address: '192.0.2.5' });
    readiness.noteLife({ clientId: 'spa' });
    clock.advance(minute);
    const kid = await room.publish();
    const published = clock.now();
    clock.advance(minute);
    for (const address of ['192.0.2.1', '192.0.2.3', '192.0.2.7', '192.0.2.99']) await room.fetch(address);
    await room.fetch('192.0.2.50', 'https://spa.example');
    await room.fetch('192.0.2.51', 'https://made-up.example');

    const found = await readiness.of(kid);
    expect(found).toMatchObject({ kid, ready: 2, total: 6, idle: 1, unseenResources: [] });
    const at = published + minute;
    const seen = { aliveAt: published - minute };
    expect(found.clients).toMatchObject([
      { clientId: 'old', name: 'old', state: 'behind', how: 'address', fetchedAt: seen.aliveAt, ...seen },
      { clientId: 'quiet', state: 'unknown', ...seen, places: { known: 2, withKey: 0 } },
      { clientId: 'one', state: 'perhaps', how: 'address', sharedWith: ['other'], fetchedAt: at },
      { clientId: 'other', state: 'perhaps', how: 'address', sharedWith: ['one'], fetchedAt: at },
      { clientId: 'own', state: 'fetched', how: 'address', fetchedAt: at, places: { known: 2, withKey: 1 } },
      { clientId: 'spa', state: 'fetched', how: 'origin', fetchedAt: at, places: { known: 1, withKey: 1 } },
      { clientId: 'silent', state: 'idle' },
    ]);
    // 192.0.2.99 and pages of an origin that no client has; the machine's address is known, the page's visitor is not asked for.
    expect(found.unattributed).toEqual({ sources: 2, lastAt: at });
    expect(await room.states((await room.keys.list()).find((key) => key.algorithm === 'ES256')?.kid ?? '')).toEqual({
      es: 'fetched',
    });
    await expect(readiness.of('made-up')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('proves by what was handed over and used, not by calls alone', async () => {
    const { readiness, clock } = room;
    await room.add('app');
    const kid = await room.active('RS256');
    readiness.noteUse({ clientId: 'app', issuedAt: clock.now() });
    clock.advance(minute);
    readiness.noteIssued({ clientId: 'app', kid });
    readiness.noteLife({ clientId: 'app' });
    expect(await room.states(kid)).toEqual({ app: 'unknown' });
    clock.advance(minute);
    // Somebody tries again and again to sign in, and the app accepts no token.
    readiness.noteIssued({ clientId: 'app', kid });
    readiness.noteLife({ clientId: 'app' });
    // A token from before the key signed is no proof either.
    readiness.noteUse({ clientId: 'app', issuedAt: clock.now() - 3 * minute });
    expect(await room.states(kid)).toEqual({ app: 'unknown' });
    clock.advance(minute);
    readiness.noteUse({ clientId: 'app', issuedAt: clock.now() - minute });
    expect(await room.row(kid, 'app')).toMatchObject({ state: 'proven', how: 'use', usedAt: clock.now() });
    // Another key is another question.
    const next = await room.publish();
    expect(await room.states(next)).toEqual({ app: 'unknown' });
  });

  it('what one node notes, the others say, and older news never replaces newer', async () => {
    const other = readinessRoom(db, { clock: room.clock });
    await room.add('app');
    room.readiness.noteLife({ clientId: 'app', address: '192.0.2.1' });
    await room.fetch('192.0.2.1');
    const kid = await room.publish();
    room.clock.advance(1000);
    await other.fetch('::ffff:192.0.2.1');
    other.readiness.noteUse({ clientId: 'app', issuedAt: room.clock.now() });
    await other.readiness.flush();
    // The note of the first node is older, and is written after that of the other.
    await room.readiness.flush();
    for (const { row } of [room, other]) {
      expect(await row(kid, 'app')).toMatchObject({ state: 'fetched', aliveAt: room.clock.now() });
    }
    expect(await rows('key_set_fetches')).toBe(1);
  });

  it('takes notes from several nodes at the same time', async () => {
    const nodes = [room, ...[1, 2, 3].map(() => readinessRoom(db, { clock: room.clock }))];
    for (let index = 0; index < 10; index++) await room.add(`app${index}`);
    const kid = await room.active('RS256');
    for (let round = 0; round < 5; round++) {
      for (const node of nodes) {
        for (let index = 0; index < 10; index++) {
          const clientId = `app${index}`;
          node.readiness.noteLife({ clientId, address: `192.0.2.${index}` });
          node.readiness.noteIssued({ clientId, kid });
          node.readiness.noteUse({ clientId, issuedAt: room.clock.now() });
          await node.fetch(`192.0.2.${index}`);
        }
      }
      await Promise.all(nodes.flatMap(({ readiness }) => [readiness.flush(), readiness.flush()]));
      room.clock.advance(minute);
    }
    const { clients, ready, total } = await room.readiness.of(kid);
    expect({ ready, total }).toEqual({ ready: 10, total: 10 });
    expect(new Set(clients.map(({ state, aliveAt }) => `${state} ${aliveAt}`))).toEqual(
      new Set([`proven ${room.clock.now() - minute}`]),
    );
  });

  it('a key that waits for clients signs when they have it, or when it has waited long enough', async () => {
    const waiting = readinessRoom(db, { clock: room.clock, wait: 7200 });
    const { keys, readiness, clock } = waiting;
    const advance = () => keys.advance({ isReady: readiness.isReady });
    for (const id of ['app', 'slow']) {
      await waiting.add(id);
      readiness.noteLife({ clientId: id, address: id === 'app' ? '192.0.2.1' : '192.0.2.2' });
    }
    await waiting.add('silent');
    const first = await waiting.publish();
    await waiting.fetch('192.0.2.1');
    clock.advance(3_600_000);
    await advance();
    expect(await waiting.states(first)).toEqual({ slow: 'unknown', app: 'fetched', silent: 'idle' });
    expect(await waiting.active('RS256')).not.toBe(first);
    await waiting.fetch('192.0.2.2');
    await advance();
    expect(await waiting.active('RS256')).toBe(first);

    const second = await waiting.publish();
    clock.advance(3_600_000 + 7_200_000 - 1);
    await advance();
    expect(await waiting.active('RS256')).toBe(first);
    clock.advance(1);
    await advance();
    expect(await waiting.active('RS256')).toBe(second);
    expect(await waiting.states(second)).toMatchObject({ app: 'behind', slow: 'behind' });
  });

  it('what was seen of a client that was removed is not that of the next one with its id', async () => {
    const { readiness, clock, clients } = room;
    const kid = await room.active('RS256');
    const see = () => {
      readiness.noteLife({ clientId: 'app', address: '192.0.2.1' });
      readiness.noteIssued({ clientId: 'app', kid });
      readiness.noteUse({ clientId: 'app', issuedAt: clock.now() });
    };
    await room.add('app');
    see();
    await room.fetch('192.0.2.1');
    expect(await room.states(kid)).toEqual({ app: 'proven' });
    await clients.remove('app', by);
    expect((await readiness.of(kid)).unattributed.sources).toBe(1);
    clock.advance(minute);
    await room.add('app');
    expect(await room.row(kid, 'app')).toMatchObject({ state: 'idle', places: { known: 1, withKey: 0 } });
    // Heard of again, by a call alone: what is stored of the old one is no proof.
    readiness.noteLife({ clientId: 'app' });
    expect(await room.states(kid)).toEqual({ app: 'unknown' });
  });

  it('Postern’s own pages are no clients, and what nobody has sent is not kept', async () => {
    for (const clientId of ['postern-admin', 'postern-account']) {
      room.readiness.noteLife({ clientId, address: '192.0.2.1' });
      room.readiness.noteUse({ clientId, issuedAt: room.clock.now() });
      room.readiness.noteIssued({ clientId, kid: await room.active('RS256') });
    }
    await room.fetch('::');
    await room.readiness.flush();
    const tables = ['key_set_fetches', 'client_addresses', 'client_life', 'client_key_uses'];
    expect(await Promise.all(tables.map(rows))).toEqual([0, 0, 0, 0]);
  });

  it('a key that is published no more concerns nobody', async () => {
    await room.add('app');
    room.readiness.noteLife({ clientId: 'app' });
    const kid = await room.active('RS256');
    await room.keys.revoke(kid, by);
    expect(await room.readiness.of(kid)).toMatchObject({ clients: [], ready: 0, total: 0 });
  });

  it('writes a row at most once a minute unless it says something new, and loses nothing by that', async () => {
    const { readiness, clock } = room;
    await room.add('app');
    const stored = async () => ({
      ...(await db.get<object>('SELECT alive_at AS alive, used_token_at AS used FROM client_life')),
      ...(await db.get<object>('SELECT fetched_at AS fetched FROM key_set_fetches')),
    });
    const note = async () => {
      readiness.noteUse({ clientId: 'app', issuedAt: clock.now() });
      await room.fetch('192.0.2.1');
      await readiness.writeDue();
    };
    await note();
    const began = clock.now();
    expect(await stored()).toEqual({ alive: began, used: began, fetched: began });
    clock.advance(30_000);
    await note();
    expect(await stored()).toEqual({ alive: began, used: began, fetched: began });
    clock.advance(20_000);
    // A key set that is another one is written at once.
    await room.publish();
    await note();
    expect(await stored()).toEqual({ alive: began, used: began, fetched: began + 50_000 });
    clock.advance(10_000);
    readiness.noteLife({ clientId: 'app' });
    await readiness.writeDue();
    expect(await stored()).toEqual({ alive: began + minute, used: began + 50_000, fetched: began + 50_000 });
  });

  it('keeps what it could not write', async () => {
    const { readiness } = room;
    await room.add('app');
    const kid = await room.active('RS256');
    readiness.noteIssued({ clientId: 'app', kid });
    readiness.noteUse({ clientId: 'app', issuedAt: room.clock.now() });
    await db.run('ALTER TABLE client_life RENAME TO elsewhere');
    await expect(readiness.flush()).rejects.toThrow();
    room.clock.advance(1000);
    readiness.noteIssued({ clientId: 'app', kid });
    await db.run('ALTER TABLE elsewhere RENAME TO client_life');
    await readiness.flush();
    expect(await room.states(kid)).toEqual({ app: 'proven' });
  });

  it('deletes what was not seen for 90 days and keeps the rest', async () => {
    const { readiness, clock } = room;
    const kid = await room.active('RS256');
    const see = async (clientId: string, address: string) => {
      readiness.noteLife({ clientId, address });
      readiness.noteIssued({ clientId, kid });
      await room.fetch(address);
      await readiness.flush();
    };
    await see('old', '192.0.2.1');
    clock.advance(90 * day);
    await see('new', '192.0.2.2');
    const tables = ['key_set_fetches', 'client_addresses', 'client_life', 'client_key_uses'];
    const counts = () => Promise.all(tables.map(rows));
    await readiness.purge({ batch: 1, signal });
    expect(await counts()).toEqual([2, 2, 2, 2]);
    clock.advance(1);
    await readiness.purge({ batch: 1, signal });
    expect(await counts()).toEqual([1, 1, 1, 1]);
  });

  it('does not fill the tables for who fetches or calls from many addresses', async () => {
    const { readiness, clock } = room;
    await room.add('app');
    await room.add('cli', { kind: 'native', redirectUris: ['http://127.0.0.1/cb'] });
    readiness.noteLife({ clientId: 'app', address: '192.0.2.1' });
    await room.fetch('192.0.2.1');
    await readiness.flush();
    for (let round = 0; round < 3; round++) {
      clock.advance(1);
      for (let index = 0; index < 500; index++) {
        await room.fetch(`2001:db8::${round}:${index}`);
        await room.fetch('192.0.2.50', `https://made-up-${round}-${index}.example`);
        readiness.noteLife({ clientId: 'cli', address: `198.51.${100 + round}.${index % 250}` });
      }
      await readiness.flush();
    }
    await readiness.purge({ batch: 300, signal });
    // A thousand addresses of nobody, the app's own, and one row for all pages of nobody, which is among the thousand or not.
    expect(await rows('key_set_fetches')).toBe(1001);
    expect(await rows('client_addresses')).toBe(101);
    expect(await room.states(await room.active('RS256'))).toEqual({ cli: 'unknown', app: 'fetched' });
  });
});
