/** kill -9 during sign-outs: what was promised is kept after the restart, counted at the apps themselves (R01, R28). */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createNodePlace, type Kind } from '../../support/node-place.ts';
import type { SignOutPlan } from '../../support/sign-out-node.ts';
import { spawnNode, until } from '../../support/spawned.ts';
import { sidOf } from '../../support/used-sessions.ts';

const program = fileURLToPath(new URL('../../support/sign-out-node.ts', import.meta.url));
const [signOuts, kills] = [1000, 3];

/** One issuer that is killed and started again; two apps that stay up, one of them moody. */
async function place(kind: Kind, count: number) {
  const { argvOf, env, told } = await createNodePlace(kind);
  const [reliable, moody] = [await told('reliable'), await told('moody', { mostRefusals: 2 })];
  const uids = Array.from({ length: count }, () => randomBytes(9).toString('base64url'));
  const apps = [reliable, moody].map(({ id, url }) => ({ id, url }));
  const plan = { argv: argvOf(), apps, accountId: 'acc_somebody', uids };

  return {
    ...{ reliable, moody, uids },
    start: (changes: Partial<SignOutPlan> = {}) =>
      spawnNode([program, JSON.stringify({ ...plan, ...changes })], { env }),
  };
}

type Receiver = Awaited<ReturnType<typeof place>>['reliable'];
/** The `sid`s that an app has taken; every token that it was handed is in order. */
const takenBy = ({ received }: Receiver) => {
  const wrong = received.filter(({ ok, problems }) => !ok && problems.some(({ step }) => step !== 'keys'));
  expect(wrong).toEqual([]);
  return new Set(received.filter(({ ok, status }) => ok && status === 200).map(({ sid }) => sid));
};

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  it(`R01 R28 killed ${kills} times during ${signOuts} sign-outs: every notice that was due arrives, none is lost`, async () => {
    const { reliable, moody, uids, start } = await place(kind, signOuts);
    const acknowledged = new Set<string>();
    const note = (out: string) => {
      // The last line may have been cut.
      for (const line of out.split('\n').slice(0, -1)) if (line.startsWith('out ')) acknowledged.add(line.slice(4));
    };
    let running = start({ isFirst: true });
    for (let kill = 0; kill < kills; kill++) {
      await running.saying('ready');
      // Somewhere in this part of the sign-outs; other notices are under way meanwhile.
      const atLeast = 1 + Math.floor((Math.random() * signOuts) / (kills + 1));
      await until(() => running.written.out.split('\n').length > atLeast + 2);
      running.kill('SIGKILL');
      const { out, err } = await running.ended;
      expect(err).toBe('');
      note(out);
      running = start();
    }
    await running.saying('all told');
    note(running.written.out);
    for (const app of [reliable, moody])
      expect([...takenBy(app)].sort(), app.id).toEqual(uids.map((uid) => sidOf(uid, app.id)).sort());
    // Whoever was told that the sign-out is done is among them; a kill after the commit may have swallowed some of the words.
    expect(acknowledged.size).toBeLessThanOrEqual(signOuts);
    expect(acknowledged.size).toBeGreaterThan(signOuts - 8 * kills);
    expect(moody.refused()).toBeGreaterThan(signOuts / 2);
  }, 180_000);
});
