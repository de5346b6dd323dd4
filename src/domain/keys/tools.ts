/** What the files of this room share. */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { parseInput } from '../../base/administered.ts';
import { type Algorithm, algorithms } from '../../base/algorithms.ts';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import { reasonInput } from '../../base/names.ts';
import type { Database } from '../../db/db.ts';
import type { Audit, Circumstances } from '../audit/audit.ts';
import type { PolicyOf } from './life.ts';
import type { Safe } from './safe.ts';

export type KeysDependencies = {
  db: Database;
  clock: Clock;
  audit: Audit;
  sealingKey: KeyObject;
  /** Those that keys are made for. */
  algorithms: readonly Algorithm[];
  policyOf: PolicyOf;
};
export type Tools = KeysDependencies & { safe: Safe };

/** Who asks for a change, and why, for the audit log. */
export type KeyChange = Circumstances & { reason?: string | undefined };

/** What it takes to publish the next key. */
export const keyInput = z.strictObject({
  algorithm: z.enum(algorithms).describe('One of keys.algorithms in the settings.'),
  ...reasonInput.shape,
});

/** The change with its reason as it is kept. Throws `invalid`. */
export const checkedChange = (change: KeyChange): KeyChange => ({
  ...change,
  ...parseInput(reasonInput, { reason: change.reason }, 'Nothing was changed.'),
});

/** The same, and throws `invalid` for an algorithm that no keys are made for. */
export function checkedRotation({ algorithms: made }: Tools, asked: unknown, change: KeyChange): KeyChange {
  const input = { algorithm: asked, reason: change.reason };
  const { algorithm, reason } = parseInput(keyInput, input, 'No key was made.');
  if (made.includes(algorithm)) return { ...change, reason };
  const message = `is none of keys.algorithms (${made.join(', ')}): add it there and start again`;
  throw new PosternError('invalid', `No keys are made for ${algorithm}.`, { fields: [{ path: 'algorithm', message }] });
}

export const absent = () =>
  new PosternError('not_found', 'There is no key with this kid. See them all: postern key list');
