import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modes } from '../../src/base/mode.ts';
import { loadWithOrigins } from '../../src/config/config.ts';
import { schema } from '../../src/config/schema.ts';
import { settingsOf } from '../../src/config/setting.ts';
import { directory, goodSecret, load, otherSecret, variable } from './place.ts';

const serve = { mode: 'serve', env: { POSTERN_ISSUER: 'https://id.example.org', POSTERN_SECRET: goodSecret } } as const;

describe('precedence', () => {
  const yaml = 'port: 4001\n';
  const env = { POSTERN_PORT: '4002' };
  const argv = ['--port', '4003'];

  it.each([
    ['the default', {}, 4400, 'default'],
    ['the file over the default', { yaml }, 4001, 'postern.yaml:1:7'],
    ['the environment over the file', { yaml, env }, 4002, 'POSTERN_PORT'],
    ['a flag over the environment', { yaml, env, argv }, 4003, '--port'],
    ['code over everything', { yaml, env, argv, values: { port: 4004 } }, 4004, 'code'],
  ])('is %s', async (_, { yaml: text, ...sources }: { yaml?: string }, port, origin) => {
    const cwd = directory(text === undefined ? {} : { 'postern.yaml': text });
    const { config, origins } = await loadWithOrigins({ mode: 'dev', env: {}, cwd, ...sources });
    expect(config.port).toBe(port);
    expect(origins.port).toBe(origin);
    expect(config.source).toBe(text === undefined ? undefined : join(cwd, 'postern.yaml'));
  });

  it('takes no value from a variable that is empty', async () => {
    expect((await load({ yaml, env: { POSTERN_PORT: '' } })).port).toBe(4001);
  });
});

describe('defaults', () => {
  it.each(modes)('are all valid in %s', (mode) => {
    const all = settingsOf(schema);
    const value = (key: string): unknown => {
      const setting = all.find((named) => named.key === key)?.setting;
      return setting?.fallback({ mode, value, isSet: () => false });
    };
    for (const { key, setting } of all) {
      if (mode === 'serve' && key === 'issuer') continue;
      const fallback = value(key);
      if (fallback !== undefined) expect(setting.type.safeParse(fallback).error, key).toBeUndefined();
    }
  });

  it('of dev: loopback, its own port and database, cheap hashes, no throttle', async () => {
    const cwd = directory();
    const config = await load({ cwd });
    expect(config).toMatchObject({
      mode: 'dev',
      issuer: 'http://localhost:4400',
      host: ['127.0.0.1', '::1'],
      memory: false,
      strictClients: false,
      secret: [],
      warnings: [],
      passwords: { memoryKib: 1024, iterations: 1 },
      throttle: { enabled: false },
    });
    expect(config.database).toEqual({ url: undefined, file: join(cwd, '.postern', 'dev.db') });
  });

  it('of testing: a free port, memory, the cheapest hashes', async () => {
    expect(await load({ mode: 'testing' })).toMatchObject({
      port: 0,
      memory: true,
      passwords: { memoryKib: 8, iterations: 1 },
    });
    const env = { POSTERN_DATABASE_URL: 'postgres://localhost/x', POSTERN_SECRET: goodSecret };
    expect(await load({ mode: 'testing', env })).toMatchObject({
      memory: false,
    });
    expect(await load({ mode: 'testing', argv: ['--database-file', 'x.db'] })).toMatchObject({ memory: false });
  });

  it('of serve: OWASP hashes, throttle, strict clients, all limits of the HTTP server', async () => {
    const cwd = directory();
    const config = await load({ ...serve, cwd });
    expect(config).toMatchObject({
      host: ['0.0.0.0'],
      port: 4400,
      strictClients: true,
      secret: [goodSecret],
      passwords: {
        memoryKib: 19_456,
        iterations: 2,
        parallelism: 1,
        queue: 64,
        maxWaitSeconds: 2,
        maxQueuedPerAddress: 4,
      },
      throttle: { enabled: true, authorize: { limit: 600, windowSeconds: 60 } },
      http: { headersTimeoutSeconds: 10, requestTimeoutSeconds: 15, maxConnections: 2000, maxHeaderBytes: 16_384 },
      lifetimes: { codeSeconds: 60, grantSeconds: 2_592_000 },
    });
    expect(config.database.file).toBe(join(cwd, '.postern', 'postern.db'));
  });

  it('follow the settings they depend on', async () => {
    const config = await load({
      argv: ['--port', '5000', '--data', 'elsewhere', '--lifetimes-refresh-token-seconds', '5000000'],
      cwd: '/',
    });
    expect(config.issuer).toBe('http://localhost:5000');
    expect(config.database.file).toBe('/elsewhere/dev.db');
    expect(config.lifetimes.grantSeconds).toBe(5_000_000);
  });
});

