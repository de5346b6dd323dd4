/**
 * A process of its own: signs one session out (argument 1 says in which database, as JSON) and kills itself at that place of
 * it, see killable.ts. Says how many there were when it got through.
 */
import { createSecretKey } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openDatabase } from '../../src/db/open.ts';
import { openSessions } from '../domain/sessions/room.ts';
import { killable } from './killable.ts';

export type DyingSignOut = {
  database: Parameters<typeof openDatabase>[0];
  /** The keys of the records room, base64. */
  idKey: string;
  payloadKey: string;
  uid: string;
  diesAt: number;
};

const plan = JSON.parse(process.argv[2] ?? '{}') as DyingSignOut;
const keyOf = (text: string) => createSecretKey(Buffer.from(text, 'base64'));
const { db, arm, passed } = killable(await openDatabase(plan.database), plan.diesAt);
const { sessions } = openSessions(db, { idKey: keyOf(plan.idKey), payloadKey: keyOf(plan.payloadKey) });
arm();
await sessions.signOut(plan.uid, { reason: 'signed_out', circumstances: { by: { type: 'anonymous' } } });
writeSync(1, `done after ${passed()}\n`);
await db.close();
