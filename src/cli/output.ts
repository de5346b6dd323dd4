/** output: what commands write, and which exit status an error becomes (sysexits.h). */
import { type ErrorCode, isPosternError } from '../base/errors.ts';

/**
 * Where a command writes: answers to `out`, everything else to `err`. `columns`: how wide the terminal is, if it is one.
 * `drained`: what was written is on its way; who writes much waits for it now and then, so that it does not pile up here.
 */
export type Io = {
  out(text: string): void;
  err(text: string): void;
  readonly columns?: number | undefined;
  drained?(): Promise<void>;
};

export function processIo(): Io {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    // Who read it has enough (`postern account list | head`); what was to be changed has been.
    if (error.code === 'EPIPE') process.exit(brokenPipe);
    throw error;
  });
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    drained: () =>
      new Promise((resolve) => {
        if (process.stdout.writableNeedDrain) process.stdout.once('drain', resolve);
        else setImmediate(resolve);
      }),
  };
}

/** As the shell counts the end by SIGPIPE. */
const brokenPipe = 141;

const exitStatuses: Record<ErrorCode, number> = {
  invalid: 64,
  unauthorized: 77,
  forbidden: 77,
  not_found: 1,
  conflict: 1,
  rate_limited: 75,
  unavailable: 75,
  internal: 70,
};

/** The error's own exit status, else the one of its code; 70 for anything that was not thrown on purpose. */
export function exitStatusOf(error: unknown): number {
  return isPosternError(error) ? (error.exitStatus ?? exitStatuses[error.code]) : exitStatuses.internal;
}

/** `--help` or `-h` anywhere after a command. */
export const asksForHelp = (argv: readonly string[]): boolean =>
  argv.some((argument) => argument === '--help' || argument === '-h');

/** Tells a person at the terminal what went wrong, every problem on a line of its own. Returns the exit status. */
export function printError(io: Io, error: unknown): number {
  if (isPosternError(error)) {
    const problems = error.fields.map(({ path, message }) => `  ${printable(`${path} ${message}`.trim())}\n`);
    io.err(`postern: ${printable(error.message)}\n${problems.join('')}`);
  } else {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.err(`postern: This is a fault of Postern, not yours. Please report it.\n${printable(stack, '\n')}\n`);
  }
  return exitStatusOf(error);
}

export function printWarnings(io: Io, warnings: readonly string[]): void {
  for (const warning of warnings) io.err(`warning: ${printable(warning)}\n`);
}

export function printJson(io: Io, value: unknown): void {
  io.out(`${jsonText(value, 2)}\n`);
}

/** JSON without any character that could steer a terminal or end a line: they are escaped, so the value is the same. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(/[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu, escaped);

/** Stored text must not move the cursor, recolour the terminal or turn the direction of what follows. */
export function printable(text: string, allowed = ''): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (character) =>
    allowed.includes(character) ? character : escaped(character),
  );
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
