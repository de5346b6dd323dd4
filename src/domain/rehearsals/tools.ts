/** What the files of this room share. */
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Mode } from '../../base/mode.ts';
import type { Database } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import type { Keys } from '../keys/keys.ts';

export type RehearsalsDependencies = {
  db: Database;
  clock: Clock;
  audit: Audit;
  keys: Keys;
  sealingKey: KeyObject;
  mode: Mode;
};

/** Private keys are sealed for their row (N02). */
export const keysContext = (id: string): string => `rehearsals|${id}|keys`;
