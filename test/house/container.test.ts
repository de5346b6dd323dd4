/** The Dockerfile and docker-compose.yml, followed step by step as a non-root user, without an engine. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  type Built,
  environmentOf,
  followStage,
  makeReadOnly,
  parseCopy,
  parseDockerfile,
  type Site,
  type Stage,
} from '../support/dockerfile.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const stages = parseDockerfile(read('Dockerfile'));
const server = stages.at(-1) as Stage;
const compose = parse(read('docker-compose.yml'));

describe('the Dockerfile', () => {
  it('lets the engine see every file that it copies, and nothing else', () => {
    const copied = stages.flatMap(({ instructions }) => instructions.filter(({ name }) => name === 'COPY'));
    const fromContext = copied.map(({ text }) => parseCopy(text)).filter(({ from }) => from === undefined);
    const allowed = read('.dockerignore').match(/^!.+$/gm) ?? [];
    expect(new Set(allowed.map((line) => line.slice(1)))).toEqual(
      new Set(fromContext.flatMap(({ sources }) => sources)),
    );
    for (const { sources } of fromContext) expect(readdirSync(root)).toEqual(expect.arrayContaining(sources));
  });

  it('builds on Node 24 and ends as another user than root', () => {
    const names = stages.map(({ name }) => name);
    for (const { base } of stages) expect(names.includes(base) || /^node:24(-slim)?$/.test(base), base).toBe(true);
    for (const stage of stages.filter(({ instructions }) => instructions.some(({ name }) => name === 'ENTRYPOINT'))) {
      const user = stage.instructions.findLast(({ name }) => name === 'USER')?.text;
      expect(user, stage.name).toBe('node');
    }
  });
});

describe('docker-compose.yml', () => {
  it('names stages, volumes, services and files that exist', () => {
    const services = Object.entries<Record<string, never>>(compose.services);
    for (const [name, { build, volumes = [], depends_on = {} }] of services) {
      const target = (build as { target?: string } | undefined)?.target;
      if (target)
        expect(
          stages.map((stage) => stage.name),
          name,
        ).toContain(target);
      for (const mount of volumes as string[]) {
        const source = mount.split(':')[0] as string;
        if (source.startsWith('./')) expect(() => read(source), mount).not.toThrow();
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
      for (const dependency of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(dependency);
    }
  });

  it('runs our own services read-only, without capabilities, on loopback only', () => {
    for (const name of ['postern', 'demo']) {
      const { read_only, cap_drop, ports = [] } = compose.services[name];
      expect({ read_only, cap_drop }).toEqual({ read_only: true, cap_drop: ['ALL'] });
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });
});

describe('the image', () => {
  const directory = mkdtempSync(join(tmpdir(), 'postern-image-'));
  chmodSync(directory, 0o755);
  const site: Site = {
    context: root,
    directory,
    account: process.getuid?.() === 0 ? { uid: 64_000, gid: 64_000 } : {},
    // The packages that `npm ci` brought to this checkout; a test reaches no registry.
    instead: {
      'npm ci --ignore-scripts': (folder) =>
        void execFileSync('cp', ['--archive', `${root}/node_modules/.`, `${folder}/node_modules`]),
    },
  };
  const running: { child: ChildProcess; ended: Promise<unknown> }[] = [];

  afterAll(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    await Promise.all(running.map(({ ended }) => ended));
    execFileSync('chmod', ['--recursive', 'u+w', directory]);
    execFileSync('rm', ['--recursive', '--force', directory]);
  });

  function start(built: Built, command: readonly string[], env: Record<string, string>) {
    const child = spawn(command[0] as string, command.slice(1), {
      cwd: join(built.root, built.workdir),
      env: { ...environmentOf(built, site), HOME: '/nonexistent', ...env },
      stdio: 'pipe',
      ...site.account,
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(String(chunk)));
    const ended = new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
    const started = { child, output, ended };
    running.push(started);
    return started;
  }

  /** What compose sets, for a port that is free here. */
  function composeEnvironment(built: Built, port: number): Record<string, string> {
    const { POSTERN_CONFIG, ...environment } = compose.services.postern.environment as Record<string, string>;
    return {
      ...environment,
      POSTERN_CONFIG: join(built.root, POSTERN_CONFIG as string),
      POSTERN_SECRET: randomBytes(32).toString('base64'),
      POSTERN_DATABASE_URL: '',
      POSTERN_ISSUER: `http://localhost:${port}`,
      POSTERN_PORT: String(port),
    };
  }

  it('builds, starts read-only as a non-root user, turns healthy, writes below /data alone, and stops', async () => {
    const built = followStage(server, stages, site);
    const mount = (compose.services.postern.volumes as string[]).find((volume) => volume.startsWith('./')) as string;
    const [source, target] = mount.split(':') as [string, string];
    execFileSync('cp', [join(root, source), join(built.root, target)]);
    const data = join(built.root, 'data');
    makeReadOnly(built.root, data, site.account);
    const before = everythingBut(data, built.root);
    const env = composeEnvironment(built, await freePort());

    const postern = start(built, built.command, env);
    await healthy(() => start(built, built.health, env).ended, postern);
    const discovery = await fetch(`${env.POSTERN_ISSUER}/.well-known/openid-configuration`);
    expect(await discovery.json()).toMatchObject({ issuer: env.POSTERN_ISSUER });
    postern.child.kill('SIGTERM');
    expect(await postern.ended, postern.output.join('')).toBe(0);

    expect(everythingBut(data, built.root)).toEqual(before);
    expect(readdirSync(data)).toContain('postern.db');
  }, 180_000);
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Asks the image's own health check until it is content, or the server has ended. */
async function healthy(check: () => Promise<number | null>, postern: { ended: Promise<unknown>; output: string[] }) {
  let ended = false;
  postern.ended.then(() => {
    ended = true;
  });
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await check()) === 0) return;
    if (ended) break;
  }
  throw new Error(`The server did not turn healthy: ${postern.output.join('')}`);
}

/** Every path below `directory` with its time of change, except `data` and what lies in it. */
function everythingBut(data: string, directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== data && !path.startsWith(`${data}/`))
    .map((path) => `${path} ${lstatSync(path).mtimeMs}`)
    .sort();
}
