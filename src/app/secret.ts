/** The secret of an installation: `serve` is given it, `dev` makes one, in memory none outlives the process. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PosternError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/db.ts';
import { hasDataKeys } from '../domain/data-keys/data-keys.ts';
import { writePrivate } from './private-files.ts';

/**
 * The present secret, then earlier ones. What `dev` makes lies beside its database file (over PostgreSQL in the data
 * directory). Throws `invalid` (exit status 78) when that file is gone while the database was sealed with it.
 */
export async function secretsOf(config: Config, db: Database): Promise<readonly string[]> {
  if (config.secret.length > 0) return config.secret;
  if (config.memory) return [newSecret()];
  const file = join(config.database.url === undefined ? dirname(config.database.file) : config.data, 'secret');
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (found !== '') return [found];
  if (await hasDataKeys(db)) {
    const message = `The secret that opens this database is gone from ${file}. Put it back, or delete the database to begin anew.`;
    throw new PosternError('invalid', message, { exitStatus: 78 });
  }
  const secret = newSecret();
  writePrivate(file, `${secret}\n`);
  return [secret];
}

const newSecret = (): string => randomBytes(32).toString('base64url');
