import type { Progress } from '../app.ts';
import type { Io } from './output.ts';

/** Less than that is over before anybody could read it. */
const worthTelling = 200;

/** Tells on standard error how far a long work is: one line that is written over on a terminal, else a line for each tenth. */
export function createProgress(io: Io, isTerminal: boolean = process.stderr.isTTY === true) {
  const parts = isTerminal ? 100 : 10;
  let told = 0;
  return {
    show({ done, total }: Progress): void {
      if (total < worthTelling || Math.floor((done * parts) / total) <= told) return;
      told = Math.floor((done * parts) / total);
      io.err(
        `${isTerminal ? '\r' : ''}${Math.floor((done * 100) / total)} % of ${total} steps${isTerminal ? '' : '\n'}`,
      );
    },
    /** Leaves the line, so that what follows begins on one of its own. */
    end(): void {
      if (isTerminal && told > 0) io.err('\n');
    },
  };
}
