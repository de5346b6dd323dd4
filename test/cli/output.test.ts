import { expect, it } from 'vitest';
import { PosternError } from '../../src/base/errors.ts';
import { exitStatusOf, printable, printError, printJson } from '../../src/cli/output.ts';

function recorder() {
  const written = { out: '', err: '' };
  const write = (where: 'out' | 'err') => (text: string) => {
    written[where] += text;
  };
  return { io: { out: write('out'), err: write('err') }, written };
}

it.each([
  ['invalid', 64],
  ['not_found', 1],
  ['conflict', 1],
  ['unavailable', 75],
  ['internal', 70],
] as const)('%s exits with %i, unless the error says otherwise', (code, status) => {
  expect(exitStatusOf(new PosternError(code, 'x'))).toBe(status);
  expect(exitStatusOf(new PosternError(code, 'x', { exitStatus: 65 }))).toBe(65);
});

it('JSON is indented and ends with a line break', () => {
  const { io, written } = recorder();
  printJson(io, { a: 1 });
  expect(written.out).toBe('{\n  "a": 1\n}\n');
});

it('stored text cannot steer the terminal', () => {
  expect(printable('a\u001b[31m\u202eb\n')).toBe('a\\u001b[31m\\u202eb\\u000a');
  const { io, written } = recorder();
  printError(
    io,
    new PosternError('invalid', 'bad \u001b[2J', { fields: [{ path: 'a\r', message: '\u001b]0;x\u0007' }] }),
  );
  expect(written.err.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
});

it('an error lists its problems; a fault shows where it happened', () => {
  const { io, written } = recorder();
  expect(printError(io, new PosternError('conflict', 'There is one.', { fields: [{ path: '', message: 'x' }] }))).toBe(
    1,
  );
  expect(written.err).toBe('postern: There is one.\n  x\n');
  expect(printError(io, new TypeError('boom'))).toBe(70);
  expect(written.err).toContain('TypeError: boom\n    at ');
});
