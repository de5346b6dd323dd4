import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadWithOrigins } from '../../src/config/config.ts';
import { printedConfig, printedYaml } from '../../src/config/print.ts';
import { directory, failure, goodSecret, load, otherSecret, problems, variable } from './place.ts';

const issuer = { POSTERN_ISSUER: 'https://id.example.org' };

describe('N09 a secret in a file', () => {
  it.each([
    ['POSTERN_SECRET_FILE', { env: { ...issuer, POSTERN_SECRET_FILE: 'secret' } }],
    ['--secret-file', { env: issuer, argv: ['--secret-file', 'secret'] }],
  ])('N09 is read through %s, without its line break', async (_, options) => {
    const cwd = directory({ secret: `${goodSecret}\n` });
    expect((await load({ mode: 'serve', cwd, ...options })).secret).toEqual([goodSecret]);
  });

  it('N09 keeps the environment of the running process free of it', async () => {
    const cwd = directory({ secret: goodSecret });
    const module = new URL('../../src/config/config.ts', import.meta.url).href;
    const script = `const { loadConfig } = await import(${JSON.stringify(module)});
      const { secret } = await loadConfig({ mode: 'serve' });
      process.stdout.write(secret[0].slice(0, 4)); process.stdin.resume();`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd,
      env: { ...issuer, POSTERN_SECRET_FILE: join(cwd, 'secret') },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill());
    const [output] = (await once(child.stdout, 'data')) as [Buffer];
    expect(output.toString()).toBe(goodSecret.slice(0, 4));
    const environment = readFileSync(`/proc/${child.pid}/environ`, 'latin1');
    expect(environment).toContain('POSTERN_SECRET_FILE');
    expect(environment).not.toContain(goodSecret);
  });

  it('N09 may not stand beside the variable, be absent, empty, large or a directory', async () => {
    const cwd = directory({ empty: '\n', large: 'x'.repeat(70_000), secret: goodSecret });
    const tried = (file: string) =>
      problems({ cwd, mode: 'serve', env: { ...issuer, POSTERN_DATABASE_URL_FILE: file, POSTERN_SECRET: goodSecret } });
    expect(await tried('absent')).toEqual([
      'POSTERN_DATABASE_URL_FILE names absent, which cannot be read: there is no such file',
    ]);
    expect(await tried('empty')).toEqual(['POSTERN_DATABASE_URL_FILE names empty, which is an empty file']);
    expect(await tried('large')).toEqual([
      'POSTERN_DATABASE_URL_FILE names large, which cannot be read: it is larger than 65536 bytes',
    ]);
    expect(await tried('.')).toEqual(['POSTERN_DATABASE_URL_FILE names ., which is not a regular file']);
    expect(await problems({ cwd, env: { POSTERN_SECRET: goodSecret, POSTERN_SECRET_FILE: 'secret' } })).toEqual([
      'POSTERN_SECRET is set beside POSTERN_SECRET_FILE: keep one',
    ]);
  });

  it('N09 is the only kind of flag that a secret has', async () => {
    const [problem] = await problems({ argv: [`--secret=${goodSecret}`] });
    expect(problem).toContain('--secret does not exist, because other users can see arguments. Use POSTERN_SECRET,');
    expect(problem).not.toContain(goodSecret);
  });
});

describe('N10 file modes', () => {
  const env = { ...issuer, POSTERN_SECRET_FILE: 'secret' };
  const withMode = (mode: number) => {
    const cwd = directory({ secret: goodSecret });
    chmodSync(join(cwd, 'secret'), mode);
    return cwd;
  };

  it('N10 a secret file that everybody can read is refused in serve, and a warning in dev', async () => {
    const cwd = withMode(0o644);
    const [problem, ...more] = await problems({ mode: 'serve', cwd, env });
    expect(problem).toMatch(
      /^POSTERN_SECRET_FILE names secret, which is open to everybody on this machine \(mode 0644\)/,
    );
    expect(more).toEqual([]);
    expect((await load({ cwd, env })).warnings).toHaveLength(1);
  });

  it('N10 a secret file that its group can read is a warning, one of the owner alone is not', async () => {
    expect((await load({ mode: 'serve', cwd: withMode(0o640), env })).warnings[0]).toMatch(
      /is open to its group \(mode 0640\)/,
    );
    expect((await load({ mode: 'serve', cwd: withMode(0o400), env })).warnings).toEqual([]);
  });

  it('N10 the configuration file counts as secret as soon as it holds one in plain text', async () => {
    const yaml = `issuer: https://id.example.org\nsecret: ${goodSecret}\n`;
    const cwd = directory({
      'postern.yaml': yaml,
      'reference.yaml': yaml.replace(goodSecret, variable('SEALED_WITH')),
    });
    for (const name of ['postern.yaml', 'reference.yaml']) chmodSync(join(cwd, name), 0o644);
    const [problem] = await problems({ mode: 'serve', cwd });
    expect(problem).toMatch(/^postern\.yaml holds secrets and is open to everybody/);
    const referring = await load({ mode: 'serve', cwd, file: 'reference.yaml', env: { SEALED_WITH: goodSecret } });
    expect(referring.secret).toEqual([goodSecret]);
    expect(referring.warnings).toEqual([]);
  });
});

