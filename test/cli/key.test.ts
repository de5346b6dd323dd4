import { createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/open.ts';
import { createCommandLine } from '../support/command-line.ts';
import { shiftKeysIn } from '../support/key-times.ts';
import { goodSecret, serve, spawnPostern } from '../support/spawned.ts';

type Line = Awaited<ReturnType<typeof createCommandLine>>;
type Key = { kid: string; algorithm: string; state: string };
const keysOf = async (line: Line, algorithm: string): Promise<Key[]> =>
  (await line.tells('key', 'list')).items.filter((key: Key) => key.algorithm === algorithm);

describe('postern key', () => {
  it('rotate one algorithm, activate it early, show it, and the log has who and why', async () => {
    const line = await createCommandLine();
    const [{ kid: first = '' } = {}] = await keysOf(line, 'ES256');
    const said = await line.does('key', 'rotate', 'ES256', '--reason', 'spring');
    expect(said).toMatch(/^ES256: published [\w-]{43}; it signs from \d{4}-\d\d-\d\d \d\d:\d\d UTC on\.\n$/);
    const again = await line.tells('key', 'rotate', 'ES256');
    expect(again).toMatchObject({ algorithm: 'ES256', isNew: false, activatesAt: expect.any(String) });
    const { kid } = again;
    expect(await line.does('key', 'show', kid)).toMatch(/^State +pending$/m);
    expect(await line.does('key', 'activate', '--reason', 'all are ready', kid)).toBe(`ES256: ${kid} signs now.\n`);
    expect(await keysOf(line, 'ES256')).toMatchObject([
      { kid, state: 'active' },
      { kid: first, state: 'retiring' },
    ]);
    expect(await line.run(['key', 'activate', kid])).toMatchObject({ status: 1, out: '' });
    const { items } = await line.tells('audit', 'list', '--event', 'key.', '--limit', '2');
    expect(items).toMatchObject([
      { event: 'key.activated', actor: { type: 'operator' }, detail: { reason: 'all are ready', isEarly: true } },
      { event: 'key.published', detail: { reason: 'spring' } },
    ]);
  });

  it('rotate without a word means each algorithm and no cookies; --early signs at once; cookies are renewed alone', async () => {
    const line = await createCommandLine();
    const { items } = await line.tells('key', 'rotate');
    expect(items.map(({ algorithm, isNew }: Record<string, unknown>) => [algorithm, isNew])).toEqual(
      ['RS256', 'PS256', 'ES256', 'EdDSA'].map((algorithm) => [algorithm, true]),
    );
    expect((await line.tells('key', 'status')).cookieKeys).toHaveLength(1);
    expect(await line.does('key', 'rotate', 'EdDSA', '--early')).toBe(`EdDSA: ${items[3].kid} signs now.\n`);
    expect((await keysOf(line, 'EdDSA')).map(({ state }) => state)).toEqual(['active', 'retiring']);
    expect(await line.does('key', 'rotate', 'cookies', '--reason', 'yearly')).toContain('nobody is signed out');
    expect((await line.tells('key', 'status')).cookieKeys).toHaveLength(2);
    const refusals = [
      ['rotate', 'cookies', '--early'],
      ['rotate', 'HS256'],
      ['rotate', 'ES256', '--reason', 'a\nb'],
      ['rotate', 'ES256', 'EdDSA'],
    ];
    for (const argv of refusals) {
      const { status, out } = await line.run(['key', ...argv]);
      expect([argv, status, out]).toEqual([argv, 64, '']);
    }
  });

  it('R18 rotate of each algorithm says what was done before it met a damaged key', async () => {
    const line = await createCommandLine();
    const waiting = (await line.tells('key', 'rotate', 'ES256')).kid;
    const db = await openDatabase({ kind: 'file', path: join(line.folder, 'postern.db') });
    await db.run('UPDATE keys SET sealed_jwk = ? WHERE kid = ?', [Buffer.alloc(64), waiting]);
    await db.close();
    const { status, out, err } = await line.run(['key', 'rotate']);
    expect(status).toBe(1);
    expect(out).toMatch(/^RS256: published \S+; .*\nPS256: published \S+; .*\n$/);
    expect(err).toContain(`postern key revoke ${waiting} --now`);
  });

  it('J05 revoke says what it would break and does nothing; with --now it does', async () => {
    const line = await createCommandLine();
    await line.does('client', 'add', 'wiki', '--name', 'Wiki', '--redirect-uri', 'https://w.example/cb');
    const [{ kid = '' } = {}] = await keysOf(line, 'RS256');
    const asked = await line.run(['key', 'revoke', kid]);
    expect(asked).toMatchObject({ status: 64, err: expect.stringContaining(`postern key revoke ${kid} --now`) });
    expect(asked.out).toContain(`${kid}: RS256, active\n`);
    expect(asked.out).toContain('Clients with ID tokens of RS256: Wiki (wiki)\n');
    expect(asked.out).toContain('In its place signs: a new key\n');
    expect(asked.out).toMatch(/^ {2}- Apps refuse new sign-ins until .*after 300 seconds at the latest/m);
    expect(asked.out).toMatch(/^ {2}- Sessions, consents, .* go on/m);
    const asJson = await line.run(['key', 'revoke', '--json', kid]);
    expect([asJson.status, JSON.parse(asJson.out).takesOver]).toEqual([64, 'new']);
    expect(await keysOf(line, 'RS256')).toMatchObject([{ kid, state: 'active' }]);

    const done = await line.tells('key', 'revoke', kid, '--now', '--reason', 'leaked');
    expect(done).toMatchObject({ kid, clients: { total: 1 }, successor: expect.any(String) });
    expect((await keysOf(line, 'RS256')).map(({ state }) => state).toSorted()).toEqual(['active', 'removed']);
    expect(await line.does('key', 'list')).toMatch(new RegExp(`^${kid} +RS256 +revoked +`, 'm'));
    expect(await line.run(['key', 'revoke', '--now', kid])).toMatchObject({ status: 1, out: '' });
    expect(await line.run(['key', 'revoke', 'nobody'])).toMatchObject({ status: 1, out: '' });
  });

  it('status shows each key on one timeline, with what comes next', async () => {
    const line = await createCommandLine();
    await line.does('key', 'rotate', 'ES256', '--early');
    await line.does('key', 'rotate', 'ES256');
    await line.does('key', 'rotate', 'EdDSA');
    shiftKeysIn(line.folder, 20);
    const text = await line.does('key', 'status');
    const [span = '', legend = '', ...rest] = text.split('\n');
    expect(span).toMatch(/^\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d; now it is /);
    for (const mark of '░█▒│') expect(legend).toContain(mark);
    const blocks = rest.join('\n').trim().split('\n\n');
    expect(blocks.map((block) => block.split('\n')[0])).toEqual([
      ...['RS256', 'PS256', 'ES256', 'EdDSA', expect.stringMatching(/^cookies: cookies-1 of /)],
    ]);
    const bars = blocks.flatMap((block) => block.split('\n').filter((row) => row.includes('│')));
    const nowAt = new Set(bars.map((bar) => bar.indexOf('│')));
    expect(nowAt.size).toBe(1);
    expect(blocks[2]).toMatch(/^ {2}pending .*\n {2} *[░█▒]*│.* signs from /m);
    expect(blocks[2]).toMatch(/^ {2}retiring .*\n {2}█?▒+│▒+ *published until /m);
    expect(blocks[0]).toMatch(/ {2}next: \d{4}-\d\d-\d\d \d\d:\d\d UTC: the next key is published$/);
    for (const row of text.split('\n').slice(2)) expect(row.length, row).toBeLessThanOrEqual(100);

    const { at, algorithms, cookieKeyRenewsAt } = await line.tells('key', 'status');
    expect(algorithms[2].keys[0]).toMatchObject({
      state: 'pending',
      phases: [{ state: 'pending' }, { state: 'active' }, { state: 'retiring' }],
    });
    expect(algorithms[2].steps[0]).toMatchObject({ kind: 'activate', kid: algorithms[2].keys[0].kid });
    expect(cookieKeyRenewsAt > at).toBe(true);
  });

  it('status says how many clients have seen the next key, and which have not', async () => {
    const line = await createCommandLine();
    await line.does('key', 'rotate', 'RS256');
    expect(await line.does('key', 'status')).toContain('  no client in use has to fetch it\n');
    await line.does('client', 'add', 'wiki', '--redirect-uri', 'https://w.example/cb');
    const { algorithms } = await line.tells('key', 'status');
    expect(algorithms[0].readiness).toMatchObject({
      total: 0,
      idle: 1,
      clients: [{ clientId: 'wiki', state: 'idle' }],
    });
    expect(algorithms[1]).not.toHaveProperty('readiness');
  });

  it('export gives what is published as PEM, JWK and the map of both, and nothing private', async () => {
    const line = await createCommandLine();
    const { items } = await line.tells('key', 'list');
    const [{ kid }] = items;
    const pem = await line.does('key', 'export', kid);
    const jwk = JSON.parse(await line.does('key', 'export', '--format', 'jwk', kid));
    expect(createPublicKey(pem).export({ format: 'jwk' })).toEqual({ kty: jwk.kty, n: jwk.n, e: jwk.e });
    const map = JSON.parse(await line.does('key', 'export', '--format', 'pem-map'));
    expect(Object.keys(map).toSorted()).toEqual(items.map((key: Key) => key.kid).toSorted());
    expect(map[kid]).toBe(pem);
    expect(await line.tells('key', 'export')).toEqual(map);
    const set = JSON.parse(await line.does('key', 'export', '--format', 'jwk'));
    expect(set.keys).toContainEqual(jwk);
    expect(JSON.stringify([map, set])).not.toMatch(/PRIVATE|"(d|p|q|dp|dq|qi)":/);
    expect((await line.does('key', 'export')).match(/BEGIN PUBLIC KEY/g)).toHaveLength(4);

    await line.does('key', 'revoke', '--now', kid);
    expect(await line.run(['key', 'export', kid])).toMatchObject({ status: 1, out: '' });
    expect(await line.run(['key', 'export', '--format', 'der'])).toMatchObject({ status: 64, out: '' });
  });

  it('J06 a running server follows within seconds', async () => {
    const { folder, issuer } = await serve();
    const env = { POSTERN_SECRET: goodSecret };
    const ended = await spawnPostern(['key', 'rotate', 'ES256', '--json', '--issuer', issuer, '--data', folder], {
      env,
    }).ended;
    expect(ended).toMatchObject({ status: 0, err: '' });
    const { kid } = JSON.parse(ended.out);
    await expect.poll(async () => (await fetch(`${issuer}/jwks`)).text(), { timeout: 5000 }).toContain(kid);
  }, 30_000);
});

describe('postern key recover', () => {
  const other = 'another-secret-that-seals-nothing-of-anybody-0123456789';

  it('R16 says what is lost and does nothing without its flag, nor while the secret is not lost or a server runs', async () => {
    const line = await createCommandLine();
    await line.does('account', 'add', 'bob');
    const asked = await line.run(['key', 'recover']);
    expect(asked).toMatchObject({ status: 64, out: '' });
    expect(asked.err).toMatch(/everybody is signed out[\s\S]*What stays: people[\s\S]*Nothing was done/);
    const notLost = await line.run(['key', 'recover', '--dangerously-sign-everybody-out']);
    expect(notLost).toMatchObject({ status: 1, out: '', err: expect.stringContaining('nothing is lost') });

    const argv = ['key', 'recover', '--dangerously-sign-everybody-out', '--json'];
    const settings = ['--issuer', line.issuer, '--data', line.folder];
    const env = { POSTERN_SECRET: other };
    const keys = await keysOf(line, 'RS256');
    const done = await spawnPostern([...argv, ...settings], { env }).ended;
    expect(done).toMatchObject({ status: 0, err: '' });
    expect(JSON.parse(done.out)).toEqual({ keys: 4, records: expect.any(Number) });
    const listed = await spawnPostern(['key', 'list', '--json', ...settings], { env }).ended;
    const { items } = JSON.parse(listed.out) as { items: Key[] };
    expect(items.filter(({ state }) => state === 'active')).toHaveLength(4);
    expect(items.find(({ kid }) => kid === keys[0]?.kid)).toMatchObject({ state: 'removed' });
    const accounts = await spawnPostern(['account', 'list', '--json', ...settings], { env }).ended;
    expect(accounts.out).toContain('"bob"');
  }, 60_000);

  it('R09 R16 refuses while a server runs', async () => {
    const { folder, issuer } = await serve();
    const argv = ['key', 'recover', '--dangerously-sign-everybody-out', '--issuer', issuer, '--data', folder];
    const ended = await spawnPostern(argv, { env: { POSTERN_SECRET: other } }).ended;
    expect(ended).toMatchObject({ status: 75, out: '' });
    expect((await fetch(`${issuer}/readyz`)).status).toBe(200);
  }, 30_000);
});
