/** kill -9 between any two statements of what spends a code: no token is there whose code can be spent again. */
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { Db } from '../../../src/db/db.ts';
import { openDatabase } from '../../../src/db/open.ts';
import { models } from '../../../src/domain/records/model.ts';
import { createDevApp } from '../../support/dev-app.ts';
import { createNodePlace } from '../../support/node-place.ts';
import { spawnNode } from '../../support/spawned.ts';

const program = fileURLToPath(new URL('../../support/dying-server.ts', import.meta.url));

const countOf = async (db: Db, condition: string) =>
  Number((await db.get<{ n: number }>(`SELECT COUNT(*) AS n FROM records WHERE ${condition}`))?.n);

it.each(['sqlite', 'postgresql'] as const)(
  'R02 over %s: a code without tokens at the worst, never tokens without the code being spent',
  async (kind) => {
    const { argvOf, env, issuer, database } = await createNodePlace(kind, { isShared: true });
    const app = createDevApp(issuer);
    const start = async (diesAt: number) => {
      const node = spawnNode([program, JSON.stringify(argvOf()), String(diesAt)], { env });
      await node.saying('ready');
      return node;
    };
    let node = await start(1);
    const db = await openDatabase(database);
    onTestFinished(() => db.close());
    const state = async () => ({
      spent: await countOf(db, `model = ${models.AuthorizationCode} AND consumed_at IS NOT NULL`),
      tokens: await countOf(db, `model IN (${models.AccessToken}, ${models.RefreshToken})`),
    });

    const seen = new Set<string>();
    for (let at = 1; ; ) {
      const code = await app.authorize();
      const before = await state();
      node.kill('SIGUSR2');
      await node.saying('armed');
      const answer = await app.redeem(code).catch(() => undefined);
      if (answer) {
        expect([answer.status, at > 5]).toEqual([200, true]);
        break;
      }
      expect(await node.ended).toMatchObject({ signal: 'SIGKILL', err: '' });
      const after = await state();
      const isSpent = after.spent > before.spent;
      if (after.tokens > before.tokens) expect(isSpent, `at place ${at}`).toBe(true);
      node = await start(++at);
      // Spent is spent; else the app may try again.
      expect((await app.redeem(code)).status, `at place ${at - 1}`).toBe(isSpent ? 400 : 200);
      seen.add(isSpent ? 'spent' : 'not spent');
    }
    expect(seen).toContain('not spent');
    if (kind === 'postgresql') expect(seen).toContain('spent');
  },
  120_000,
);
