import { closeSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrateToLatest } from '../../src/db/migrate.ts';
import { openDatabase } from '../../src/db/open.ts';
import { temporaryFolder } from '../support/spawned.ts';

const pageBytes = 4096;

/** A closed database with enough rows to fill a hundred pages. */
async function filledFile(): Promise<string> {
  const path = join(temporaryFolder(), 'postern.db');
  const db = await openDatabase({ kind: 'file', path });
  await migrateToLatest(db);
  for (let index = 0; index < 400; index++) {
    const values = [Buffer.alloc(32, index), Buffer.alloc(1000, 7), index];
    await db.run(
      `INSERT INTO records (key, model, payload, expires_at) VALUES (?, 3, ?, ?) ON CONFLICT DO NOTHING`,
      values,
    );
  }
  await db.close();
  return path;
}

function overwrite(path: string, offset: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
}

const damages = {
  'a page is overwritten': (path: string) => overwrite(path, 20 * pageBytes, Buffer.alloc(3 * pageBytes, 0xa5)),
  'the header is zeroed': (path: string) => overwrite(path, 0, Buffer.alloc(100)),
  'the file is cut': (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2 / pageBytes) * pageBytes),
  'it is not a database at all': (path: string) => overwrite(path, 0, Buffer.from('dear diary, '.repeat(1000))),
};

describe('R11 a damaged file is refused with 65 and kept as it is', () => {
  it.each(Object.keys(damages) as (keyof typeof damages)[])('R11 %s', async (name) => {
    const path = await filledFile();
    damages[name](path);
    const before = readFileSync(path);
    const opening = openDatabase({ kind: 'file', path });
    await expect(opening).rejects.toMatchObject({
      code: 'unavailable',
      exitStatus: 65,
      message: expect.stringMatching(/damaged.*backup/),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

it('R11 damage that shows at run time is "unavailable", for reads and writes, and no crash', async () => {
  const path = await filledFile();
  const db = await openDatabase({ kind: 'file', path });
  onTestFinished(() => db.close());
  await db.run('PRAGMA cache_size = 0');
  for (let page = 3; page < Math.floor(statSync(path).size / pageBytes); page++) {
    overwrite(path, page * pageBytes, Buffer.alloc(pageBytes, 0xa5));
  }
  const damaged = { code: 'unavailable', message: expect.stringContaining('damaged') };
  await expect(db.all('SELECT key, payload FROM records WHERE expires_at > 1')).rejects.toMatchObject(damaged);
  await expect(db.run('DELETE FROM records')).rejects.toMatchObject(damaged);
});
