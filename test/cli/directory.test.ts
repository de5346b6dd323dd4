import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createVisitor, signIn } from '../../src/testing/sign-in.ts';
import { goodSecret, serve, spawnPostern, temporaryFolder, until } from '../support/spawned.ts';

const password = 'quiet lantern over the seven seas';
const clientSecret = 'Zr3v9pT2cWq8nLx5sKd7gHj1fYb4mNa6eUo0iRtQwXs';
const variable = (name: string) => `\${${name}}`;
const env = { POSTERN_SECRET: goodSecret, PASSWORD_OF_BOB: password, SECRET_OF_APP: clientSecret };

const yaml = `
groups:
  - name: engineering
  - name: admins
accounts:
  - username: bob
    groups: [engineering]
    password: ${variable('PASSWORD_OF_BOB')}
  - username: carol
    name: Carol Castellan
    password: { file: secrets/carol }
clients:
  - id: app
    kind: web
    redirectUris: [https://rp.example/cb]
    secret: ${variable('SECRET_OF_APP')}
    access: [engineering]
brand: { name: Castle }
`;

/** A folder with that file in it, and the commands over it. */
function place(text: string, folder = temporaryFolder()) {
  const file = join(folder, 'postern.yaml');
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content, { mode: 0o600 });
  write('carol', 'violet stairs by the harbour\n');
  write('postern.yaml', text.replace('secrets/carol', 'carol'));
  const flags = ['--issuer', 'http://localhost:4999', '--data', folder, '--config', file];
  const run = (command: string, ...argv: string[]) => spawnPostern([command, ...argv, ...flags], { env }).ended;
  return { folder, file, write, run };
}

