/** A process that backs a database up so many times in a row: `backups.ts <database> <folder> <count>`. One JSON line each. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { backupFile } from '../../src/db/backup.ts';

const [path = '', folder = '', count = '1'] = process.argv.slice(2);
mkdirSync(folder);
for (let round = 0; round < Number(count); round++) {
  const copy = join(folder, `${round}.db`);
  const began = Date.now();
  await backupFile(path, copy);
  process.stdout.write(`${JSON.stringify({ copy, began })}\n`);
}
