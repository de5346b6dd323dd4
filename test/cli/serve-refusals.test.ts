import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/db/open.ts';
import { goodSecret, type SpawnOptions, serve, spawnPostern, temporaryFolder } from '../support/spawned.ts';

const issuer = 'http://localhost:4999';
const secretEnv = { POSTERN_SECRET: goodSecret };

/** Starts a server that has to refuse: its exit status and the sentence, which is no stack trace. */
async function refused(argv: string[], options: SpawnOptions = {}) {
  const { status, out, err } = await spawnPostern(argv, options).ended;
  expect(out).toBe('');
  expect(err).toMatch(/^postern: /);
  expect(err).not.toMatch(/^\s+at /m);
  expect(err).not.toContain(goodSecret);
  return { status, err };
}

const serveArgv = (folder: string) => [
  'serve',
  '--issuer',
  issuer,
  '--host',
  '127.0.0.1',
  '--port',
  '4999',
  '--data',
  folder,
];

/** A directory in which a `serve` has run, and its closed database. */
async function usedFolder() {
  const server = await serve();
  server.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ status: 0 });
  return { folder: server.folder, file: server.file };
}

it('R38 a broken configuration: exit 78 with every problem at once, and nothing is made', async () => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  writeFileSync(join(folder, 'postern.yaml'), 'isuer: https://id.example\nport: many\nlifetimes:\n  codeSeconds: 0\n');
  const { status, err } = await refused(['serve', '--config', join(folder, 'postern.yaml'), '--data', data]);
  expect(status).toBe(78);
  for (const part of ['5 problems', 'isuer', 'port', 'codeSeconds', 'issuer / POSTERN_ISSUER', 'POSTERN_SECRET']) {
    expect(err).toContain(part);
  }
  expect(existsSync(data)).toBe(false);
});

it('R38 serve refuses a plain http issuer that is not loopback', async () => {
  const argv = ['serve', '--issuer', 'http://id.example.org', '--data', temporaryFolder()];
  const { status, err } = await refused(argv, { env: secretEnv });
  expect({ status, err }).toMatchObject({ status: 78, err: expect.stringContaining('must be https') });
});

it('N03 a wrong secret: exit 78, the database is byte for byte the same, and the right one still opens it', async () => {
  const { folder, file } = await usedFolder();
  const before = readFileSync(file);
  const env = { POSTERN_SECRET: 'another-secret-of-the-same-length-0123456789-0123456789' };
  const { status, err } = await refused(serveArgv(folder), { env });
  expect(status).toBe(78);
  expect(err).toContain('secret does not open this database');
  expect(readFileSync(file).equals(before)).toBe(true);
  await serve({ folder });
}, 60_000);

it('R14 a database of a newer version: exit 78, nothing changed', async () => {
  const { folder, file } = await usedFolder();
  const db = await openDatabase({ kind: 'file', path: file });
  await db.run(`INSERT INTO migrations (name) VALUES ('9999_from_the_future.js')`);
  await db.close();
  const before = readFileSync(file);
  for (const argv of [serveArgv(folder), ['migrate', ...serveArgv(folder).slice(1)]]) {
    const { status, err } = await refused(argv, { env: secretEnv });
    expect({ status, err }).toMatchObject({ status: 78, err: expect.stringContaining('newer Postern') });
  }
  expect(readFileSync(file).equals(before)).toBe(true);
}, 60_000);

it('R11 a damaged database: exit 65, the file is kept', async () => {
  const { folder, file } = await usedFolder();
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(4096 * 3, 0xa5), 0, 4096 * 3, 4096 * 5);
  closeSync(handle);
  const before = readFileSync(file);
  const { status, err } = await refused(serveArgv(folder), { env: secretEnv });
  expect({ status, err }).toMatchObject({ status: 65, err: expect.stringContaining('restore a backup') });
  expect(readFileSync(file).equals(before)).toBe(true);
}, 60_000);

