import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, createVisitor, type Visitor } from '../../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { enter, tokenOf } from '../../support/door-visitor.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { serve, until } from '../../support/spawned.ts';

const password = 'an entirely different lantern nine';
const setupLine = /^Create the first administrator: (\S+) \(works once, within 24 hours; .*\)$/m;

type Opened = { visitor: Visitor; page: Answer };

async function openLink(issuer: string, token: string): Promise<Opened> {
  const visitor = createVisitor(issuer);
  return { visitor, page: await visitor.open(`/link?token=${token}`) };
}
function create(issuer: string, { visitor, page }: Opened, fields: Record<string, string>) {
  const form = { csrf: tokenOf(page), username: 'root', name: 'The First', password, repeat: password, ...fields };
  return visitor.request('/link', { method: 'POST', body: new URLSearchParams(form), headers: { origin: issuer } });
}

// In memory, and PostgreSQL.
describe.each([databases[0], databases[2]] as typeof databases)('the first administrator, over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let postern: Postern;
  beforeAll(async () => {
    opened = await open();
    const store = { db: opened.db, secrets: ['a-secret-of-this-test-that-is-long-enough'], release: () => undefined };
    postern = await startPostern({ store });
  });
  afterAll(async () => {
    await postern.stop();
    await opened.close().catch(() => undefined);
  });
  const issue = () => postern.accounts.issueSetupLink({ by: { type: 'system' } });
  const everybody = async () => (await postern.accounts.list({ limit: 10 })).items;

  it('M06 what is typed is judged before the link is spent; a newer link takes the place of an older one', async () => {
    const older = await openLink(postern.issuer, (await issue()).token);
    expect(older.page.text).toContain('Create the first administrator');
    const { token } = await issue();
    const dead = await create(postern.issuer, older, {});
    expect(dead.status).toBe(400);
    const link = await openLink(postern.issuer, token);
    const wrong = await create(postern.issuer, link, { username: 'two words', password: 'short', repeat: 'short' });
    expectHarmless(wrong);
    expect(wrong.status).toBe(422);
    expect(wrong.text).toMatch(/id="username"[^>]*value="two words"[^>]*aria-invalid="true"/);
    expect(wrong.text).toMatch(/id="password"[^>]*aria-invalid="true"/);
    expect(await everybody()).toEqual([]);
  });

  it('M06 two at once: one becomes the administrator, the other is told; afterwards there is no such page', async () => {
    const { token } = await issue();
    const [one, two] = [await openLink(postern.issuer, token), await openLink(postern.issuer, token)];
    const answers = await Promise.all([
      create(postern.issuer, one, { username: 'one', groups: 'nobody', id: 'acc_chosen' }),
      create(postern.issuer, two, { username: 'two' }),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 400]);
    const winner = answers[0]?.status === 303 ? 'one' : 'two';
    const [account, ...others] = await everybody();
    expect(account).toMatchObject({ username: winner, name: 'The First', groups: ['admins'], disabled: false });
    expect([others, account?.id === 'acc_chosen']).toEqual([[], false]);

    const after = await openLink(postern.issuer, token);
    expect([after.page.status, after.page.text.includes('id="link-dead"')]).toEqual([404, true]);
    await expect(issue()).rejects.toMatchObject({ code: 'conflict' });
    const saved = answers.find(({ status }) => status === 303);
    expect(saved?.headers.get('location')).toBe('/link/done?made=admin');
    const done = await createVisitor(postern.issuer).request('/link/done?made=admin');
    expect(done.text).toContain('href="/admin"');
    const inside = await enter(createVisitor(postern.issuer), '/admin', { username: winner, password });
    expect([inside.status, inside.text.includes('class="side"')]).toEqual([200, true]);
  });
});

describe('serve', () => {
  it('M06 shows the link at each start until somebody has used it, and in no log line', {
    timeout: 60_000,
  }, async () => {
    const first = await serve();
    const linkOf = (out: string) => new URL(setupLine.exec(out)?.[1] ?? '');
    const old = linkOf(first.written.out);
    expect(old.origin + old.pathname).toBe(`${first.issuer}/link`);
    first.kill('SIGTERM');
    await first.ended;

    const second = await serve({ folder: first.folder, port: first.port });
    const token = linkOf(second.written.out).searchParams.get('token') ?? '';
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(token).not.toBe(old.searchParams.get('token'));
    expect((await openLink(second.issuer, old.searchParams.get('token') ?? '')).page.status).toBe(404);
    const lines = second.written.out.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.some((line) => line.includes('nobody can administer yet'))).toBe(true);
    expect(lines.join('\n')).not.toContain(token);
    const made = await create(second.issuer, await openLink(second.issuer, token), {});
    expect(made.status).toBe(303);
    second.kill('SIGTERM');
    await second.ended;

    const third = await serve({ folder: first.folder, port: first.port });
    expect(third.written.out).not.toMatch(setupLine);
    expect((await createVisitor(third.issuer).request('/')).text).toContain('href="/account"');
    third.kill('SIGTERM');
    await third.ended;
  });

  it('says nothing of it in dev', async () => {
    const dev = await serve({ mode: 'dev' });
    await until(() => dev.written.out.includes('People'));
    expect(dev.written.out).not.toMatch(setupLine);
  });
});
