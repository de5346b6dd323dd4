import { PosternError } from '../base/errors.ts';

const mostBytes = 4096;
const interrupted = 130;

/**
 * A password from the terminal (asked for twice, not shown), or the first line of standard input. Never from arguments:
 * other users of the machine can read those.
 */
export const readPassword = (input?: NodeJS.ReadStream, output?: NodeJS.WritableStream): Promise<string> =>
  readHidden('password', input, output);

/** Like `readPassword`, for whatever must not be seen. */
export async function readHidden(
  what: 'password' | 'secret',
  input: NodeJS.ReadStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<string> {
  if (!input.isTTY) return firstLine(what, input);
  const text = await ask(what === 'password' ? 'Password: ' : 'Secret: ', input, output);
  const again = await ask('Once more: ', input, output);
  if (text !== again) throw new PosternError('invalid', `The two ${what}s differ. Nothing was done.`);
  return text;
}

/** One line that is not shown. Throws with status 130 at Ctrl-C, and at Ctrl-D, where `read` would never settle. */
async function ask(prompt: string, input: NodeJS.ReadStream, output: NodeJS.WritableStream): Promise<string> {
  const { read } = await import('read');
  const givenUp = Promise.withResolvers<never>();
  // The input pauses after an answer too; what `read` has to say about it comes first.
  const onPause = () => setImmediate(() => givenUp.reject(new Error('canceled')));
  input.once('pause', onPause);
  try {
    // A terminal even where `output` is a file: else the password would be shown.
    const answer = read({ silent: true, replace: '•', input, output, terminal: true, prompt });
    return await Promise.race([answer, givenUp.promise]);
  } catch (cause) {
    if (!(cause instanceof Error) || cause.message !== 'canceled') throw cause;
    output.write('\n');
    throw new PosternError('invalid', 'Nothing was done.', { cause, exitStatus: interrupted });
  } finally {
    input.off('pause', onPause);
  }
}

async function firstLine(what: string, input: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > mostBytes) throw new PosternError('invalid', `The ${what} on standard input is too long.`);
    if (text.includes('\n')) break;
  }
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw new PosternError('invalid', `There is no ${what} on standard input.`);
  return line;
}
