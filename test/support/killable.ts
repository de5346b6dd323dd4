/** A database whose process ends in the middle of its work: by SIGKILL, at a place that is counted. */
import type { Database, Db } from '../../src/db/db.ts';

/**
 * Once armed it counts the places between statements: before every statement, and around a transaction before it begins,
 * before its commit and after it. At the nth of them the process kills itself.
 */
export function killable(db: Database, nth: number) {
  let isArmed = false;
  let passed = 0;

  function place(): void {
    if (!isArmed || ++passed !== nth) return;
    process.kill(process.pid, 'SIGKILL');
    // Nothing more may happen until the signal is there.
    for (;;);
  }

  const counted = <Face extends Db>(face: Face): Face => ({
    ...face,
    get: (sql, values) => {
      place();
      return face.get(sql, values);
    },
    all: (sql, values) => {
      place();
      return face.all(sql, values);
    },
    run: (sql, values) => {
      place();
      return face.run(sql, values);
    },
  });

  const mortal: Database = {
    ...counted(db),
    async transaction(work) {
      place();
      const result = await db.transaction(async (tx) => {
        const made = await work(counted(tx));
        place();
        return made;
      });
      place();
      return result;
    },
  };
  return {
    db: mortal,
    arm: () => {
      isArmed = true;
    },
    disarm: () => {
      isArmed = false;
    },
    /** How many places there were so far. */
    passed: () => passed,
  };
}
