import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPosternError } from '../../src/base/errors.ts';
import { directory, failure, goodSecret, load, problems, variable } from './place.ts';

const serveEnv = { POSTERN_ISSUER: 'https://id.example.org', POSTERN_SECRET: goodSecret };

it('R38 lists an unknown key, a bad URL, an http issuer and a missing secret at once, with exit status 78', async () => {
  const yaml = 'brand:\n  helpUrl: not a url\nhttp:\n  trustProxi: []\nissuer: http://id.example.org\n';
  const error = await failure({ mode: 'serve', yaml });
  expect(error.code).toBe('invalid');
  expect(error.exitStatus).toBe(78);
  expect(error.message).toBe('The configuration has 4 problems.');
  expect(error.fields).toEqual([
    { path: 'postern.yaml:4:3 http.trustProxi', message: 'is not a setting. Did you mean trustProxy?' },
    { path: 'postern.yaml:2:12 brand.helpUrl', message: 'must be an https or mailto URL' },
    {
      path: 'postern.yaml:5:9 issuer',
      message: 'must be https. Only loopback may be http, or --dangerously-allow-http-issuer must be given',
    },
    {
      path: 'secret / POSTERN_SECRET / --secret-file',
      message: 'is required. Make one with: openssl rand -base64 32',
    },
  ]);
});

it('R38 reports what is wrong in every source, even where another one wins', async () => {
  expect(await problems({ yaml: 'port: eighty\n', env: { POSTERN_PORT: 'x' }, argv: ['--port', '-1'] })).toEqual([
    'postern.yaml:1:7 port must be a whole number from 0 to 65535',
    'POSTERN_PORT must be a whole number from 0 to 65535',
    '--port must be a whole number from 0 to 65535',
  ]);
});

it('refuses port 0 where an issuer has to name the port', async () => {
  expect(await problems({ argv: ['--port', '0'] })).toEqual([
    '--port must be a real one: 0 (any free port) is for testing only, as no issuer could name it',
  ]);
});

