import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCommandLine } from '../support/command-line.ts';
import { goodSecret, serve, spawnPostern } from '../support/spawned.ts';

const env = { POSTERN_SECRET: goodSecret };
const spawned = (folder: string, argv: string[]) =>
  spawnPostern([...argv, '--issuer', 'http://localhost:4999', '--data', folder], { env }).ended;

const token = (issuer: string, id: string, secret: string) =>
  fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });

it('R10 B18 beside a running server: a client counts at once, and so do its second secret and the end of the first', async () => {
  const { folder, issuer } = await serve();
  const machine = await spawned(folder, ['client', 'add', 'machine', '--kind', 'machine']);
  expect(machine).toMatchObject({ status: 0, err: '', out: expect.stringContaining('Registered machine.') });
  const secret = /shown this once: (\S+)/.exec(machine.out)?.[1] ?? '';
  expect(secret.length).toBeGreaterThanOrEqual(43);
  expect((await token(issuer, 'machine', secret)).status).toBe(200);
  expect((await token(issuer, 'machine', `${secret}x`)).status).toBe(401);

  const added = await spawned(folder, ['client', 'secret', 'add', 'machine', '--json']);
  const { secret: second, secrets } = JSON.parse(added.out);
  for (const live of [secret, second]) expect((await token(issuer, 'machine', live)).status).toBe(200);
  const retired = await spawned(folder, ['client', 'secret', 'retire', 'machine', secrets[0].id]);
  expect(retired).toMatchObject({ status: 0, err: '' });
  expect((await token(issuer, 'machine', secret)).status).toBe(401);
  expect((await token(issuer, 'machine', second)).status).toBe(200);
  expect(await spawned(folder, ['client', 'disable', 'machine'])).toMatchObject({ status: 0 });
  expect((await token(issuer, 'machine', second)).status).toBe(401);
}, 60_000);

