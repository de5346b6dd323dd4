import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { apiScopes } from '../../src/domain/api-keys/api-keys.ts';
import { attributeTypes } from '../../src/domain/attributes/attributes.ts';
import { clientKinds } from '../../src/domain/clients/clients.ts';

async function cli(...argv: string[]) {
  const said: Record<'out' | 'err', string[]> = { out: [], err: [] };
  const io = { out: (text: string) => void said.out.push(text), err: (text: string) => void said.err.push(text) };
  return { status: await run(argv, io), out: said.out.join(''), err: said.err.join('') };
}

const nouns = ['account', 'group', 'attribute', 'client', 'session', 'delivery', 'audit', 'api-key', 'key'];
const commands = [
  'dev',
  'serve',
  'migrate',
  'plan',
  'apply',
  'export',
  'backup',
  'restore',
  'receive',
  'config',
  ...nouns,
];

describe('help', () => {
  it('lists every command, and every verb has a page of its own', async () => {
    const { out } = await cli('help');
    const listed = [...out.matchAll(/^ {2}postern (\S+) +(.+)$/gm)].map(([, name = '', text = '']) => ({ name, text }));
    expect(listed.map(({ name }) => name)).toEqual(commands);
    for (const { name, text } of listed.filter(({ name }) => nouns.includes(name))) {
      const verbs = text.split(', ');
      const all = await cli(name, '--help');
      for (const verb of verbs) {
        expect(all.out).toContain(`  postern ${name} ${verb}`);
        const { status, out: page, err } = await cli(name, ...verb.split(' '), '--help');
        expect({ status, err }).toEqual({ status: 0, err: '' });
        expect(page).toMatch(new RegExp(`^postern ${name} ${verb} .*\\[flags\\]\\n\\n[A-Z].*\\.\\n`));
      }
    }
  });

  it.each([...commands, 'config check', 'client secret add'])(
    'postern %s --help, -h and help: usage, exit 0, and nothing is started',
    async (command) => {
      const words = command.split(' ');
      const pages = [await cli(...words, '--help'), await cli(...words, '-h')];
      if (words.length === 1) pages.push(await cli('help', ...words));
      for (const { status, out, err } of pages) {
        expect({ status, err }).toEqual({ status: 0, err: '' });
        expect(out).toContain(`postern ${words[0]}`);
      }
    },
  );

  it('fits a terminal of 132 columns', async () => {
    for (const name of nouns) {
      const { out } = await cli('help', name);
      for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(132);
    }
  });

  it('names what the rooms know', async () => {
    const keys = (await cli('api-key', 'add', '--help')).out;
    for (const scope of apiScopes) expect(keys).toContain(scope.split(':')[0]);
    const clients = (await cli('client', 'add', '--help')).out;
    for (const kind of clientKinds) expect(clients).toContain(kind);
    const attributes = (await cli('attribute', 'add', '--help')).out;
    for (const type of attributeTypes) expect(attributes).toContain(type);
  });
});

describe('what does not exist', () => {
  it.each([...nouns, 'config'])('postern %s alone or with an unknown verb: exit 64', async (command) => {
    const expected = { status: 64, out: '', err: expect.stringContaining(`postern ${command}`) };
    expect(await cli(command)).toMatchObject(expected);
    expect(await cli(command, 'ad')).toMatchObject({ status: 64, out: '' });
  });

  it('says what was probably meant, and never repeats what may be a secret', async () => {
    expect((await cli('acount', 'list')).err).toBe(
      'postern: There is no command acount. Did you mean account? See: postern help\n',
    );
    expect((await cli('account', 'lst')).err).toBe(
      'postern: There is no command account lst. Did you mean list? See: postern account --help\n',
    );
    expect((await cli('client', 'secret', 'ad')).err).toContain('Did you mean secret add?');
    expect((await cli('account', 'Hunter2!')).err).not.toContain('Hunter2');
    expect(await cli('account', 'constructor')).toMatchObject({ status: 64 });
    expect(await cli('constructor')).toMatchObject({ status: 64 });
  });
});

describe('a database in memory', () => {
  it.each([
    [['account', 'add', 'erin', '--mode', 'testing']],
    [['account', 'unlock', 'erin', '--mode', 'dev', '--memory']],
    [['client', 'add', 'app', '--mode', 'dev', '--memory']],
    [['audit', 'tail', '--follow', '--mode', 'dev', '--memory']],
  ])('%j is refused: it would be gone at once', async (argv) => {
    expect(await cli(...argv)).toMatchObject({ status: 64, out: '', err: expect.stringContaining('in memory') });
  });
});
