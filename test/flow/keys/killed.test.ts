/** kill -9 at each step of a change of keys: what the next start finds is what was before or what was to be, and it works. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { openDatabase } from '../../../src/db/open.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { openDataKeys } from '../../../src/domain/data-keys/data-keys.ts';
import { createKeys, signable, signWith, verifyToken } from '../../../src/domain/keys/keys.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { hourly } from '../../support/key-room.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { silently } from '../../support/silent.ts';
import { spawnNode } from '../../support/spawned.ts';
import { createWorld, type World } from '../../support/world.ts';

const script = fileURLToPath(new URL('../../support/killed-change.ts', import.meta.url));
const old = 'the-first-secret-of-this-test-0123456789-0123456789';
const next = 'the-second-secret-of-this-test-0123456789-0123456789';
const algorithms = ['RS256', 'ES256'] as const;

describe.each(['sqlite', 'postgresql'] as const)('killed on the way, over %s', (kind) => {
  let where: string;
  let stored: Parameters<typeof createWorld>[0];
  let world: World;
  let visitor: ReturnType<World['visitor']>;
  let firstCookieKey: string;
  let env: Record<string, string>;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-killed-'));
    const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
    env = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
    where = server?.url ?? join(folder, 'dev.db');
    const database = server ? { url: where } : { file: where };
    stored = { database, data: folder, secret: [old], keys: { algorithms: [...algorithms] } };
    world = await createWorld(stored);
    visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    firstCookieKey = world.postern.dataKeys.cookies.newest().export().toString('hex');
    await world.postern.stop();
    drop = async () => {
      await server?.drop();
      await rm(folder, { recursive: true, force: true });
    };
  });
  afterAll(() => drop?.());

  const open = () =>
    openDatabase(kind === 'postgresql' ? { kind: 'postgresql', url: where } : { kind: 'file', path: where });

  /** As the next start finds it: the states of ES256, for whoever compares; all the rest must be in order. */
  async function lookAt(db: Database, secrets: string[]): Promise<string> {
    const [clock, audit] = [systemClock, createAudit({ clock: systemClock })];
    const dataKeys = await openDataKeys({ db, clock, audit, secrets });
    expect(dataKeys.cookies.all().map((key) => key.export().toString('hex'))).toContain(firstCookieKey);
    const keys = createKeys({ db, clock, audit, sealingKey: dataKeys.keys, algorithms, policyOf: () => hourly });
    const list = await keys.list();
    expect(list.filter(({ isDamaged }) => isDamaged)).toEqual([]);
    for (const algorithm of algorithms) {
      const states = list.filter((key) => key.algorithm === algorithm).map(({ state }) => state);
      expect(states.filter((state) => state === 'active')).toHaveLength(1);
      expect(states.filter((state) => state === 'pending').length).toBeLessThanOrEqual(1);
    }
    const set = await keys.signingSet();
    for (const jwk of set.active.values()) {
      const token = await signWith(signable(jwk), 'JWT', { sub: 'alice' });
      expect(await verifyToken(token, set.keys)).toMatchObject({ claims: { sub: 'alice' } });
    }
    return JSON.stringify([list, dataKeys.cookies.list().length]);
  }

  /** How often it had to be killed until it got through. */
  async function killUntilDone(change: string): Promise<number> {
    const db = await open();
    try {
      let before = await lookAt(db, [old]);
      for (let n = 1; ; n++) {
        const child = spawnNode([script, where, change, String(n), old], { env });
        const { signal, status, out, err } = await child.ended;
        expect(err).toBe('');
        const after = await lookAt(db, [old]);
        if (signal !== 'SIGKILL') {
          expect({ status, out }).toEqual({ status: 0, out: 'done\n' });
          return n - 1;
        }
        // All of it or nothing: the only one that is seen is the one that was killed after its commit.
        if (after !== before) expect(n).toBeGreaterThan(2);
        before = after;
      }
    } finally {
      await db.close();
    }
  }

  const started = async <Result>(secret: string[], work: (postern: Postern) => Promise<Result>): Promise<Result> => {
    const postern = await startPostern({ ...stored, secret, port: world.postern.port, strictClients: true });
    try {
      return await work(postern);
    } finally {
      await postern.stop();
    }
  };

  it.each([
    ['a rotation', 'rotate at once'],
    ['a key that is published', 'publish'],
    ['its turn to sign', 'advance'],
    ['a revocation', 'revoke'],
    ['a new key of cookies', 'cookies'],
  ])(
    'at each step of %s',
    async (_what, change) => {
      expect(await killUntilDone(change)).toBeGreaterThan(4);
      await started([old], async (postern) => {
        const again = { ...world, postern };
        expect(await silently(again, visitor)).toBe('signed in');
        const answer = await again.signIn(visitor, again.authorizeUrl('app2'));
        expect((await again.token('app2', again.codeForm('app2', answer.searchParams.get('code')))).status).toBe(200);
        expect((await fetch(`${world.issuer}/readyz`)).status).toBe(200);
      });
    },
    60_000,
  );

  it('N04 at each step of a change of the secret: the next start takes it up again, and then the old one is needed no more', async () => {
    const db = await open();
    for (let n = 1; ; n++) {
      const child = spawnNode([script, where, 'secret', String(n), next, old], { env });
      const { signal, err } = await child.ended;
      expect(err).toBe('');
      const isChanged = await lookAt(db, [old]).then(
        () => false,
        () => true,
      );
      // One of the two alone opens it: never neither, never a part by each.
      await lookAt(db, isChanged ? [next] : [old]);
      if (signal === 'SIGKILL') continue;
      expect(isChanged).toBe(true);
      expect(n).toBeGreaterThan(4);
      break;
    }
    await db.close();
    await started([next], async (postern) => expect(await silently({ ...world, postern }, visitor)).toBe('signed in'));
    await expect(started([old], async () => undefined)).rejects.toMatchObject({ exitStatus: 78 });
  }, 60_000);
});
