import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditEvent, auditEventNames } from '../../../src/domain/audit/audit.ts';
import { auditPages } from '../../../src/http/admin/audit.ts';
import { createText, locales } from '../../../src/http/catalogue.ts';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import type { AtDoor } from '../../support/door-visitor.ts';

let stage: Stage;
let admin: AtDoor;
let bob: { id: string; username: string };
beforeAll(async () => {
  stage = await createStage();
  admin = await stage.at('/admin', stage.people.admin);
  bob = await stage.postern.accounts.create({ username: 'logged' }, by);
  await stage.postern.accounts.update(
    bob.id,
    { name: 'Bob <b>B</b>' },
    { by: { type: 'account', id: stage.people.admin.id }, ip: '192.0.2.17' },
  );
  await stage.postern.clients.create({ id: 'wiki', redirectUris: ['https://rp.example/cb'] }, by);
  await stage.postern.clients.update('wiki', { name: 'Wiki' }, by);
});
afterAll(() => stage.stop());

/** The codes of the events that the page lists, newest first. */
async function listed(query: Record<string, string>): Promise<string[]> {
  const { text } = await admin.get(`/admin/audit?${new URLSearchParams(query)}`);
  return [...text.matchAll(/<small><code>([a-z_.]+)<\/code>/g)].map(([, event]) => event ?? '');
}
async function exported(query: Record<string, string>) {
  const { text, headers } = await admin.get(`/admin/audit/export?${new URLSearchParams(query)}`);
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return { text, headers, lines };
}

describe('the log', () => {
  it('says each event in words, in every language, with who and what it is about', async () => {
    for (const locale of locales) {
      const text = createText(locale);
      for (const name of auditEventNames)
        expect(text(`event.${name}`).html.length, `${locale} ${name}`).toBeGreaterThan(3);
    }
    const page = await admin.get(`/admin/audit?account=${bob.username}&event=account.updated`);
    expect(page.text).toContain('Account changed');
    expect(page.text).toContain(`href="/admin/accounts/${bob.id}"`);
    expect(page.text).toContain(`href="/admin/accounts/${stage.people.admin.id}"`);
    expect(page.text).toContain('192.0.2.17');
    expect(page.text).toContain('Bob &lt;b&gt;B&lt;/b&gt;');
    expect((await admin.get('/admin/audit?ui_locales=de&event=account.updated')).text).toContain('Konto geändert');
    expect((await admin.get('/admin/audit?client=wiki')).text).toContain('href="/admin/clients/wiki"');
    expect((await admin.get('/admin/audit?client=postern-admin')).text).not.toContain(
      'href="/admin/clients/postern-admin"',
    );
  });

  it('is filtered by event, kind, account, client, who did it, address and days', async () => {
    expect(await listed({ account: bob.username })).toEqual(['account.updated', 'account.created']);
    expect(await listed({ account: bob.id, event: 'account.created' })).toEqual(['account.created']);
    expect(await listed({ client: 'wiki' })).toEqual(['client.updated', 'client.created']);
    expect(await listed({ client: 'wiki', event: 'account.' })).toEqual([]);
    expect(await listed({ account: 'acc_nobody' })).toEqual([]);
    const last = new Date((await exported({ client: 'wiki' })).lines[0].at);
    const day = (later: number) => {
      const date = new Date(last.getFullYear(), last.getMonth(), last.getDate() + later);
      const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
      return parts.map((part) => String(part).padStart(2, '0')).join('-');
    };
    const from = day(-1);
    expect(await listed({ from, event: 'account.updated', actor: 'admin' })).toEqual(['account.updated']);
    expect(await listed({ from, event: 'account.updated', actor: bob.username })).toEqual([]);
    expect(await listed({ from, ip: '192.0.2.17' })).toEqual(['account.updated']);
    const wiki = { client: 'wiki' };
    expect(await listed({ ...wiki, from: day(-1), to: day(0) })).toHaveLength(2);
    expect(await listed({ ...wiki, from: day(0), to: day(0) })).toContain('client.updated');
    expect(await listed({ ...wiki, from: day(1) })).toEqual([]);
    expect(await listed({ ...wiki, to: day(-1) })).toEqual([]);
  });

  it.each([
    [{ account: 'nobody-here' }, 'account'],
    [{ ip: '192.0.2.17' }, 'ip'],
    [{ actor: 'admin' }, 'actor'],
    [{ actor: 'admin', to: '2026-01-01' }, 'actor'],
    [{ ip: '192.0.2.17', event: 'account.', client: 'wiki', from: '2020-01-01' }, 'ip'],
    [{ event: 'account.', from: '2026-02-31' }, 'from'],
    [{ event: 'account.', to: 'x' }, 'to'],
  ])('does not look up %j, and says why beside the field, in the export too', async (query, field) => {
    for (const path of ['/admin/audit', '/admin/audit/export']) {
      const { status, text } = await admin.get(`${path}?${new URLSearchParams(query as Record<string, string>)}`);
      expect([status, text.includes(`id="${field}-error"`)]).toEqual([400, true]);
    }
  });

  it('M11 a forged cursor or an event that there is not is refused', async () => {
    for (const query of ['after=forged', 'event=nothing', 'event=account.&event=client.', 'event=acc%00'])
      for (const path of ['/admin/audit', '/admin/audit/export']) {
        if (path.endsWith('export') && query.startsWith('after')) continue;
        expect([path, query, (await admin.get(`${path}?${query}`)).status]).toEqual([path, query, 400]);
      }
  });

  it('is paged without a gap or a repetition', async () => {
    const { audit, db } = stage.postern;
    for (let count = 0; count < 120; count++)
      await audit.record(db, {
        event: 'group.updated',
        actor: { type: 'system' },
        detail: { name: `g${count}`, before: {}, after: {} },
      });
    const seen: string[] = [];
    let path: string | undefined = '/admin/audit?event=group.updated';
    while (path) {
      const { text } = await admin.get(path);
      seen.push(...[...text.matchAll(/&quot;name&quot;: &quot;(g\d+)&quot;/g)].map(([, name]) => name ?? ''));
      path = /<a href="([^"]*)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, at) => `g${119 - at}`));
  });
});