describe('postern plan and apply', () => {
  it('begin with no database: plan makes none, apply does, and then there is nothing to do', async () => {
    const { folder, run } = place(yaml);
    const planned = await run('plan');
    expect(planned).toMatchObject({ status: 2, err: '' });
    for (const line of [
      '  + group     engineering',
      '  + account   bob',
      '  + client    app',
      '  + brand     Castle',
    ]) {
      expect(planned.out).toContain(`${line}\n`);
    }
    expect(planned.out).toContain('  app: gained by 1: bob\n');
    expect(planned.out).toContain('6 to add.');
    expect(existsSync(join(folder, 'postern.db'))).toBe(false);
    const applied = await run('apply');
    expect(applied).toMatchObject({ status: 0, err: '', out: expect.stringContaining('6 added.') });
    expect(await run('plan')).toMatchObject({ status: 0, out: expect.stringContaining('Nothing to do') });
    const plan = await run('plan', '--json');
    expect(JSON.parse(plan.out)).toEqual({ changes: [], access: [], isEmpty: true });
  }, 60_000);

  it('N07 show no secret, neither of before nor of after', async () => {
    const { write, run } = place(yaml);
    const texts = [await run('plan'), await run('plan', '--json'), await run('apply')];
    write('carol', 'seven bridges in the morning\n');
    const changed = await run('plan');
    expect(changed).toMatchObject({ status: 2, out: expect.stringContaining('password: (set) → (set) anew') });
    const exported = await run('export');
    texts.push(changed, await run('apply', '--json'), exported);
    for (const { out, err } of texts) {
      for (const text of [password, clientSecret, 'violet stairs', 'seven bridges', 'argon2id']) {
        expect(out + err).not.toContain(text);
      }
    }
    expect(exported).toMatchObject({ status: 0, out: expect.stringContaining('secretHashes: []') });
    expect((await run('export', '--with-hashes')).out).toMatch(/passwordHash: "?\$argon2id\$/);
  }, 60_000);

  it('tell every problem at once with file, line and column, and write nothing', async () => {
    const { folder, run } = place(`
groups: [{ name: engineering }]
accounts:
  - username: bob
    groups: [engineering, sails]
    attributes: { size: 3 }
  - username: eve
    password: ${variable('PASSWORD_OF_BOB')}
  - username: mallory
    password: mallory
clients:
  - id: app
    redirectUris: ["javascript:alert(1)"]
    access: [sails]
`);
    const { status, out, err } = await run('apply');
    expect({ status, out }).toEqual({ status: 78, out: '' });
    for (const line of [
      /postern\.yaml:5:27 accounts\[0\]\.groups\[1\] there is no group sails/,
      /postern\.yaml:6:25 accounts\[0\]\.attributes\.size is not defined/,
      /postern\.yaml:10:15 accounts\[2\]\.password /,
      /postern\.yaml:13:20 clients\[0\]\.redirectUris\[0\] /,
    ]) {
      expect(err).toMatch(line);
    }
    expect(err).not.toContain(password);
    expect(JSON.parse((await run('export', '--json')).out)).toMatchObject({ groups: [], accounts: [], clients: [] });
    expect(existsSync(join(folder, 'postern.db'))).toBe(true);
  }, 60_000);

  it('tell of one entry what another one has wrong in another way, all in one run', async () => {
    const { folder, run } = place(`
groups: [{ name: engineering }]
accounts:
  - { username: bob, nmae: Bob, groups: [engineering, ghosts] }
  - { username: eve, disabled: "no" }
  - { username: Bob, password: short }
clients:
  - { id: app, redirectUris: ["javascript:alert(1)"], firstParty: "yes", access: [ghosts], secret: hunter2 }
  - { id: web, kind: web, redirectUris: ["https://web.example/cb"] }
`);
    const { status, err } = await run('plan');
    expect(status).toBe(78);
    expect(err.match(/postern\.yaml:\d+:\d+ .*/g)?.sort()).toEqual([
      expect.stringContaining('4:22 accounts[0].nmae is not known. Did you mean name?'),
      expect.stringContaining('4:55 accounts[0].groups[1] there is no group ghosts'),
      expect.stringContaining('5:32 accounts[1].disabled must be true or false'),
      expect.stringContaining('6:17 accounts[2].username is there twice'),
      expect.stringContaining('6:32 accounts[2].password '),
      expect.stringContaining('8:100 clients[0].secret must be 256 random bits'),
      expect.stringContaining('8:31 clients[0].redirectUris[0] '),
      expect.stringContaining('8:67 clients[0].firstParty must be true or false'),
      expect.stringContaining('8:83 clients[0].access[0] there is no group ghosts'),
      expect.stringContaining('9:5 clients[1].secret must be there'),
    ]);
    expect(existsSync(join(folder, 'postern.db'))).toBe(false);
  }, 60_000);

  it('find what has the wrong form before anything is opened, together with wrong settings', async () => {
    const { folder, run } = place(`
prot: 4400
groups: [{ name: "-" }]
accounts: [{ username: a, nmae: x }, { username: A, password: { file: nowhere } }]
clients: [{ id: app, secretHashes: [{ hash: "${variable('NOPE')}" }], kind: wbe }]
`);
    const { status, err } = await run('apply');
    expect(status).toBe(78);
    for (const line of [
      /postern\.yaml:2:1 prot is not a setting\. Did you mean port\?/,
      /postern\.yaml:3:18 groups\[0\]\.name must begin/,
      /postern\.yaml:4:27 accounts\[0\]\.nmae is not known\. Did you mean name\?/,
      /postern\.yaml:4:63 accounts\[1\]\.password names nowhere, which cannot be read/,
      /postern\.yaml:5:45 clients\[0\]\.secretHashes\[0\]\.hash refers to the variable NOPE/,
      /postern\.yaml:5:65 clients\[0\]\.kind must be one of web/,
    ]) {
      expect(err).toMatch(line);
    }
    expect(existsSync(join(folder, 'postern.db'))).toBe(false);
  }, 60_000);

  it('need a file, and say so', async () => {
    const folder = temporaryFolder();
    const flags = ['--issuer', 'http://localhost:4999', '--data', folder];
    const { status, err } = await spawnPostern(['apply', ...flags], { env }).ended;
    expect({ status, err }).toEqual({ status: 64, err: expect.stringContaining('There is no postern.yaml here.') });
  });
});

describe('beside a running server', () => {
  it('C07 apply is seen at once, and ends the sessions of whom it disables and no other', async () => {
    const { folder, write, file, run } = place(yaml);
    await run('apply');
    const server = await serve({ folder, env, argv: ['--config', file] });
    const url = (): string => {
      const parameters = {
        ...{ client_id: 'app', redirect_uri: 'https://rp.example/cb', response_type: 'code', scope: 'openid' },
        ...{ code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
      };
      return `${server.issuer}/authorize?${new URLSearchParams(parameters)}`;
    };
    const bob = createVisitor(server.issuer);
    const first = await signIn(bob, url(), { username: 'bob', password });
    expect(first.searchParams.get('code')).toMatch(/./);

    const changed = yaml
      .replace('access: [engineering]', 'access: [engineering, sales]')
      .replace('  - name: admins', '  - name: admins\n  - name: sales')
      .replace('    name: Carol Castellan', '    groups: [sales]')
      .replace('Castle', 'Keep')
      .replace('secrets/carol', 'carol');
    write('postern.yaml', changed);
    const applied = await run('apply');
    expect(applied).toMatchObject({ status: 0, err: '' });
    expect(applied.out).toContain('  app: gained by 1: carol\n');

    const carol = { username: 'carol', password: 'violet stairs by the harbour' };
    const second = await signIn(createVisitor(server.issuer), url(), carol);
    expect(second.searchParams.get('code')).toMatch(/./);
    const silent = await bob.open(`${url()}&prompt=none`);
    expect(new URL(silent.url).searchParams.get('code')).toMatch(/./);
    const page = async () => (await fetch(`${server.issuer}/nothing`, { headers: { accept: 'text/html' } })).text();
    await until(async () => (await page()).includes('Keep'));
    write('postern.yaml', changed.replace('brand: { name: Keep }', ''));
    expect((await run('plan')).out).toContain('  - brand     Keep\n');
    await run('apply');
    await until(async () => !(await page()).includes('Keep'));
    // What the settings say shows again: the server was started with this brand.
    expect(await page()).toContain('Castle');

    write('postern.yaml', changed.replace('  - username: bob\n', '  - username: bob\n    disabled: true\n'));
    const disabled = await run('apply');
    expect(disabled.out).toContain('        disabled: false → true\n');
    expect(disabled.out).toContain('  app: lost by 1: bob\n');
    const refused = await bob.open(`${url()}&prompt=none`);
    expect(new URL(refused.url).searchParams.get('error')).toBe('login_required');
  }, 60_000);
});