it('port 0 outside of testing: exit 78, for the issuer would have to name a port that nobody knows yet', async () => {
  for (const mode of ['dev', 'serve']) {
    const folder = join(temporaryFolder(), 'data');
    const argv = [mode, '--issuer', issuer, '--port', '0', '--data', folder];
    const { status, err } = await refused(argv, { env: secretEnv });
    expect({ status, err }).toMatchObject({ status: 78, err: expect.stringContaining('--port must be a real one') });
    expect(existsSync(folder)).toBe(false);
  }
});

it('a port that is taken: exit 75 with what to do, and the database is free again', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const folder = temporaryFolder();
  const argv = ['dev', '--host', '127.0.0.1', '--port', String(port), '--data', folder];
  const { status, err } = await refused(argv);
  expect({ status, err }).toMatchObject({ status: 75, err: expect.stringContaining(`Port ${port} is taken`) });
  await serve({ mode: 'dev', folder });
}, 60_000);

it('a serve that could not listen has not sealed the directory: dev still starts in it', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const folder = temporaryFolder();
  const shared = ['--database-file', join(folder, 'one.db')];
  const argv = [
    'serve',
    '--issuer',
    issuer,
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--data',
    folder,
    ...shared,
  ];
  expect((await refused(argv, { env: secretEnv })).status).toBe(75);
  expect(existsSync(join(folder, 'sealed'))).toBe(false);
  await serve({ mode: 'dev', folder, argv: shared, env: secretEnv });
}, 60_000);

describe('R06 a directory that cannot be written', () => {
  // A place where nobody may create a file, root included.
  const folder = '/sys/kernel';
  it.each(['dev', 'serve'])('R06 %s: exit 78 and a sentence', async (mode) => {
    const argv = [mode, '--issuer', issuer, '--port', '4999', '--data', folder];
    const { status, err } = await refused(argv, mode === 'serve' ? { env: secretEnv } : {});
    expect({ status, err }).toMatchObject({ status: 78, err: expect.stringContaining('--data') });
  });

  it('R06 a file where the directory should be', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect((await refused(['dev', '--port', '4999', '--data', file])).status).toBe(78);
    expect((await refused(['dev', '--port', '4999', '--data', join(file, 'below')])).status).toBe(78);
  });
});

describe('the seal', () => {
  it('after the first serve, dev and testing refuse the directory with 78 and make nothing in it', async () => {
    const { folder } = await usedFolder();
    const before = readdirSync(folder).toSorted();
    const { status, err } = await refused(['dev', '--port', '4999', '--data', folder]);
    expect({ status, err }).toMatchObject({ status: 78, err: expect.stringContaining('belongs to "postern serve"') });
    const adding = ['account', 'add', 'mallory', '--mode', 'dev', '--data', folder];
    expect(await refused(adding)).toMatchObject({ status: 78 });
    expect(readdirSync(folder).toSorted()).toEqual(before);
  }, 60_000);

  it('the database holds it too: without the mark in the directory, under another name, it is refused all the same', async () => {
    const { folder, file } = await usedFolder();
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, 'dev.db'), readFileSync(file));
    const { status, err } = await refused(['dev', '--port', '4999', '--data', elsewhere], { env: secretEnv });
    expect({ status, err }).toMatchObject({ status: 78, err: expect.stringContaining('belongs to "postern serve"') });
    await serve({ folder });
  }, 60_000);

  it('an older one under a file name of its own is refused before it is migrated, byte for byte the same', async () => {
    const { file } = await usedFolder();
    const elsewhere = join(temporaryFolder(), 'any.db');
    writeFileSync(elsewhere, readFileSync(file));
    const db = await openDatabase({ kind: 'file', path: elsewhere });
    await db.run(`DELETE FROM migrations WHERE name LIKE '0007%'`);
    await db.close();
    const before = readFileSync(elsewhere);
    const data = join(temporaryFolder(), 'data');
    const { status, err } = await refused(['dev', '--data', data, '--database-file', elsewhere]);
    expect({ status, err }).toMatchObject({ status: 78, err: expect.stringContaining('belongs to "postern serve"') });
    expect(readFileSync(elsewhere).equals(before)).toBe(true);
    expect(existsSync(data)).toBe(false);
  }, 60_000);
});