describe('the file', () => {
  it.each([
    ['port: [', /^postern\.yaml:\d+:\d+ is not valid YAML: /],
    ['port: 1\nport: 2', /^postern\.yaml:2:1 is not valid YAML: /],
    ['a: 1\n---\nb: 2', /is not valid YAML: /],
    ['port: !!js/function "x"', /^postern\.yaml:1:7 /],
    ['just text', /^postern\.yaml:1:1 must be a group of settings/],
    ['- port', /^postern\.yaml:1:1 must be a group of settings/],
    ['http: 12', /^postern\.yaml:1:7 http must be a group of settings: trustProxy/],
    [
      'brand:\n  accent: #fff',
      /^postern\.yaml:2:11 brand\.accent has no value: give it one \(in quotes if it starts with #\)/,
    ],
    ['trustProxy: []', /^postern\.yaml:1:1 trustProxy is not a setting\. Did you mean http\.trustProxy\?$/],
    ['log_level: info', /^postern\.yaml:1:1 log_level is not a setting\. Did you mean logLevel\?$/],
    ['__proto__: 1', /^postern\.yaml:1:1 __proto__ is not a setting$/],
    ['constructor: {}', /^postern\.yaml:1:1 constructor is not a setting$/],
    ['memory: "yes"', /^postern\.yaml:1:9 memory must be true or false$/],
    ['port: 1.5', /^postern\.yaml:1:7 port must be a whole number/],
    ['port: 1e400', /^postern\.yaml:1:7 port must be a whole number/],
    ['logLevel: loud', /^postern\.yaml:1:11 logLevel must be one of silent, fatal/],
    ['brand: { name: 7 }', /^postern\.yaml:1:16 brand\.name must be text$/],
    ['brand: { accent: "blue" }', /brand\.accent must be a colour/],
    [
      'resources: [{ identifier: api, scopes: [] }]',
      /^postern\.yaml:1:27 resources\[0\]\.identifier must be an absolute URI/,
    ],
    ['resources: [{ scopes: [] }]', /^postern\.yaml:1:13 resources\[0\]\.identifier must be text$/],
    ['resources: [{ identifier: "urn:x:y", scopes: ["a b"] }]', /resources\[0\]\.scopes\[0\] must be one scope/],
    [
      'resources: [{ identifier: "urn:x:y", scopes: [], audiense: x }]',
      /:50 resources\[0\]\.audiense is not known\. Did you mean audience\?$/,
    ],
    [
      'resources: [{ identifier: "urn:x:y", scopes: [], algorithm: ES256 }]',
      /resources\[0\]\.algorithm is for format jwt only$/,
    ],
    [
      'resources: [{ identifier: "urn:x:y", scopes: [openid] }]',
      /resources\[0\]\.scopes\[0\] openid belongs to OpenID Connect$/,
    ],
    [
      'accounts: [{ username: a, claims: { adress: {} } }]',
      /accounts\[0\]\.claims\.adress is not known\. Did you mean address\?$/,
    ],
    ['accounts: [{ username: A }, { username: a }]', /^postern\.yaml:1:41 accounts\[1\]\.username is there twice$/],
    [
      `accounts: [{ username: a, password: "${variable('NOPE')}" }]`,
      /accounts\[0\]\.password refers to the variable NOPE, which is not set$/,
    ],
    ['secret: "(set)"', /^postern\.yaml:1:9 secret is what `config print` shows/],
    ['clients: [{ id: "a:b" }]', /clients\[0\]\.id must be printable ASCII/],
    ['clients: [{ id: a }, { id: a }]', /clients\[1\]\.id is there twice$/],
    ['clients: {}', /^postern\.yaml:1:10 clients must be a list$/],
  ])('%j is refused with its place', async (yaml, expected) => {
    const found = await problems({ yaml });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  it('is refused when it was named and is not there, too large, too deep or a directory', async () => {
    expect(await problems({ argv: ['--config', 'missing.yaml'] })).toEqual([
      'missing.yaml cannot be read: there is no such file',
    ]);
    const cwd = directory({ 'large.yaml': `# ${'x'.repeat(16_777_216)}`, 'deep.yaml': `a: ${'['.repeat(20_000)}` });
    mkdirSync(join(cwd, 'folder.yaml'));
    expect(await problems({ cwd, file: 'large.yaml' })).toEqual(['large.yaml is larger than 16777216 bytes']);
    expect((await problems({ cwd, file: 'deep.yaml' }))[0]).toMatch(/^deep\.yaml(:\d+:\d+)? is not valid YAML: /);
    expect((await problems({ cwd, file: 'folder.yaml' }))[0]).toMatch(/^folder\.yaml cannot be read: /);
  });

  it('cannot grow in memory by aliases', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`,
    );
    expect(await problems({ yaml: `a0: &a0 [x]\n${levels.join('\n')}\n` })).toEqual([
      'postern.yaml uses anchors (*name) too often: write the values out',
    ]);
  });

  it('never makes anything but a PosternError, whatever is in it', async () => {
    const cwd = directory();
    const words = fc.constantFrom(
      'port',
      'http',
      ':',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      '{',
      '}',
      '&a',
      '*a',
      '!!binary',
      '"',
      '#',
      'clients',
      '\t',
      '\u0000',
      '|',
      variable('X'),
      '<<',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(words, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 30 }),
        async (parts) => {
          writeFileSync(join(cwd, 'postern.yaml'), parts.join(''));
          const outcome = await load({ cwd }).catch((error: unknown) => error);
          if (outcome instanceof Error) expect(isPosternError(outcome) && outcome.exitStatus).toBe(78);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the environment', () => {
  it('refuses unknown variables and says what they may have been', async () => {
    expect(
      await problems({ env: { POSTERN_ISUER: 'x', POSTERN_PORT_4400_TCP: 'tcp://10.0.0.1:4400', PORT: '1' } }),
    ).toEqual([
      'POSTERN_ISUER is not a setting. Did you mean POSTERN_ISSUER?',
      'POSTERN_PORT_4400_TCP is not a setting. Kubernetes adds it for a Service called postern: set enableServiceLinks: false in the pod',
    ]);
  });

  it('knows variables that the file refers to', async () => {
    const yaml = `accounts: [{ username: a, password: "${variable('POSTERN_PASSWORD_OF_A')}" }]`;
    expect((await load({ yaml, env: { POSTERN_PASSWORD_OF_A: 'x' } })).accounts?.[0]?.password).toBe('x');
  });
});

describe('flags', () => {
  it.each([
    [
      ['--prot', '1'],
      ['--prot is not a flag. Did you mean --port?', 'arguments hold something that is not a flag'],
    ],
    [['--trust-proxy=10.0.0.1'], ['--trust-proxy is not a flag. Did you mean --http-trust-proxy?']],
    [['--port'], ['--port needs a value']],
    [['--port', '--memory'], ['--port needs a value']],
    [['--port='], ['--port needs a value']],
    [['--port', '1', '--port', '2'], ['--port is given more than once']],
    [['--memory=perhaps'], ['--memory must be true or false']],
    [['--no-memory=true'], ['--no-memory takes no value']],
    [['--no-port'], ['--no-port is not a flag: --port is not a switch']],
    [['hunter2 hunter2'], ['arguments hold something that is not a flag']],
    [
      ['--resources', 'x'],
      ['--resources is not a flag', 'arguments hold something'],
    ],
  ])('%j is refused', async (argv, expected) => {
    const found = await problems({ argv });
    expect(found).toHaveLength(expected.length);
    expected.forEach((text, index) => void expect(found[index]).toContain(text));
    expect(found.join()).not.toContain('hunter2');
  });
});

describe('the issuer', () => {
  it.each([
    'postern.example.net',
    'ftp://id.example.org',
    'https://id.example.org/path',
    'https://id.example.org/?',
    'https://id.example.org/#',
    'https://me@id.example.org',
    'https://me:pw@id.example.org',
    'javascript:alert(1)',
  ])('%s is refused without repeating it', async (issuer) => {
    const found = await problems({ env: { POSTERN_ISSUER: issuer } });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^POSTERN_ISSUER must/);
    expect(found[0]).not.toContain(issuer);
  });

  it.each([
    ['http://localhost:4400', true],
    ['http://127.0.0.1:4400', true],
    ['http://[::1]:4400', true],
    ['http://postern.localhost', true],
    ['http://127.example.org', false],
    ['http://localhost.example.org', false],
    ['http://192.168.1.5', false],
  ])('%s in serve: %s', async (issuer, isAllowed) => {
    const options = { mode: 'serve', env: { ...serveEnv, POSTERN_ISSUER: issuer } } as const;
    if (isAllowed) expect((await load(options)).issuer).toBe(issuer);
    else expect(await problems(options)).toHaveLength(1);
    expect((await load({ ...options, argv: ['--dangerously-allow-http-issuer'] })).issuer).toBe(issuer);
  });
});

describe('serve', () => {
  it.each([
    [['--memory'], '--memory is not possible in serve'],
    [['--shared-database'], '--shared-database is not possible in serve: several servers need PostgreSQL'],
    [['--no-strict-clients'], '--no-strict-clients cannot be turned off in serve'],
    [['--passwords-memory-kib', '19455'], 'is too weak for serve'],
    [['--passwords-iterations', '1'], 'is too weak for serve'],
  ])('refuses %j', async (argv, expected) => {
    const found = await problems({ mode: 'serve', env: serveEnv, argv });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected.replace('--no-', '--'));
  });

  it.each([
    ['47104', '1'],
    ['12288', '3'],
    ['7168', '5'],
  ])('accepts the equally strong %s KiB with %s passes', async (memory, passes) => {
    const argv = ['--passwords-memory-kib', memory, '--passwords-iterations', passes];
    expect((await load({ mode: 'serve', env: serveEnv, argv })).passwords.memoryKib).toBe(Number(memory));
  });
});

describe('settings that contradict each other', () => {
  it.each([
    [['--lifetimes-session-idle-seconds', '9999999'], 'lifetimes.sessionSeconds'],
    [['--lifetimes-grant-seconds', '60'], 'lifetimes.grantSeconds'],
    [['--memory', '--shared-database'], 'in memory'],
    [['--passwords-memory-kib', '8', '--passwords-parallelism', '2'], '8 KiB'],
    [['--http-trust-proxy', '0.0.0.0/0'], 'every address'],
    [['--http-trust-proxy', '10.0.0.0/33'], 'beyond 32'],
    [['--http-trust-proxy', 'proxy'], 'IP address'],
    [['--http-trust-proxy', '::/129'], 'beyond 128'],
    [['--outbound-allow', '*.internal'], 'must be a host name, an IP address or a network'],
    [['--outbound-allow', 'app.internal:0'], 'must be a host name, an IP address or a network'],
    [['--outbound-allow', 'http://app.internal'], 'must be a host name, an IP address or a network'],
    [['--outbound-allow', '0.0.0.0/0'], 'every address'],
    [['--outbound-allow', '10.0.0.0/33'], 'beyond 32'],
  ])('%j', async (argv, expected) => {
    const found = await problems({ argv });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('testing over PostgreSQL without the secret that opens it the next time', async () => {
    const env = { POSTERN_DATABASE_URL: 'postgres://localhost/postern' };
    expect(await problems({ mode: 'testing', env })).toEqual([
      'secret / POSTERN_SECRET / --secret-file is required in testing over PostgreSQL: only it opens that database again',
    ]);
    const config = await load({ mode: 'testing', env: { ...env, POSTERN_SECRET: goodSecret } });
    expect(config.secret).toEqual([goodSecret]);
  });

  it('two databases', async () => {
    const env = { POSTERN_DATABASE_URL: 'postgres://localhost/postern' };
    expect(await problems({ env, argv: ['--database-file', 'x.db'] })).toEqual([
      '--database-file is set beside database.url: keep one',
    ]);
    expect(await problems({ env, argv: ['--memory'] })).toEqual(['--memory is set beside database.url: keep one']);
  });
});
