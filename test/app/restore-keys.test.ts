/** A key that was taken out as compromised stays out, whatever backup comes back (security.md J05, N06). */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { restoreBackup } from '../../src/app/restore.ts';
import { loadConfig } from '../../src/config/config.ts';
import { backupFile } from '../../src/db/backup.ts';
import { openDatabase } from '../../src/db/open.ts';
import type { Algorithm } from '../../src/domain/keys/keys.ts';
import { type Postern, startPostern } from '../../src/testing/testing.ts';
import { fetchKeySet, kidOf, kidsOf } from '../support/key-set.ts';
import { temporaryFolder } from '../support/spawned.ts';
import { createWorld, type World } from '../support/world.ts';

const by = { by: { type: 'operator' }, reason: 'leaked' } as const;
const secret = ['a-secret-of-this-test-alone-0123456789-0123456789'];

const activeKid = async ({ keys }: Postern, algorithm: Algorithm) =>
  (await keys.signingSet()).active.get(algorithm)?.kid ?? '';

async function signedIn(world: World) {
  const browser = world.visitor();
  const answer = await world.signIn(browser, world.authorizeUrl('app'));
  const { body } = await world.token('app', world.codeForm('app', answer.searchParams.get('code')));
  return { browser, idToken: String(body.id_token) };
}

it.each([
  ['without its sessions', false],
  ['with the sessions that live in both', true],
])(
  'J05 N06 what was revoked since the backup is revoked after its restore %s, and something else signs',
  async (_how, keepSessions) => {
    const folder = temporaryFolder();
    const before = await createWorld({ mode: 'serve', data: folder, secret });
    const { postern } = before;
    // In the backup: a key that signs, one that waits beside one that signs, and one that has nothing to fear.
    const { idToken } = await signedIn(before);
    const leaked = await activeKid(postern, 'RS256');
    const signing = await activeKid(postern, 'ES256');
    const { kid: waiting } = await postern.keys.rotate('ES256', by);
    const { kid: leakedToo } = await postern.keys.rotate('EdDSA', by);
    const untouched = await activeKid(postern, 'PS256');
    await postern.db.flush();
    const file = join(folder, 'copy.db');
    await backupFile(join(folder, 'postern.db'), file);
    for (const kid of [leaked, signing, leakedToo]) await postern.keys.revoke(kid, by);
    await before.stop();

    const values = { data: folder, issuer: before.issuer, secret };
    const config = await loadConfig({ mode: 'serve', env: {}, file: false, values });
    await restoreBackup(config, { file, keepSessions });
    const db = await openDatabase({ kind: 'file', path: config.database.file });
    const rows = await db.all<{ kid: string; state: string; sealed_jwk: Buffer }>(
      'SELECT kid, state, sealed_jwk FROM keys',
    );
    await db.close();
    const gone = rows.filter(({ state }) => state === 'removed');
    expect(gone.map(({ kid }) => kid).toSorted()).toEqual([leaked, signing, leakedToo].toSorted());
    expect(gone.map(({ sealed_jwk }) => sealed_jwk.length)).toEqual([0, 0, 0]);

    const again = await startPostern({ mode: 'serve', data: folder, secret, port: postern.port });
    onTestFinished(again.stop);
    const world = { ...before, postern: again };
    const set = await fetchKeySet(world.issuer);
    for (const kid of [leaked, signing, leakedToo]) expect(kidsOf(set)).not.toContain(kid);
    for (const kid of [waiting, untouched]) expect(kidsOf(set)).toContain(kid);
    expect(await again.keys.withoutKey()).toEqual([]);
    const fresh = await signedIn(world);
    expect(kidsOf(set)).toContain(kidOf(fresh.idToken));
    const refused = await fresh.browser.request(`/logout?${new URLSearchParams({ id_token_hint: idToken })}`);
    expect(refused.status).toBe(400);
    expect((await again.keys.list()).filter(({ isRevoked }) => isRevoked)).toHaveLength(3);
  },
  60_000,
);
