import { PosternError } from '../base/errors.ts';

const mostBytes = 4096;

/**
 * A password from the terminal (asked for twice, not shown), or the first line of standard input. Never from arguments:
 * other users of the machine can read those.
 */
export async function readPassword(input: NodeJS.ReadStream = process.stdin): Promise<string> {
  if (!input.isTTY) return firstLine(input);
  const { read } = await import('read');
  const options = { silent: true, replace: '•', output: process.stderr };
  const password = await read({ ...options, prompt: 'Password: ' });
  const again = await read({ ...options, prompt: 'Once more: ' });
  if (password !== again) throw new PosternError('invalid', 'The two passwords differ. Nothing was added.');
  return password;
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > mostBytes) throw new PosternError('invalid', 'The password on standard input is too long.');
    if (text.includes('\n')) break;
  }
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw new PosternError('invalid', 'There is no password on standard input.');
  return line;
}
