import { describe, expect, it } from 'vitest';
import { configCommand } from '../../src/cli/config.ts';
import { exitStatusOf, printError } from '../../src/cli/output.ts';
import { directory, goodSecret } from '../config/place.ts';

/** Runs the command as the bin does: errors are printed and become the exit status. */
async function run(argv: string[], around: { cwd?: string; env?: Record<string, string> } = {}) {
  const written = { out: '', err: '' };
  const write = (where: 'out' | 'err') => (text: string) => {
    written[where] += text;
  };
  const io = { out: write('out'), err: write('err') };
  const cwd = around.cwd ?? directory();
  const status = await configCommand(argv, io, { env: {}, ...around, cwd }).catch((error: unknown) =>
    printError(io, error),
  );
  return { status, ...written };
}

const serve = { POSTERN_ISSUER: 'https://id.example.org', POSTERN_SECRET: goodSecret };

describe('config check', () => {
  it('R38 reports all problems and exits with 78', async () => {
    expect(await run(['check', '--brand-help-url', 'x'])).toEqual({
      status: 78,
      out: '',
      err: [
        'postern: The configuration has 3 problems.',
        '  --brand-help-url must be an https or mailto URL',
        '  issuer / POSTERN_ISSUER / --issuer is required: the https address that browsers and apps use',
        '  secret / POSTERN_SECRET / --secret-file is required. Make one with: openssl rand -base64 32',
        '',
      ].join('\n'),
    });
  });

  it('says what is right, with warnings beside it', async () => {
    expect(await run(['check'], { env: serve })).toEqual({
      status: 0,
      out: 'The configuration is right for serve (no file).\n',
      err: '',
    });
    const open = await run(['check', '--mode', 'dev', '--host', '0.0.0.0']);
    expect(open).toMatchObject({
      status: 0,
      err: 'warning: dev listens on 0.0.0.0: whoever reaches it can sign in as anybody.\n',
    });
  });
});

describe('config print', () => {
  it('prints YAML, or JSON with origins', async () => {
    expect((await run(['print', '--mode', 'dev'])).out).toContain('port: 4400 # default\n');
    const { out } = await run(['print', '--json'], { env: serve });
    expect(JSON.parse(out)).toMatchObject({
      mode: 'serve',
      source: null,
      values: { secret: '(set)' },
      origins: { secret: 'POSTERN_SECRET' },
    });
    expect(out).not.toContain(goodSecret);
  });
});

it('config reference and schema print what is generated', async () => {
  expect((await run(['reference'])).out).toMatch(/^\| setting \| variable \|/);
  expect((await run(['reference', '--env'])).out).toContain('# POSTERN_PORT=4400');
  expect((await run(['reference', '--flags'])).out).toContain('--port <number>');
  expect(JSON.parse((await run(['schema'])).out)).toMatchObject({ title: 'postern.yaml' });
});

it.each([
  [[], 64, 'postern config check'],
  [['chek'], 64, 'Did you mean check?'],
  [['toString'], 64, 'no such command'],
  [['check', '--mode', 'production'], 64, '--mode must be one of dev, testing, serve.'],
  [['check', '--mode'], 64, '--mode needs a value.'],
  [['print', '--json=yes'], 64, '--json takes no value.'],
  [['schema', 'extra'], 64, 'extra is one argument too many.'],
  [['--help'], 0, ''],
])('usage %j ends with %i', async (argv, status, text) => {
  const ended = await run(argv);
  expect(ended.status).toBe(status);
  expect(ended.err).toContain(text);
});

it('an error that nobody meant to throw is 70', () => {
  expect(exitStatusOf(new Error('x'))).toBe(70);
});
