import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type PosternOptions, startPostern } from '../../../src/testing/testing.ts';
import { createLogLines } from '../../support/log-lines.ts';

const by = { by: { type: 'operator' } } as const;
const groups = [{ name: 'engineering' }];
const bob = { username: 'bob', groups: ['engineering'] };
const carol = { username: 'carol' };
const app = { id: 'app', redirectUris: ['https://rp.example/cb'], secretHashes: [], access: ['engineering'] };

/** One server after the other over one folder. */
function place(mode: 'serve' | 'dev') {
  const folder = mkdtempSync(join(tmpdir(), 'postern-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return async (declared: PosternOptions) => {
    const log = createLogLines();
    const postern = await startPostern({ mode, data: folder, logStream: log.stream, ...declared });
    const warnings = log.lines.flatMap(({ warning }) => (warning === undefined ? [] : [warning]));
    return { ...postern, warnings };
  };
}

describe('a start of serve', () => {
  it('adds what the file declares and changes nothing else, but says that there is something to change', async () => {
    const start = place('serve');
    const first = await start({ groups, accounts: [bob], clients: [app], brand: { name: 'Castle' } });
    expect(first.warnings).toEqual([]);
    expect(await first.accounts.findByUsername('bob')).toMatchObject({ origin: 'file' });
    expect(await (await fetch(`${first.issuer}/nothing`, { headers: { accept: 'text/html' } })).text()).toContain(
      'Castle',
    );
    await first.stop();

    const changed = { ...bob, name: 'Bob Brenner' };
    const second = await start({ groups, accounts: [changed, carol], clients: [], brand: { name: 'Keep' } });
    const warning = 'postern.yaml differs from the database in 3 places: run postern plan';
    expect(second.warnings).toEqual([warning]);
    expect(await second.accounts.findByUsername('carol')).toMatchObject({ origin: 'file' });
    expect(await second.accounts.findByUsername('bob')).toMatchObject({ name: undefined });
    expect(await second.clients.find('app')).toBeDefined();
    expect(await second.installation.brand()).toMatchObject({ name: 'Castle' });
    await second.stop();

    const third = await start({});
    expect(third.warnings).toEqual([]);
    expect(await third.clients.find('app')).toBeDefined();
    await third.stop();
  });

  it('is refused by an entry that cannot be, with the place of it and status 78', async () => {
    const start = place('serve');
    const wrong = start({ groups, accounts: [{ username: 'bob', groups: ['sails'] }], clients: [{ id: 'app' }] });
    const error = await wrong.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid', exitStatus: 78 });
    const paths = (error as { fields: { path: string }[] }).fields.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['accounts[0].groups[0]']));
    const second = await start({});
    expect(await second.groups.list()).toEqual([]);
    await second.stop();
  });

  it('of two nodes at once puts every entry there once', async () => {
    const start = place('serve');
    const declared = { groups, accounts: [bob, carol], clients: [app] };
    const one = await start(declared);
    const entered = await one.accounts.count();
    const both = [one.directory, one.directory].map((directory) =>
      directory.apply(directory.parse({ ...declared, accounts: [bob, carol, { username: 'erin' }] }), by, {
        only: 'additions',
      }),
    );
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await one.accounts.count()).toBe(entered + 1);
    await one.stop();
  });
});

describe('a start of dev', () => {
  it('makes the database as the file says, samples that it names included', async () => {
    const start = place('dev');
    const first = await start({ accounts: [bob, { username: 'erin' }], brand: { name: 'Castle' } });
    expect(first.warnings).toEqual([]);
    expect(await first.accounts.findByUsername('alice')).toMatchObject({ origin: 'sample' });
    expect(await first.accounts.findByUsername('bob')).toMatchObject({
      origin: 'file',
      name: undefined,
      hasPassword: true,
    });
    await first.stop();
    const second = await start({ accounts: [{ username: 'erin', name: 'Erin' }], brand: { name: 'Keep' } });
    expect(await second.accounts.findByUsername('erin')).toMatchObject({ name: 'Erin' });
    // The file has let go of him: he is the sample again.
    expect(await second.accounts.findByUsername('bob')).toMatchObject({ origin: 'sample', name: 'Bob Brenner' });
    expect(await (await fetch(`${second.issuer}/`, { headers: { accept: 'text/html' } })).text()).toContain('Keep');
    await second.stop();
  });
});