describe('values', () => {
  it('are read from text: numbers, booleans, lists', async () => {
    const env = { POSTERN_HTTP_TRUST_PROXY: '10.0.0.0/8, ::1', POSTERN_MEMORY: 'TRUE', POSTERN_PURGE_BATCH: ' 7 ' };
    const config = await load({ env, argv: ['--no-strict-clients', '--host=127.0.0.1', '--host', '::1'] });
    expect(config.http.trustProxy).toEqual(['10.0.0.0/8', '::1']);
    expect(config.memory).toBe(true);
    expect(config.purge.batch).toBe(7);
    expect(config.strictClients).toBe(false);
    expect(config.host).toEqual(['127.0.0.1', '::1']);
  });

  it('may be a list or one text in the file', async () => {
    const config = await load({ yaml: 'host: 127.0.0.1\nhttp:\n  trustProxy: [10.1.0.0/16, "fd00::/8"]\n' });
    expect(config.host).toEqual(['127.0.0.1']);
    expect(config.http.trustProxy).toEqual(['10.1.0.0/16', 'fd00::/8']);
  });

  it.each([
    ['https://ID.Example.org/', 'https://id.example.org'],
    ['https://id.example.org:443', 'https://id.example.org'],
    ['http://localhost:4400/', 'http://localhost:4400'],
  ])('has one spelling of the issuer: %s', async (given, issuer) => {
    expect((await load({ env: { POSTERN_ISSUER: given } })).issuer).toBe(issuer);
  });

  it('of the file include entries, which keep their order and fields', async () => {
    const yaml = [
      'resources: [{ identifier: https://api.example.org, scopes: [read, write], format: jwt, algorithm: ES256 }]',
      'accounts:',
      `  - { username: erin, password: "${variable('ERIN')}", email: erin@example.org, claims: { address: { country: DE } } }`,
      'clients:',
      '  - id: shop',
      `    secret: ${variable('SHOP')}`,
      '    redirectUris: [https://shop.example.org/cb]',
      '    resourceServer: [https://api.example.org]',
    ].join('\n');
    const config = await load({ yaml, env: { ERIN: 'violet stairs by the harbour', SHOP: otherSecret } });
    expect(config.resources[0]).toEqual({
      identifier: 'https://api.example.org',
      scopes: ['read', 'write'],
      format: 'jwt',
      algorithm: 'ES256',
    });
    expect(config.accounts?.[0]).toMatchObject({ username: 'erin', password: 'violet stairs by the harbour' });
    expect(config.clients?.[0]).toMatchObject({ id: 'shop', secret: otherSecret });
  });

  it.each(['', '# nothing\n', 'http:\n'])('are the defaults for a file that says nothing: %j', async (yaml) => {
    expect(await load({ yaml })).toMatchObject({ port: 4400, accounts: undefined, http: { stopSeconds: 10 } });
  });

  it('come from the file that --config or POSTERN_CONFIG names', async () => {
    const cwd = directory({ 'a.yaml': 'port: 1\n', 'b.yaml': 'port: 2\n' });
    expect((await load({ cwd, env: { POSTERN_CONFIG: 'a.yaml' } })).port).toBe(1);
    expect((await load({ cwd, env: { POSTERN_CONFIG: 'a.yaml' }, argv: ['--config', 'b.yaml'] })).port).toBe(2);
    expect((await load({ cwd, file: 'a.yaml', argv: ['--config', 'b.yaml'] })).port).toBe(1);
  });
});

describe('warnings', () => {
  it('name what is allowed and dangerous', async () => {
    const env = { ...serve.env, POSTERN_ISSUER: 'http://id.example.org', POSTERN_THROTTLE_ENABLED: 'false' };
    const config = await load({ mode: 'serve', env, argv: ['--dangerously-allow-http-issuer'] });
    expect(config.warnings).toHaveLength(2);
    expect((await load({ argv: ['--host', '0.0.0.0'] })).warnings).toEqual([
      'dev listens on 0.0.0.0: whoever reaches it can sign in as anybody.',
    ]);
  });
});
