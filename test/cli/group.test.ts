import { describe, expect, it } from 'vitest';
import { createCommandLine } from '../support/command-line.ts';

describe('postern group', () => {
  it('add, list, show, change and delete', async () => {
    const line = await createCommandLine();
    expect(await line.does('group', 'add', 'ops', '--description', 'On call')).toBe('Added the group ops.\n');
    await line.does('account', 'add', 'bob', '--group', 'ops');
    expect(await line.does('group', 'list')).toMatch(/^NAME +PEOPLE .*\nops +1 +administrators +On call\n$/);
    const { items, next } = await line.tells('group', 'list');
    expect(next).toBeNull();
    expect(items).toMatchObject([{ name: 'ops', description: 'On call', origin: 'admin', version: 1 }]);
    expect(await line.tells('group', 'change', 'ops', '--description=')).not.toHaveProperty('description');

    await line.does('client', 'add', 'app', '--redirect-uri', 'https://rp.example/cb', '--access', 'ops');
    expect(await line.does('group', 'show', 'ops')).toMatch(/^Named by +app: access\[0\]$/m);
    expect(await line.run(['group', 'delete', 'ops'])).toMatchObject({
      ...{ status: 1, out: '', err: expect.stringContaining('used by app') },
    });
    await line.does('client', 'delete', 'app');
    await line.does('group', 'delete', 'ops');
    expect((await line.tells('account', 'show', 'bob')).groups).toEqual([]);
    expect(await line.run(['group', 'show', 'ops'])).toMatchObject({ status: 1, out: '' });
    const log = await line.tells('audit', 'list', '--event', 'group.');
    expect(log.items.map(({ event }: { event: string }) => event)).toEqual([
      ...['group.deleted', 'group.updated', 'group.created'],
    ]);
    expect(log.items[0]).toMatchObject({ actor: { type: 'operator' }, detail: { name: 'ops', members: 1 } });
  });

  it('says what is wrong', async () => {
    const line = await createCommandLine();
    await line.does('group', 'add', 'ops');
    expect(await line.run(['group', 'add', 'ops'])).toMatchObject({ status: 1, out: '' });
    expect(await line.run(['group', 'add', '-ops'])).toMatchObject({ status: 64, out: '' });
    expect(await line.run(['group', 'add', '_ops'])).toMatchObject({
      status: 64,
      err: expect.stringContaining('name '),
    });
    expect(await line.run(['group', 'change', 'ops'])).toMatchObject({ status: 64, out: '' });
    expect(await line.run(['group', 'change', 'gone', '--description', 'x'])).toMatchObject({ status: 1, out: '' });
    expect(await line.run(['group', 'delete', 'gone'])).toMatchObject({ status: 1, out: '' });
  });
});

describe('postern attribute', () => {
  it('add, list, show, change and delete', async () => {
    const line = await createCommandLine();
    await line.does('attribute', 'add', 'level', '--type', 'number', '--description', 'How high');
    expect(await line.tells('attribute', 'add', 'team')).toMatchObject({ name: 'team', type: 'string', version: 1 });
    expect(await line.does('attribute', 'list')).toMatch(/^level +number +administrators +How high$/m);
    await line.does('account', 'add', 'bob', '--attribute', 'level=3');
    expect(await line.does('attribute', 'show', 'level')).toMatch(/^People +1 have a value$/m);
    expect(await line.run(['attribute', 'delete', 'level'])).toMatchObject({
      ...{ status: 1, out: '', err: expect.stringContaining('1 account has a value') },
    });
    expect(await line.tells('attribute', 'change', 'level', '--description', 'Height')).toMatchObject({
      description: 'Height',
    });
    await line.does('account', 'change', 'bob', '--attribute', 'level=');
    await line.does('attribute', 'delete', 'level');
    expect((await line.tells('attribute', 'list')).items).toMatchObject([{ name: 'team' }]);
    expect(await line.run(['attribute', 'show', 'level'])).toMatchObject({ status: 1, out: '' });
    expect(await line.run(['attribute', 'add', 'x', '--type', 'text'])).toMatchObject({ status: 64, out: '' });
  });
});
