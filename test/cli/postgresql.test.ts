import { expect, it } from 'vitest';
import { createCommandLine } from '../support/command-line.ts';
import { createTestDatabase } from '../support/postgres.ts';

it('R10 the commands work on PostgreSQL as on SQLite', async () => {
  const database = await createTestDatabase();
  try {
    const line = await createCommandLine({ databaseUrl: database.url });
    await line.does('group', 'add', 'ops');
    await line.does('attribute', 'add', 'team');
    const bob = await line.tells('account', 'add', 'bob', '--group', 'ops', '--attribute', 'team=north');
    expect(bob).toMatchObject({ groups: ['ops'], link: { purpose: 'invite' } });
    await line.does('account', 'change', 'bob', '--name', 'Bob');
    await line.does('client', 'add', 'app', '--redirect-uri', 'https://rp.example/cb', '--access', 'ops');
    await line.does('client', 'secret', 'add', 'app');
    await line.does('api-key', 'add', 'ci', '--scope', 'admin:read');
    expect((await line.tells('client', 'preview', 'app', '--account', 'bob')).access).toEqual({
      allowed: true,
      by: 'ops',
    });
    expect((await line.tells('account', 'list', '--search', 'BO')).items).toMatchObject([{ name: 'Bob', version: 2 }]);
    expect((await line.tells('session', 'list')).items).toEqual([]);
    expect((await line.tells('key', 'list')).items).toHaveLength(4);
    expect((await line.does('audit', 'export')).trim().split('\n').length).toBeGreaterThan(7);
    expect(await line.run(['group', 'delete', 'ops'])).toMatchObject({ status: 1, out: '' });
    await line.does('client', 'delete', 'app');
    await line.does('group', 'delete', 'ops');
    await line.does('account', 'delete', 'bob');
    expect((await line.tells('account', 'list')).items).toEqual([]);
  } finally {
    await database.drop();
  }
}, 60_000);
