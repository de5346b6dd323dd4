import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database, Db } from '../../../src/db/db.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { openRoom, rightPassword } from './room.ts';

const sqlite = databases[0] as (typeof databases)[number];
let opened: OpenedDatabase;
beforeEach(async () => {
  opened = await sqlite.open();
});
afterEach(() => opened.close());

const reasons = async (room: Awaited<ReturnType<typeof openRoom>>) =>
  (await room.audit.list(room.db, { limit: 1000, event: 'signin.failed' })).items.map(
    (event) => (event.detail as { reason: string }).reason,
  );

describe('a sign-in that fails', () => {
  it('E08 unknown, wrong, disabled and without password look and cost the same; the audit knows better', async () => {
    let statements = 0;
    const counting = <Some extends Db>(db: Some): Some => ({
      ...db,
      get(sql: string, values?: []) {
        statements++;
        return db.get(sql, values);
      },
      run(sql: string, values?: []) {
        statements++;
        return db.run(sql, values);
      },
    });
    const db: Database = {
      ...counting(opened.db),
      transaction: (work) => opened.db.transaction((tx) => work(counting(tx))),
    };
    const room = await openRoom(db);
    await room.accounts.create({ username: 'erin' }, { by: { type: 'system' } });
    const cases = [
      ['nobody', 'wrong'],
      ['alice', 'wrong'],
      ['dave', rightPassword],
      ['dave', 'wrong'],
      ['erin', 'wrong'],
      ['nobody', 'x'.repeat(300)],
    ] as const;
    const outcomes = [];
    for (const [index, [username, password]] of cases.entries()) {
      statements = 0;
      const before = room.accounts.verifications();
      const outcome = await room.attempt(username, password, `192.0.2.${index}`);
      outcomes.push({ ...outcome, statements, verifications: room.accounts.verifications() - before });
    }
    expect(outcomes[0]).toMatchObject({ code: 'unauthorized', verifications: 1, retryAfterSeconds: undefined });
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
    expect(await reasons(room)).toEqual([
      'unknown',
      'no_password',
      'wrong_password',
      'disabled',
      'wrong_password',
      'unknown',
    ]);
  });

  it('E08 throttling does not tell a known name from an unknown one', async () => {
    const room = await openRoom(opened.db);
    const series = async (name: string, ip: string) => {
      const outcomes = [];
      for (let guess = 0; guess < 7; guess++) outcomes.push(await room.attempt(name, 'wrong', ip));
      return outcomes;
    };
    expect(await series('nobody', '192.0.2.1')).toEqual(await series('alice', '192.0.2.2'));
    expect(await series('dave', '192.0.2.3')).toEqual(await series('bob', '192.0.2.4'));
  });

  it('E08 nothing that was typed is kept: no name, no password, no address in the throttle table', async () => {
    const room = await openRoom(opened.db);
    await room.attempt('my secret password', 'other secret', '192.0.2.77');
    const rows = JSON.stringify([
      await room.db.all('SELECT * FROM throttle_buckets'),
      (await room.audit.list(room.db, { limit: 10 })).items.map((event) => event.detail),
    ]);
    expect(rows).not.toMatch(/secret|192\.0\.2\.77/);
  });
});
