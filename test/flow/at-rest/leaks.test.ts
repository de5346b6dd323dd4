import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backupFile } from '../../../src/db/backup.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { runManyFlows, type Secrets } from '../../support/many-flows.ts';

import { createWorld, type World } from '../../support/world.ts';

const installationSecret = 'an-installation-secret-to-look-for-0123456789-0123456789';
let folder: string;
let world: World;
let secrets: Secrets;
const log = createLogLines();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-leaks-'));
  world = await createWorld({ mode: 'serve', data: folder, secret: [installationSecret], logStream: log.stream });
  secrets = await runManyFlows(world);
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

/** Every spelling in which a value may lie in a file. */
function spellings(value: string | Buffer): Buffer[] {
  const raw = Buffer.from(value);
  const texts = [
    raw.toString('hex'),
    raw.toString('hex').toUpperCase(),
    raw.toString('base64'),
    raw.toString('base64url'),
  ];
  // Base64 of a value that begins in the middle of a longer text differs at its ends only.
  return [raw, ...texts.map((text) => Buffer.from(text.length > 24 ? text.slice(4, -4) : text))];
}

it('N01 no live value lies in the database, its log, its index or a backup, in any spelling', async () => {
  const copy = join(folder, 'postern.db.backup');
  await backupFile(join(folder, 'postern.db'), copy);
  const files = readdirSync(folder).map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
  expect(files.map((file) => file.name)).toEqual(
    expect.arrayContaining(['postern.db', 'postern.db-wal', 'postern.db-shm']),
  );
  expect(copy).toContain(folder);

  const needles: [string, string | Buffer][] = [...secrets, ['secret of the installation', installationSecret]];
  for (const jwk of (await world.postern.keys.signingSet()).keys) {
    for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
      if (jwk[part] === undefined) continue;
      needles.push(
        [`${jwk.alg} ${part}`, jwk[part]],
        [`${jwk.alg} ${part}, bytes`, Buffer.from(jwk[part], 'base64url')],
      );
    }
  }
  const { cookies, ...singles } = world.postern.dataKeys;
  for (const [purpose, key] of Object.entries(singles)) needles.push([`key ${purpose}`, key.export()]);
  for (const key of cookies.all()) needles.push(['key cookies', key.export()]);
  expect(needles.length).toBeGreaterThan(40);
  const hits = files.flatMap(({ name, bytes }) =>
    needles
      .filter(([, value]) => spellings(value).some((spelling) => bytes.includes(spelling)))
      .map(([what]) => `${name}: ${what}`),
  );
  expect(hits).toEqual([]);
  // The search does find what lies there openly.
  expect(files.some(({ bytes }) => bytes.includes('alice@example.test'))).toBe(true);
});

it('N07 the log at trace holds no live value, no query, no header and nothing that was typed', () => {
  const text = log.text();
  expect(log.lines.length).toBeGreaterThan(50);
  expect([...secrets].filter(([, value]) => text.includes(value)).map(([what]) => what)).toEqual([]);
  expect([...secrets].filter(([, value]) => text.includes(encodeURIComponent(value))).map(([what]) => what)).toEqual(
    [],
  );
  const patterns = [
    /code=/,
    /Basic /,
    /Bearer /,
    /authorization"/i,
    /cookie"/i,
    /_session=/,
    /(state|nonce)-left-open/,
  ];
  expect(log.lines.filter((line) => patterns.some((pattern) => pattern.test(JSON.stringify(line))))).toEqual([]);
  // It did look at those requests.
  expect(text).toContain('"path":"/token"');
  expect(text).toContain('"path":"/userinfo"');
});
