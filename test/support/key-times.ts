/** Lets time pass for keys alone, where the clock of the whole house can't be wound. */
import type { Postern } from '../../src/testing/testing.ts';

/** A cookie key of the last seconds would be taken for what somebody else has just asked for. */
export async function ageCookieKeys({ db }: Pick<Postern, 'db'>): Promise<void> {
  await db.run("UPDATE data_keys SET created_at = created_at - 60000 WHERE purpose = 'cookies'");
}
