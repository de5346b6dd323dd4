import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDevApp } from '../support/dev-app.ts';
import { goodSecret, serve, temporaryFolder } from '../support/spawned.ts';

const modeOf = (path: string) => statSync(path).mode & 0o777;
const modesIn = (folder: string) =>
  readdirSync(folder).map((name) => `${name} ${modeOf(join(folder, name)).toString(8)}`);

it('N09 with POSTERN_SECRET_FILE the secret is neither in the environment nor in the arguments of the process', async () => {
  const keptIn = temporaryFolder();
  const file = join(keptIn, 'secret');
  writeFileSync(file, `${goodSecret}\n`, { mode: 0o600 });
  const server = await serve({ env: { POSTERN_SECRET_FILE: file } });
  expect((await fetch(`${server.issuer}/readyz`)).status).toBe(200);
  const environment = readFileSync(`/proc/${server.pid}/environ`, 'utf8');
  expect(environment).toContain('POSTERN_SECRET_FILE=');
  expect(environment).not.toContain(goodSecret);
  expect(readFileSync(`/proc/${server.pid}/cmdline`, 'utf8')).not.toContain(goodSecret);
  // The test would see it: so it looks when it is given by value.
  const other = await serve();
  expect(readFileSync(`/proc/${other.pid}/environ`, 'utf8')).toContain(goodSecret);
}, 60_000);

describe('N10 file modes', () => {
  it('N10 dev and serve: the directory is 0700, everything in it 0600, while running and after a kill', async () => {
    for (const mode of ['dev', 'serve'] as const) {
      const folder = join(temporaryFolder(), 'made', 'here');
      const server = await serve({ mode, folder });
      if (mode === 'dev') await createDevApp(server.issuer).signIn();
      const running = modesIn(folder);
      expect(running.length).toBeGreaterThanOrEqual(5);
      expect(running.filter((line) => !line.endsWith(' 600'))).toEqual([]);
      expect(modeOf(folder)).toBe(0o700);
      server.kill('SIGKILL');
      await server.ended;
      expect(modesIn(folder).filter((line) => !line.endsWith(' 600'))).toEqual([]);
    }
  }, 60_000);

  it('N10 a secret file that others may read is refused in serve', async () => {
    const file = join(temporaryFolder(), 'secret');
    writeFileSync(file, `${goodSecret}\n`);
    chmodSync(file, 0o644);
    await expect(serve({ env: { POSTERN_SECRET_FILE: file } })).rejects.toThrow(/can be read by|may read|chmod/);
  });
});
