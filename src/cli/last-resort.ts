import type { Log } from '../base/log.ts';

type LastResortOptions = {
  log: Log;
  /** Lets answers in flight finish and closes the store. */
  stop: () => Promise<unknown>;
  exit: (status: number) => void;
  /** How long `stop` may take. */
  seconds?: number;
  /** Where the errors come from; the process unless a test brings its own. */
  source?: Pick<NodeJS.EventEmitter, 'on' | 'removeListener'>;
};

/**
 * For errors that nobody caught: logs them whole, drains, exits with 1 so that a supervisor starts anew (security.md O14).
 * Goes on to exit when the drain fails or takes longer than `seconds`. Returns the function that takes it off again.
 */
export function installLastResort({ log, stop, exit, seconds = 10, source = process }: LastResortOptions): () => void {
  let leaving = false;
  const onError = (error: unknown): void => {
    log.fatal({ error }, 'an error that nobody caught; stopping');
    if (leaving) return;
    leaving = true;
    const deadline = setTimeout(() => exit(1), seconds * 1000);
    stopSafely().finally(() => {
      clearTimeout(deadline);
      exit(1);
    });
  };
  source.on('uncaughtException', onError);
  source.on('unhandledRejection', onError);
  return () => {
    source.removeListener('uncaughtException', onError);
    source.removeListener('unhandledRejection', onError);
  };

  async function stopSafely(): Promise<void> {
    try {
      await stop();
    } catch (error) {
      log.fatal({ error }, 'could not stop in order');
    }
  }
}
