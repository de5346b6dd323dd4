import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mode } from '../../../src/base/mode.ts';
import type { Database } from '../../../src/db/db.ts';
import { thumbprint } from '../../../src/domain/keys/generate.ts';
import { createRehearsals } from '../../../src/domain/rehearsals/rehearsals.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { atOnce, keyRoom, sealingKey } from '../../support/key-room.ts';

const by = { by: { type: 'operator' } } as const;
const minute = 60_000;

describe.each(databases)('rehearsals over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
  });
  afterEach(() => opened.close());

  async function room(mode: Mode = 'dev') {
    const keys = keyRoom(db, { policy: atOnce, of: ['ES256', 'EdDSA'] });
    await keys.keys.ensure();
    const rehearsals = createRehearsals({ ...keys, db, sealingKey, mode });
    /** What the log says of rehearsals, the oldest first. */
    const events = async () =>
      (await keys.events())
        .filter(({ event }) => event.startsWith('key.rehearsal'))
        .map(({ id: _, at: __, ...event }) => event);
    return { ...keys, rehearsals, events };
  }
  const app = { variant: 'sudden', clientId: 'app' };
  const issued = (name: string, clientId = 'app') =>
    ({ kind: 'token', kid: 'k', issued: [name], isPlayed: true, from: 'this machine', clientId }) as const;
  const alive = (of: string, clientId = 'app') => ({ kind: 'alive', by: 'userinfo', of, clientId }) as const;

  it('one runs until it is ended, with a key for each algorithm, and is in the log', async () => {
    const { rehearsals, clock, events } = await room();
    expect(await rehearsals.version()).toBe('');
    expect(await rehearsals.present()).toBeUndefined();
    const startedAt = clock.now();
    const { id, ...begun } = await rehearsals.start(app, by);
    const endsAt = startedAt + 5 * minute;
    expect(begun).toMatchObject({
      ...app,
      startedAt,
      endsAt,
      endedAt: undefined,
      steps: [{ kind: 'began', at: startedAt }],
    });
    const on = await rehearsals.version();
    expect(on).toContain(id);
    const present = await rehearsals.present();
    expect(present).toMatchObject({ id, ...app, isOn: true, endsAt });
    expect(present?.keys.map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA']);
    for (const jwk of present?.keys ?? []) expect(jwk.kid).toBe(thumbprint(jwk));
    expect((await rehearsals.running())?.id).toBe(id);

    clock.advance(minute);
    const ended = await rehearsals.end(id, by);
    expect(ended).toMatchObject({ endedAt: startedAt + minute });
    expect(await rehearsals.end(id, by)).toEqual(ended);
    expect(await rehearsals.running()).toBeUndefined();
    expect(await rehearsals.present()).toMatchObject({ id, isOn: false, keys: [] });
    expect(await rehearsals.version()).not.toBe(on);
    // Watched for a while, then forgotten.
    clock.advance(15 * minute);
    expect(await rehearsals.present()).toBeUndefined();
    expect(await rehearsals.version()).toBe('');
    const about = { actor: { type: 'operator' }, clientId: 'app' };
    expect(await events()).toMatchObject([
      { ...about, event: 'key.rehearsal_started', detail: { rehearsalId: id, variant: 'sudden', endsAt } },
      { ...about, event: 'key.rehearsal_ended', detail: { rehearsalId: id, reason: 'ended', outcome: 'untried' } },
    ]);
  });

  it('one at a time, however many begin at once', async () => {
    const { rehearsals, events } = await room();
    const begun = await Promise.allSettled(Array.from({ length: 8 }, () => rehearsals.start(app, by)));
    const [first] = begun.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const refusals = begun.flatMap((result) => (result.status === 'rejected' ? result.reason : []));
    expect(refusals).toHaveLength(7);
    const message = expect.stringMatching(/^A rehearsal runs already: sudden for app, until 2\d{3}-.*--end$/);
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'conflict', message });
    expect(await events()).toHaveLength(1);
    await rehearsals.end(first?.id ?? '', by);
    await rehearsals.start({ variant: 'slow' }, by);
  });

  it('ends by itself: nobody obeys it any more, the next one may begin, and the log says so once', async () => {
    const { rehearsals, clock, events } = await room();
    const { id, endsAt } = await rehearsals.start({ ...app, seconds: 60 }, by);
    clock.advance(minute - 1);
    expect(await rehearsals.present()).toMatchObject({ isOn: true });
    clock.advance(1);
    expect(await rehearsals.present()).toMatchObject({ id, isOn: false, keys: [] });
    expect(await rehearsals.running()).toBeUndefined();
    expect(await rehearsals.find(id)).toMatchObject({ endedAt: endsAt });
    clock.advance(minute);
    await Promise.all([rehearsals.endExpired(), rehearsals.endExpired(), rehearsals.endExpired()]);
    expect(await rehearsals.find(id)).toMatchObject({ endedAt: endsAt });
    await rehearsals.start({ ...app, seconds: 1 }, by);
    clock.advance(1000);
    await rehearsals.start(app, by);
    const system = { actor: { type: 'system' }, detail: { reason: 'time_limit' } };
    expect((await events()).filter(({ event }) => event === 'key.rehearsal_ended')).toMatchObject([system, system]);
  });

  it('N01 its private keys lie sealed, for their row alone, and are erased at its end', async () => {
    const { rehearsals } = await room();
    const { id } = await rehearsals.start(app, by);
    const secrets = (await rehearsals.present())?.keys.map(({ d = '' }) => d) ?? [];
    const column = async () => {
      const row = await db.get<Record<string, unknown>>('SELECT * FROM rehearsals WHERE id = ?', [id]);
      return { sealed: row?.sealed_keys as Buffer, text: JSON.stringify(row) };
    };
    const { text, sealed } = await column();
    expect(secrets).toHaveLength(2);
    for (const secret of secrets) {
      expect(text).not.toContain(secret);
      expect(sealed.includes(Buffer.from(secret, 'base64url'))).toBe(false);
    }
    // Moved to another row they do not open, and what does not open is not played.
    await db.run('UPDATE rehearsals SET id = ? WHERE id = ?', [`${id}x`, id]);
    expect(await rehearsals.present()).toMatchObject({ isOn: false, keys: [] });
    await db.run('UPDATE rehearsals SET id = ? WHERE id = ?', [id, `${id}x`]);
    expect(await rehearsals.present()).toMatchObject({ isOn: true });
    await rehearsals.end(id, by);
    expect((await column()).sealed).toHaveLength(0);
    const [past] = await rehearsals.pastKeys();
    expect(past?.map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA']);
    expect(JSON.stringify(past)).not.toContain('"d"');
  });

  it('same-kid signs under the kids of the keys that are active', async () => {
    const { rehearsals, active } = await room();
    await rehearsals.start({ ...app, variant: 'same-kid' }, by);
    const keys = (await rehearsals.present())?.keys ?? [];
    expect(keys.map(({ kid }) => kid)).toEqual([await active('ES256'), await active('EdDSA')]);
    for (const jwk of keys) expect(jwk.kid).not.toBe(thumbprint(jwk));
  });

  it('keeps the steps in their order, those of many at once too, and a sign of life once', async () => {
    const { rehearsals } = await room();
    const { id } = await rehearsals.start(app, by);
    await rehearsals.note(id, alive('of-an-older-session'));
    await rehearsals.note(id, issued('first'));
    const many = Array.from({ length: 20 }, (_, index) => ({ kind: 'keys', status: 200, from: `${index}` }) as const);
    await Promise.all(many.map((step) => rehearsals.note(id, step)));
    await rehearsals.note(id, alive('first'));
    await rehearsals.note(id, alive('first'));
    for (const isOn of [true, true, false, false]) await rehearsals.acknowledge({ id, isOn });
    await rehearsals.tell(id, true);
    await rehearsals.tell(id, true);
    const { steps } = await rehearsals.find(id);
    const kinds = steps.map(({ kind }) => kind).filter((kind) => kind !== 'keys');
    expect(kinds).toEqual(['began', 'token', 'alive', 'played', 'restored', 'told', 'told']);
    const from = steps.flatMap((step) => (step.kind === 'keys' ? step.from : []));
    expect(new Set(from)).toEqual(new Set(many.map((step) => step.from)));
  });

  it('a client that never stops asking does not hide what it does then', async () => {
    const { rehearsals } = await room();
    const { id } = await rehearsals.start(app, by);
    const long = 'x'.repeat(5000);
    for (let count = 0; count < 30; count++) await rehearsals.note(id, { kind: 'asked', clientId: long });
    await rehearsals.note(id, issued('late'));
    await rehearsals.note(id, alive('late'));
    const { steps } = await rehearsals.find(id);
    expect(steps.filter(({ kind }) => kind === 'asked').length).toBeLessThan(15);
    expect(steps.slice(-2).map(({ kind }) => kind)).toEqual(['token', 'alive']);
  });

  it('judges each client that was there, and in all by the one that did worst', async () => {
    const { rehearsals } = await room();
    const { id } = await rehearsals.start({ variant: 'unknown-kid' }, by);
    expect(await rehearsals.result(id)).toMatchObject({ verdict: { outcome: 'untried' }, clients: [] });
    await rehearsals.note(id, issued('one', 'careful'));
    await rehearsals.note(id, { kind: 'asked', clientId: 'careful' });
    await rehearsals.note(id, issued('two', 'careless'));
    await rehearsals.note(id, alive('two', 'careless'));
    const result = await rehearsals.result(id, { isOver: true });
    expect(result.verdict.outcome).toBe('failed');
    expect(result.clients.map(({ clientId, verdict }) => [clientId, verdict.outcome])).toEqual([
      ['careful', 'passed'],
      ['careless', 'failed'],
    ]);
  });

  it('remembers how a client did last in each variant', async () => {
    const { rehearsals, clock } = await room();
    const play = async (variant: string, clientId: string, takes: boolean) => {
      const { id } = await rehearsals.start({ variant, clientId }, by);
      await rehearsals.note(id, issued(id, clientId));
      await rehearsals.tell(id, takes);
      await rehearsals.end(id, by);
      clock.advance(minute);
      return id;
    };
    expect(await rehearsals.lastOf('app')).toEqual({ passed: 0, of: 7, variants: [] });
    await play('unknown-kid', 'app', true);
    await play('unknown-kid', 'other', true);
    const better = await play('unknown-kid', 'app', false);
    await play('sudden', 'app', false);
    const { passed, of, variants } = await rehearsals.lastOf('app');
    expect({ passed, of }).toEqual({ passed: 1, of: 7 });
    expect(variants.map(({ variant, verdict }) => [variant, verdict.outcome])).toEqual([
      ['sudden', 'failed'],
      ['unknown-kid', 'passed'],
    ]);
    expect(variants[1]?.id).toBe(better);
    // A month later the next one tidies up.
    clock.advance(31 * 24 * 60 * minute);
    await rehearsals.start(app, by);
    expect((await rehearsals.lastOf('app')).variants.map(({ variant }) => variant)).toEqual(['sudden']);
    await expect(rehearsals.find(better)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses what is wrong, and says what there is', async () => {
    const { rehearsals, events } = await room();
    const refused: [object, string, string][] = [
      [{ variant: 'suden' }, 'variant', 'Did you mean sudden? There are: sudden, odd-keys'],
      [{ variant: 'constructor' }, 'variant', 'There is no such variant. There are: '],
      [{ ...app, clientId: '' }, 'clientId', 'must be the client_id'],
      [{ ...app, clientId: 'a\0b' }, 'clientId', 'must be the client_id'],
      [{ ...app, clientId: 'x'.repeat(256) }, 'clientId', 'must be the client_id'],
      ...[0, 3601, 1.5, Number.NaN].map((seconds): [object, string, string] => [
        { ...app, seconds },
        'seconds',
        '3600',
      ]),
    ];
    for (const [input, path, message] of refused) {
      const fields = [{ path, message: expect.stringContaining(message) }];
      await expect(rehearsals.start(input as typeof app, by)).rejects.toMatchObject({ code: 'invalid', fields });
    }
    for (const ask of [rehearsals.find, rehearsals.result, (id: string) => rehearsals.end(id, by)]) {
      await expect(ask('nothing')).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await events()).toEqual([]);
  });

  it('serve refuses, and obeys no row that is there', async () => {
    const { rehearsals } = await room();
    await rehearsals.start(app, by);
    const serving = (await room('serve')).rehearsals;
    const message = expect.stringContaining('refused in serve: point the app, or a copy of it, at postern dev');
    await expect(serving.start(app, by)).rejects.toMatchObject({ code: 'forbidden', message });
    expect(await serving.version()).toBe('');
    expect(await serving.present()).toBeUndefined();
    expect(await serving.pastKeys()).toEqual([]);
    await serving.endExpired();
    expect((await rehearsals.running())?.variant).toBe('sudden');
  });
});