describe('postern client', () => {
  it('add, list, show, change and delete', async () => {
    const line = await createCommandLine();
    for (const name of ['engineering', 'ops']) await line.does('group', 'add', name);
    const added = await line.tells(
      ...[
        'client',
        'add',
        'grafana',
        '--kind',
        'gateway',
        '--redirect-uri',
        'https://g.example/cb, https://g2.example/cb',
      ],
      ...['--access', 'engineering,ops', '--role', 'admin=ops', '--role', 'viewer=engineering,ops', '--first-party'],
      ...[
        '--set',
        'claims=[{"claim":"groups","name":"https://g.example/groups"}]',
        '--set',
        'logoUri=https://g.example/x',
      ],
    );
    expect(added).toMatchObject({
      ...{
        id: 'grafana',
        kind: 'gateway',
        access: ['engineering', 'ops'],
        firstParty: true,
        secret: expect.any(String),
      },
      ...{ roles: { admin: ['ops'], viewer: ['engineering', 'ops'] }, logoUri: 'https://g.example/x' },
      claims: [{ claim: 'groups', name: 'https://g.example/groups' }],
      redirectUris: ['https://g.example/cb', 'https://g2.example/cb'],
    });
    const changed = await line.tells(
      ...['client', 'change', 'grafana', '--access', 'everybody', '--role', 'viewer=', '--no-first-party'],
      ...['--set', 'logoUri=null'],
    );
    expect(changed).toMatchObject({ access: 'everybody', roles: { admin: ['ops'] }, firstParty: false });
    expect(changed).not.toHaveProperty('logoUri');
    expect(changed).not.toHaveProperty('secret');
    expect(await line.does('client', 'list')).toMatch(/^grafana +grafana +gateway +everybody$/m);
    await line.does(
      ...['client', 'change', 'grafana', '--backchannel-logout-uri', 'https://g.example/bcl'],
      ...['--frontchannel-logout-uri', 'https://g2.example/out', '--set', 'frontchannelLogoutSessionRequired=false'],
    );
    const shown = await line.does('client', 'show', 'grafana');
    expect(shown).toMatch(/^backchannelLogoutUri +https:\/\/g\.example\/bcl$/m);
    expect(shown).toMatch(/^frontchannelLogoutUri +https:\/\/g2\.example\/out$/m);
    expect(shown).toMatch(/^frontchannelLogoutSessionRequired +(no|false)$/m);
    const without = await line.tells('client', 'change', 'grafana', '--backchannel-logout-uri=');
    expect(without).not.toHaveProperty('backchannelLogoutUri');
    expect(shown).toMatch(/^Roles +admin: ops$/m);
    expect(shown).toMatch(/^redirectUris +https:\/\/g\.example\/cb$/m);
    expect(shown).not.toContain(added.secret);
    await line.does('client', 'delete', 'grafana');
    expect(await line.run(['client', 'show', 'grafana'])).toMatchObject({ status: 1, out: '' });
    expect((await line.tells('client', 'list')).items).toEqual([]);
  });

  it('says who may sign in: in serve nobody, until somebody is named', async () => {
    const line = await createCommandLine();
    const spa = ['client', 'add', 'spa', '--public', '--redirect-uri', 'https://spa.example/cb'];
    expect(await line.does(...spa)).toBe('Registered spa. Who may sign in: nobody.\n');
    expect(await line.does('client', 'change', 'spa', '--access', 'everybody')).toContain(
      'Who may sign in: everybody.',
    );
  });

  it('says what is wrong, and registers nothing then', async () => {
    const line = await createCommandLine();
    const add = (...argv: string[]) => line.run(['client', 'add', ...argv]);
    expect(await add()).toMatchObject({ status: 64, err: expect.stringContaining('<id> is missing') });
    expect(await add('--id', 'app')).toMatchObject({ status: 64, err: expect.stringContaining('after the verb') });
    const wrong = await add(
      ...[
        'app',
        '--redirect-uri',
        'https://rp.example/cb#here',
        '--kind',
        'wob',
        '--set',
        'kinds=1',
        '--access',
        'gone',
      ],
    );
    expect(wrong).toMatchObject({ status: 64, out: '' });
    for (const path of ['redirectUris[0]', 'kind', 'kinds']) expect(wrong.err).toContain(`\n  ${path} `);
    expect(wrong.err).toContain('Did you mean kind?');
    const gone = await add('app', '--redirect-uri', 'https://rp.example/cb', '--access', 'gone');
    expect(gone).toMatchObject({ status: 64, err: expect.stringContaining('access[0]') });
    expect(await add('app', '--redirect-uri', 'http://rp.example/cb')).toMatchObject({ status: 64 });
    expect(await add('app', '--mode', 'nowhere')).toMatchObject({ status: 64 });
    const secret = await add('app', '--set', 'secret=0123456789abcdef');
    expect(secret).toMatchObject({ status: 64, out: '' });
    expect(secret.err).not.toContain('0123456789abcdef');
    expect((await line.tells('client', 'list')).items).toEqual([]);
    const good = ['app', '--redirect-uri', 'https://rp.example/cb'];
    expect(await add(...good)).toMatchObject({ status: 0 });
    expect(await add(...good)).toMatchObject({ status: 1, err: expect.stringContaining('belongs to another client') });
  });

  it('a secret is shown once; the only one cannot be retired', async () => {
    const line = await createCommandLine();
    const { secret, secrets } = await line.tells('client', 'add', 'm', '--kind', 'machine');
    expect(await line.run(['client', 'secret', 'retire', 'm', secrets[0].id])).toMatchObject({ status: 1, out: '' });
    const added = await line.does('client', 'secret', 'add', 'm', '--overlap-days', '0');
    expect(added).toMatch(/^New secret, shown this once: [\w-]{43}\n$/);
    expect(added).not.toContain(secret);
    expect((await line.tells('client', 'show', 'm')).secrets).toHaveLength(1);
    expect(await line.run(['client', 'secret', 'add', 'm', '--overlap-days', '-1'])).toMatchObject({ status: 64 });
    expect(await line.run(['client', 'secret'])).toMatchObject({ status: 64, out: '' });
    const log = await line.does('audit', 'export');
    expect(log).toContain('client.secret_added');
    expect(log).not.toContain(secret);
  });

  it('preview shows what somebody’s tokens would contain, and issues none', async () => {
    const line = await createCommandLine();
    await line.does('group', 'add', 'ops');
    await line.does('account', 'add', 'alice', '--group', 'ops');
    await line.does('account', 'add', 'carol');
    await line.does(
      ...['client', 'add', 'app', '--redirect-uri', 'https://rp.example/cb', '--access', 'ops', '--role', 'admin=ops'],
      ...['--set', 'scope=openid groups roles'],
    );
    const { access, scopes, idToken } = await line.tells('client', 'preview', 'app', '--account', 'alice');
    expect(access).toEqual({ allowed: true, by: 'ops' });
    expect(scopes).toEqual(['openid', 'groups', 'roles']);
    expect(idToken).toMatchObject({ groups: ['ops'], roles: ['admin'], aud: 'app', iss: line.issuer });
    const fewer = await line.tells('client', 'preview', 'app', '--account', 'alice', '--scope', 'openid');
    expect(fewer.idToken).not.toHaveProperty('groups');
    expect(await line.does('client', 'preview', 'app', '--account', 'carol')).toMatch(/^May not sign in\./);
    expect(await line.does('client', 'preview', 'app', '--account', 'alice')).toMatch(
      /^May sign in by the group ops\./,
    );
    expect(await line.run(['client', 'preview', 'app'])).toMatchObject({ status: 64 });
    expect(await line.run(['client', 'preview', 'gone', '--account', 'alice'])).toMatchObject({ status: 1 });
    expect(await line.run(['client', 'preview', 'app', '--account', 'gone'])).toMatchObject({ status: 1 });
  });
});

it('postern client hash prints the hash that the file takes, and none of a weak secret', async () => {
  const hash = (input: string) => spawnPostern(['client', 'hash'], { input }).ended;
  const secret = randomBytes(32).toString('hex');
  const expected = createHash('sha256').update(secret).digest('base64url');
  expect(await hash(`${secret}\n`)).toMatchObject({ status: 0, err: '', out: `${expected}\n` });
  const weak = await hash('hunter2\n');
  expect(weak).toMatchObject({ status: 64, out: '', err: expect.stringContaining('256 random bits') });
});
