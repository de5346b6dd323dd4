/**
 * What a new administrator does first, in the three ways of README: from an empty directory to "bob, in group engineering,
 * signs in to my app, carol may not, and both attempts are in the log". Commands and file are read out of README.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisitor } from '../../src/testing/sign-in.ts';
import { type Outcome, type RelyingApp, startRelyingApp } from '../support/relying-app.ts';
import { goodSecret, type Served, serve, spawnPostern, temporaryFolder } from '../support/spawned.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const passwords = { bob: 'an entirely different lantern nine', carol: 'seven herons over the quiet moor' };
const readmeUri = 'https://grafana.example.org/login/generic_oauth';

/** The block of code that README has after a mark. */
function blockAfter(mark: string): string {
  const block = readme.split(`<!-- ${mark} -->\n`)[1]?.match(/^```\w+\n([\s\S]*?)^```/m)?.[1];
  if (!block?.includes(readmeUri)) throw new Error(`README has no block after <!-- ${mark} --> with ${readmeUri}`);
  return block;
}

let app: RelyingApp;
beforeAll(async () => {
  app = await startRelyingApp();
});
afterAll(() => app?.stop());

/** Runs a command over the data of a server, with the settings that README exports. */
const command = ({ issuer, folder }: Pick<Served, 'issuer' | 'folder'>, argv: string[], env = {}, input?: string) =>
  spawnPostern(argv, {
    env: { POSTERN_ISSUER: issuer, POSTERN_SECRET: goodSecret, POSTERN_DATA: folder, ...env },
    ...(input !== undefined && { input }),
  });

async function does(server: Pick<Served, 'issuer' | 'folder'>, argv: string[], env = {}): Promise<string> {
  const { status, out, err } = await command(server, argv, env).ended;
  expect({ argv, status, err }).toEqual({ argv, status: 0, err: '' });
  return out;
}

/** A person opens the link and chooses a password. */
async function choosePassword(issuer: string, link: string | undefined, password: string): Promise<void> {
  const visitor = createVisitor(issuer);
  const done = await visitor.submit(await visitor.open(link ?? ''), { password, repeat: password });
  expect(done.text).toContain('id="link-done"');
}

/** Signs in at the app in a fresh browser; who has no access goes back from the page that says so. */
async function signInAtApp(issuer: string, username: 'bob' | 'carol'): Promise<Outcome> {
  const visitor = createVisitor(issuer);
  const asked = await visitor.open((await app.begin()).href);
  const page = await visitor.submit(asked, { username, password: passwords[username] });
  const isRefused = page.text.includes('id="access-title"');
  if (!isRefused) expect(page.text).toContain('id="consent-allow"');
  const back = await visitor.submit(page, { do: isRefused ? 'cancel' : 'allow' });
  return app.finish(new URL(back.url));
}

const refused = { error: 'access_denied', description: expect.stringContaining('may not use this app') };

/** The log of the app as `postern audit list` tells it: what happened to whom, oldest first. */
async function attemptsIn(server: Served): Promise<string[]> {
  const accounts = JSON.parse(await does(server, ['account', 'list', '--json'])) as { items: Listed[] };
  const log = JSON.parse(await does(server, ['audit', 'list', '--client', 'grafana', '--json'])) as { items: Listed[] };
  const nameOf = (id: string | undefined) => accounts.items.find((account) => account.id === id)?.username;
  return log.items.reverse().map(({ event, accountId }) => `${event} ${nameOf(accountId)}`);
}
type Listed = { id: string; username?: string; event?: string; accountId?: string };
const attempts = ['signin.succeeded bob', 'token.issued bob', 'signin.succeeded carol', 'access.refused carol'];

describe('an app for engineering alone', { timeout: 60_000 }, () => {
  it('with the commands of README', async () => {
    const server = await serve();
    const links: Record<string, string | undefined> = {};
    let follow: ReturnType<typeof command> | undefined;
    for (const line of blockAfter('commands').trim().split('\n')) {
      const [npx, postern, ...argv] = line.replace(/ +#.*/, '').replace(readmeUri, app.redirectUri).split(' ');
      expect([npx, postern]).toEqual(['npx', 'postern']);
      if (argv.includes('--follow')) {
        follow = command(server, argv);
        continue;
      }
      const said = await does(server, argv);
      if (argv[0] === 'account') links[argv[2] ?? ''] = /^http\S+\/link\?token=\S+$/m.exec(said)?.[0];
      const secret = /^Secret, shown this once: (\S+)$/m.exec(said)?.[1];
      if (secret) app.use({ issuer: server.issuer, id: argv[2] ?? '', secret });
    }
    await choosePassword(server.issuer, links.bob, passwords.bob);
    await choosePassword(server.issuer, links.carol, passwords.carol);

    expect(await signInAtApp(server.issuer, 'bob')).toMatchObject({ claims: { groups: ['engineering'] } });
    expect(await signInAtApp(server.issuer, 'carol')).toEqual(refused);

    await follow?.saying('access.refused');
    expect(follow?.written.out).toMatch(
      /token\.issued .*about bob → grafana[\s\S]*access\.refused .*about carol → grafana/,
    );
    expect(await attemptsIn(server)).toEqual(expect.arrayContaining(attempts));
  });

  it('with the file of README', async () => {
    const folder = temporaryFolder();
    const hash = (password: string) => spawnPostern(['account', 'hash'], { input: `${password}\n` }).ended;
    const [bob, carol] = await Promise.all([hash(passwords.bob), hash(passwords.carol)]);
    const file = join(folder, 'postern.yaml');
    const yaml = blockAfter('file')
      .replace(readmeUri, app.redirectUri)
      .replace(/username: bob,/, `$& passwordHash: '${bob.out.trim()}',`)
      .replace(/username: carol/, `$&, passwordHash: '${carol.out.trim()}'`);
    writeFileSync(file, yaml, { mode: 0o600 });
    const server = await serve({ folder: join(folder, 'data') });
    const secret = randomBytes(32).toString('hex');
    const run = (verb: string) => command(server, [verb, '--config', file], { GRAFANA_SECRET: secret }).ended;

    const planned = await run('plan');
    expect(planned).toMatchObject({ status: 2, err: '' });
    expect(planned.out).toContain('grafana: gained by 1: bob');
    expect(await run('apply')).toMatchObject({ status: 0, err: '' });
    expect(await run('plan')).toMatchObject({ status: 0, err: '' });

    app.use({ issuer: server.issuer, id: 'grafana', secret });
    const groups = { groups: ['engineering'], 'https://app.example/groups': ['engineering'], roles: ['Editor'] };
    expect(await signInAtApp(server.issuer, 'bob')).toMatchObject({ claims: groups });
    expect(await signInAtApp(server.issuer, 'carol')).toEqual(refused);
    expect(await attemptsIn(server)).toEqual(expect.arrayContaining(attempts));
  });
});
