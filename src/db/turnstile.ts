import type { Batch } from './batch.ts';
import { translateSqliteError } from './sqlite-errors.ts';

/** Something that waits for the writing handle: a statement for the batch, or (exclusive) a transaction. */
type Waiting = { exclusive: boolean; start: () => void; fail: (error: unknown) => void };

export const lockRetryMilliseconds = 10;

/**
 * Lets one owner at a time at the writing handle: the shared batch, or one transaction. Who has to wait does so in order,
 * for at most `patienceMilliseconds`; then it fails with `unavailable`.
 */
export function createTurnstile({ batch, patienceMilliseconds }: { batch: Batch; patienceMilliseconds: number }) {
  const queue: Waiting[] = [];
  let taken = false;

  const wait = <Result>(exclusive: boolean, start: () => Result): Promise<Result> =>
    enqueue(queue, patienceMilliseconds, exclusive, start);

  function release(): void {
    taken = false;
    for (let next = queue[0]; next !== undefined && !taken; next = queue[0]) {
      if (next.exclusive) {
        batch.settle();
        taken = true;
      } else if (!openFor(batch, next)) {
        if (queue[0] !== next) continue;
        void waitForLock();
        return;
      }
      queue.shift();
      next.start();
    }
  }

  /** Another process holds the write lock: everything that writes queues here and tries again, without blocking. */
  async function waitForLock(): Promise<void> {
    taken = true;
    while (queue.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, lockRetryMilliseconds));
      if (queue[0]?.exclusive || (queue[0] && openFor(batch, queue[0]))) break;
    }
    release();
  }

  return {
    isTaken: () => taken,
    wait,
    release,

    /** Runs a writing statement in the batch: now, or when its turn comes. */
    write<Result>(start: () => Result): Result | Promise<Result> {
      if (taken) return wait(false, start);
      if (batch.open()) return start();
      const result = wait(false, start);
      void waitForLock();
      return result;
    },

    /** Takes the handle for a transaction; the batch is committed first. */
    async acquire(): Promise<void> {
      if (taken) return wait(true, () => undefined);
      batch.settle();
      taken = true;
    },
  };
}

/** False when the waiting one has to go on waiting, or can never start: then it has failed and left the queue. */
function openFor(batch: Batch, next: Waiting): boolean {
  try {
    return batch.open();
  } catch (error) {
    next.fail(error);
    return false;
  }
}

function enqueue<Result>(queue: Waiting[], patience: number, exclusive: boolean, start: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      clearTimeout(timer);
      const place = queue.indexOf(waiting);
      if (place >= 0) queue.splice(place, 1);
      reject(error);
    };
    const waiting: Waiting = {
      exclusive,
      fail,
      start: () => {
        clearTimeout(timer);
        try {
          resolve(start());
        } catch (error) {
          reject(translateSqliteError(error));
        }
      },
    };
    const timer = setTimeout(() => fail(translateSqliteError({ code: 'SQLITE_BUSY' })), patience);
    queue.push(waiting);
  });
}
