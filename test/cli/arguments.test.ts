import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/cli/arguments.ts';

const flags = {
  name: { value: 'full name', help: '', clears: true },
  scope: { value: 'scopes', help: '' },
  group: { value: 'a,b', help: '', many: 'list', clears: true },
  claim: { value: 'name=value', help: '', many: 'each' },
  follow: { help: '' },
  disabled: { help: '', negates: true },
} as const;
const takes = { words: ['<username>', '[<id>]'], flags };
const read = (...argv: string[]) => readArguments(argv, takes, 'postern x <username>');

function problemsOf(...argv: string[]) {
  try {
    read(...argv);
  } catch (error) {
    return error as { message: string; exitStatus: number; fields: { path: string; message: string }[] };
  }
  throw new Error('It was taken.');
}

describe('arguments', () => {
  it('words, flags of its own and flags of settings, in any order', () => {
    const given = read('--data', 'folder', 'bob', '--name', 'Bob B', '--memory', '--scope=a b', '--no-memory', 'two');
    expect(given).toEqual({
      words: ['bob', 'two'],
      given: { name: 'Bob B', scope: 'a b' },
      settings: ['--data', 'folder', '--memory', '--no-memory'],
    });
    expect(read('--', '--name', '--data')).toEqual({ words: ['--name', '--data'], given: {}, settings: [] });
  });

  it('a flag may be a list, come several times, be a switch with an opposite, or be empty', () => {
    const { given } = read('bob', '--group', 'a, b', '--group=c', '--claim', 'x=1,2', '--claim', 'y=', '--no-disabled');
    expect(given).toEqual({ group: ['a', 'b', 'c'], claim: ['x=1,2', 'y='], disabled: false });
    expect(read('bob', '--name=', '--group=').given).toEqual({ name: '', group: [] });
    expect(read('bob', '--name', '', '--follow').given).toEqual({ name: '', follow: true });
  });

  it('a kid that begins with a dash is a word', () => {
    const kid = `-${'a-_9'.repeat(10)}xy`;
    expect(read(kid, '--follow')).toMatchObject({ words: [kid], given: { follow: true } });
    expect(problemsOf(`${kid}z`).fields).toMatchObject([{ path: `${kid}z` }]);
  });

  it('names every problem at once, and what was probably meant', () => {
    const { message, exitStatus, fields } = problemsOf(
      'bob',
      '--folow',
      '--scope',
      '--name',
      'a',
      '--name=b',
      '--isuer=x',
    );
    expect({ message, exitStatus }).toEqual({ message: 'The command is: postern x <username>', exitStatus: 64 });
    expect(fields).toEqual([
      { path: '--folow', message: 'is not a flag. Did you mean --follow?' },
      { path: '--isuer', message: 'is not a flag. Did you mean --issuer?' },
      { path: '--scope', message: 'needs a value: scopes' },
      { path: '--name', message: 'is given more than once' },
    ]);
    expect(problemsOf().fields).toEqual([{ path: '<username>', message: 'is missing' }]);
    expect(problemsOf('bob', '--scope=').fields).toEqual([{ path: '--scope', message: 'needs a value: scopes' }]);
    expect(problemsOf('bob', '--follow=1').fields).toEqual([{ path: '--follow', message: 'takes no value' }]);
    expect(problemsOf('bob', '--no-follow').fields[0]?.path).toBe('--no-follow');
    expect(problemsOf('bob', '-x').fields[0]?.path).toBe('-x');
    expect(problemsOf('bob', '--constructor').fields[0]?.path).toBe('--constructor');
  });

  it('M07 never repeats what may be a password', () => {
    for (const argv of [
      ['bob', '--password', 'hunter2'],
      ['bob', '--password=hunter2'],
      ['bob', 'two', 'hunter2'],
    ]) {
      expect(JSON.stringify(problemsOf(...argv).fields)).not.toContain('hunter2');
    }
    expect(problemsOf('bob', '--password=x').fields).toEqual([
      { path: '--password', message: 'does not exist, because other users can see arguments' },
    ]);
    expect(problemsOf('bob', 'two', 'x', 'y').fields).toEqual([
      { path: 'arguments', message: 'hold 2 words too many' },
    ]);
  });

  it('says where the flag went that was there before', () => {
    expect(problemsOf('--username', 'bob').fields).toEqual([
      { path: '--username', message: 'is not a flag any more: write the value itself after the verb' },
    ]);
  });
});
