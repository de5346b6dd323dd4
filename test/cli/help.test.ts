import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';

async function cli(...argv: string[]) {
  const said: Record<'out' | 'err', string[]> = { out: [], err: [] };
  const io = { out: (text: string) => void said.out.push(text), err: (text: string) => void said.err.push(text) };
  return { status: await run(argv, io), out: said.out.join(''), err: said.err.join('') };
}

describe('help', () => {
  it.each([
    'dev',
    'serve',
    'migrate',
    'account',
    'client',
    'config',
    'account add',
    'account unlock',
    'client add',
    'config check',
  ])('postern %s --help and -h: usage, exit 0, and nothing is started', async (command) => {
    for (const flag of ['--help', '-h']) {
      const { status, out, err } = await cli(...command.split(' '), flag);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toContain(`postern ${command.split(' ')[0]}`);
    }
  });

  it.each(['account', 'client', 'config'])('postern %s alone or with an unknown verb: exit 64', async (command) => {
    expect(await cli(command)).toMatchObject({
      status: 64,
      out: '',
      err: expect.stringContaining(`postern ${command}`),
    });
    expect(await cli(command, 'ad')).toMatchObject({ status: 64, out: '' });
  });
});

describe('a database in memory', () => {
  it.each([
    [['account', 'add', '--username', 'erin', '--mode', 'testing']],
    [['account', 'unlock', '--username', 'erin', '--mode', 'dev', '--memory']],
    [['client', 'add', '--id', 'app', '--mode', 'dev', '--memory']],
  ])('%j is refused: it would be gone at once', async (argv) => {
    expect(await cli(...argv)).toMatchObject({ status: 64, out: '', err: expect.stringContaining('in memory') });
  });
});