describe('the secret', () => {
  it.each([
    ['base64 of 32 bytes', 'pQ3mC8nVb1KxZ0sLw7eRt5yUi9oPa2dFgHjKlMnBvCA='],
    ['hex of 32 bytes', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
  ])('may be %s', async (_, secret) => {
    expect((await load({ env: { POSTERN_SECRET: secret } })).secret).toEqual([secret]);
  });

  it('may be a list, newest first', async () => {
    expect((await load({ env: { POSTERN_SECRET: `${otherSecret}, ${goodSecret}` } })).secret).toEqual([
      otherSecret,
      goodSecret,
    ]);
  });

  it.each([
    'changeme',
    goodSecret.slice(1),
    'a'.repeat(64),
    '0123456789abcdef'.repeat(3),
    `${goodSecret.slice(0, 42)} `,
    'correct horse battery staple correct horse battery',
  ])('is refused when it is weak, without repeating it: %s', async (secret) => {
    const error = await failure({ env: { POSTERN_SECRET: secret } });
    expect(error.fields).toEqual([
      {
        path: 'POSTERN_SECRET',
        message: 'is too weak: it needs 256 random bits. Make one with: openssl rand -base64 32',
      },
    ]);
  });
});

it('secrets are never printed', async () => {
  const password = 'violet stairs by the harbour';
  const yaml = `accounts: [{ username: a, password: "${password}" }]\nclients: [{ id: c, secret: ${otherSecret} }]\n`;
  const cwd = directory({ 'postern.yaml': yaml });
  const env = { POSTERN_SECRET: goodSecret, POSTERN_DATABASE_URL: 'postgres://me:hunter2@localhost/postern' };
  const loaded = await loadWithOrigins({ mode: 'dev', cwd, env });
  for (const text of [await printedYaml(loaded), JSON.stringify(printedConfig(loaded))]) {
    for (const secret of [goodSecret, otherSecret, 'hunter2', password]) expect(text).not.toContain(secret);
    expect(text.match(/\(set\)/g)).toHaveLength(4);
  }
});

describe('a secret of an entry', () => {
  it('N09 may stand in another file, named relative to the one that names it', async () => {
    const cwd = directory({ 'of-bob': 'violet stairs by the harbour\n' });
    const yaml = 'accounts: [{ username: bob, password: { file: of-bob } }]\n';
    writeFileSync(join(cwd, 'postern.yaml'), yaml);
    const config = await load({ cwd });
    expect(config.accounts?.[0]).toEqual({ username: 'bob', password: 'violet stairs by the harbour' });
    // The file itself holds no secret.
    chmodSync(join(cwd, 'postern.yaml'), 0o644);
    expect((await load({ cwd })).warnings).toEqual([]);
    chmodSync(join(cwd, 'of-bob'), 0o644);
    const found = await problems({ cwd, mode: 'serve', env: { ...issuer, POSTERN_SECRET: goodSecret } });
    expect(found).toEqual([
      expect.stringMatching(/^postern\.yaml:1:39 accounts\[0\]\.password names of-bob, which is open to everybody/),
    ]);
  });

  it('may be one of several hashes, each a variable', async () => {
    const hash = 'A'.repeat(43);
    const yaml = `clients: [{ id: c, redirectUris: ["https://c.example/"], secretHashes: [{ hash: "${variable('HASH')}", expiresAt: 5 }] }]\n`;
    const config = await load({ yaml, env: { HASH: hash } });
    expect(config.clients?.[0]?.secretHashes).toEqual([{ hash, expiresAt: 5 }]);
    expect(await problems({ yaml })).toEqual([
      expect.stringMatching(/clients\[0\]\.secretHashes\[0\]\.hash refers to the variable HASH, which is not set$/),
    ]);
    const cwd = directory({ 'postern.yaml': yaml });
    const printed = await printedYaml(await loadWithOrigins({ mode: 'dev', cwd, env: { HASH: hash } }));
    expect(printed).not.toContain(hash);
  });
});
