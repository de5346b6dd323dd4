/** What the files of this room share. */
import type { KeyObject } from 'node:crypto';
import type { Algorithm } from '../../base/algorithms.ts';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
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

export const absent = () =>
  new PosternError('not_found', 'There is no key with this kid. See them all: postern key list');
