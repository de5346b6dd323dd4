import { expect, it } from 'vitest';
import { apiScopes } from '../../src/domain/api-keys/api-keys.ts';
import { createCommandLine } from '../support/command-line.ts';
import { goodSecret, serve, spawnPostern } from '../support/spawned.ts';

const env = { POSTERN_SECRET: goodSecret };

it('R10 postern api-key beside a running server: a key works at once, and no more once it is revoked', async () => {
  const { folder, issuer } = await serve();
  const postern = (...argv: string[]) =>
    spawnPostern([...argv, '--json', '--issuer', issuer, '--data', folder], { env }).ended;
  const made = await postern('api-key', 'add', 'ci', '--scope', 'groups:read');
  expect(made).toMatchObject({ status: 0, err: '' });
  const { id, secret } = JSON.parse(made.out);
  const groups = () => fetch(`${issuer}/api/v1/groups`, { headers: { authorization: `Bearer ${secret}` } });
  expect((await groups()).status).toBe(200);
  expect(await postern('api-key', 'revoke', id)).toMatchObject({ status: 0, err: '' });
  expect((await groups()).status).toBe(401);
}, 60_000);

it('postern api-key: shown once, listed with its state', async () => {
  const line = await createCommandLine();
  const made = await line.does('api-key', 'add', 'nightly job', '--scope', 'accounts:read,groups:write');
  const [, secret = 'missing'] = /^Key, shown this once: (pst_[\w-]{43})$/m.exec(made) ?? [];
  const [, id = 'missing'] = /^Made (key_\S+); it lasts until /.exec(made) ?? [];
  const listed = await line.does('api-key', 'list');
  expect(listed).toMatch(
    new RegExp(`^nightly job +until \\S+ \\S+ UTC +accounts:read groups:write +operator +${id}$`, 'm'),
  );
  const { items } = await line.tells('api-key', 'list');
  expect(items).toEqual([
    {
      ...{ id, name: 'nightly job', scopes: ['accounts:read', 'groups:write'] },
      ...{ createdAt: expect.stringContaining('T'), expiresAt: expect.stringContaining('T') },
    },
  ]);
  await line.does('api-key', 'revoke', id);
  expect(await line.does('api-key', 'list')).toMatch(/^nightly job +revoked /m);
  expect(await line.does('audit', 'export')).not.toContain(secret);

  expect(await line.run(['api-key', 'revoke', 'key_gone'])).toMatchObject({ status: 1, out: '' });
  expect(await line.run(['api-key', 'add', 'x'])).toMatchObject({
    status: 64,
    err: expect.stringContaining('scopes '),
  });
  expect(await line.run(['api-key', 'add', 'x', '--scope', 'all'])).toMatchObject({ status: 64, out: '' });
  expect(await line.run(['api-key', 'add', 'x', '--scope', 'admin:read', '--expires-in-days', '400'])).toMatchObject({
    status: 64,
  });
});

it('its help names everything that a scope can be of', async () => {
  const line = await createCommandLine();
  const help = await line.does('api-key', 'add', '--help');
  const [, named = ''] = /What: ([\s\S]*?)\.\n/.exec(help) ?? [];
  const words = named.replace(/ \(everything\)|and /g, '').split(/[,;]\s+/);
  const expected = new Set(apiScopes.map((scope) => (scope === 'metrics:read' ? scope : scope.split(':')[0])));
  expect(words).toEqual([...expected]);
});

it('postern key list shows the public side of the signing keys', async () => {
  const line = await createCommandLine();
  const { items } = await line.tells('key', 'list');
  expect(items.map(({ algorithm, state }: Record<string, string>) => [algorithm, state])).toEqual([
    ...[
      ['RS256', 'active'],
      ['PS256', 'active'],
      ['ES256', 'active'],
      ['EdDSA', 'active'],
    ],
  ]);
  expect(Object.keys(items[0])).toEqual([
    'kid',
    'algorithm',
    'state',
    'isRevoked',
    'isDamaged',
    'createdAt',
    'activatedAt',
    'retiresAt',
  ]);
  expect(await line.does('key', 'list')).toContain(items[0].kid);
});