describe('the export', () => {
  it('M12 is one JSON object per line, whatever is in it', async () => {
    const name = '=cmd|"/c calc"!A1\u2028+@-';
    await stage.postern.accounts.update(bob.id, { name: 'Bob' }, by);
    const { audit, db } = stage.postern;
    const forged = 'x\n{"event":"admin.signed_in"}\r\n';
    await audit.record(db, { event: 'group.deleted', actor: { type: 'system' }, detail: { name: forged + name } });
    const { text, lines, headers } = await exported({ event: 'group.deleted' });
    expect(headers.get('content-type')).toBe('application/jsonl; charset=utf-8');
    expect(headers.get('content-disposition')).toBe('attachment; filename="audit-events.jsonl"');
    expect(text.split('\n')).toHaveLength(2);
    expect(lines[0]).toMatchObject({ event: 'group.deleted', detail: { name: forged + name } });
  });

  it('is the whole list of the filter, newest first, as the page links to it', async () => {
    const page = await admin.get(`/admin/audit?account=${bob.username}`);
    expect(page.text).toContain(`href="/admin/audit/export?account=${bob.username}"`);
    const { lines } = await exported({ account: bob.username });
    expect(lines.map(({ event, accountId }) => [event, accountId])).toEqual(
      ['account.updated', 'account.updated', 'account.created'].map((event) => [event, bob.id]),
    );
    const { audit, db } = stage.postern;
    for (let count = 0; count < 1100; count++)
      await audit.record(db, { event: 'group.created', actor: { type: 'system' }, detail: { name: `n${count}` } });
    const { lines: created } = await exported({ event: 'group.created' });
    expect(created.filter(({ event }) => event !== 'group.created')).toEqual([]);
    const all = created.map(({ detail }) => detail.name as string);
    expect(all.slice(0, 1100)).toEqual(Array.from({ length: 1100 }, (_, at) => `n${1099 - at}`));
  });

  it('reads on only as fast as it is taken, and no more once nobody takes it', async () => {
    let reads = 0;
    const detail = { name: 'x'.repeat(1000) };
    const event = { id: '0', at: 0, event: 'group.created', actor: { type: 'system' }, detail } as AuditEvent;
    const listEvents = async () => {
      reads++;
      return { items: Array.from({ length: 500 }, () => event), next: 'more' };
    };
    const routes = auditPages({ listEvents, clock: { now: Date.now } } as never, (() => {}) as never);
    const ctx = { query: { event: 'group.created' }, set() {} } as { body?: Readable };
    const accounts = { findByUsername: async () => undefined };
    await routes.find(({ path }) => path.endsWith('/export'))?.handle({ ctx, accounts } as never);
    const { body } = ctx;
    if (!body) throw new Error('there is no body');
    body.read(1);
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(reads).toBeLessThanOrEqual(3);
    body.destroy();
    const before = reads;
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(reads).toBe(before);
  });
});

describe('the list', () => {
  it('M13 says in the list which group, attribute, key or person it was, also when they are gone', async () => {
    const { accounts, access, groups, attributes, apiKeys } = stage.postern;
    await groups.create({ name: 'closed' }, by);
    await access.removeGroup('closed', by);
    await attributes.create({ name: 'floor', type: 'string' }, by);
    await apiKeys.create({ name: 'deploy <b>', scopes: ['accounts:read'] }, by);
    const { id } = await accounts.create({ username: 'leaving' }, by);
    await accounts.remove(id, by);
    const about = async (event: string) =>
      /data-label="About">(.*?)<\/td>/.exec((await admin.get(`/admin/audit?event=${event}`)).text)?.[1];
    expect(await about('group.created')).toContain('<a href="/admin/groups/closed">closed</a>');
    expect(await about('group.deleted')).toBe('<div class="wrap">closed</div>');
    expect(await about('attribute.created')).toContain('<a href="/admin/attributes/floor">floor</a>');
    expect(await about('api_key.created')).toBe('<div class="wrap">deploy &lt;b&gt;</div>');
    expect(await about('account.deleted')).toBe('<div class="wrap">leaving</div>');
    expect(await about('account.created')).toBe('<div class="wrap">leaving</div>');
  });
});
