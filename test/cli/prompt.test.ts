import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { readPassword } from '../../src/cli/prompt.ts';

const password = 'quiet lantern over the seven seas';

/** Types each part once its prompt is there. */
async function typing(parts: string[]) {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough();
  let shown = '';
  let asked = 0;
  output.on('data', (chunk: Buffer) => {
    shown += String(chunk);
    const prompts = shown.match(/Password:|Once more:/g) ?? [];
    if (new Set(prompts).size > asked) setImmediate((part) => input.write(part), parts[asked++]);
  });
  const outcome = await readPassword(input as unknown as NodeJS.ReadStream, output).catch((error: unknown) => error);
  return { outcome, shown };
}

it('asks twice and shows nothing of the password', async () => {
  const { outcome, shown } = await typing([`${password}\r`, `${password}\r`]);
  expect(outcome).toBe(password);
  expect(shown).not.toContain('quiet');
  expect((await typing([`${password}\r`, 'another\r'])).outcome).toMatchObject({
    message: expect.stringContaining('differ'),
  });
});

it.each([
  ['Ctrl-C', ['\x03']],
  ['Ctrl-D', ['\x04']],
  ['Ctrl-C at the second prompt', [`${password}\r`, '\x03']],
  ['Ctrl-D at the second prompt', [`${password}\r`, '\x04']],
  ['Ctrl-C within the password', ['quiet\x03']],
])('%s: nothing is done, status 130', async (_name, parts) => {
  const { outcome } = await typing(parts);
  expect(outcome).toMatchObject({ name: 'PosternError', message: 'Nothing was done.', exitStatus: 130 });
});
