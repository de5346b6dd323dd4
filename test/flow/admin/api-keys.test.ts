import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import type { AtDoor } from '../../support/door-visitor.ts';
import { createRequestApi } from '../../support/request-api.ts';

let stage: Stage;
let admin: AtDoor;
beforeAll(async () => {
  stage = await createStage();
  admin = await stage.at('/admin', stage.people.admin);
});
afterAll(() => stage.stop());

const secretIn = (text: string) => /id="shown-once">([^<]+)</.exec(text)?.[1] ?? '';
const statusWith = async (secret: string, path = '/accounts') =>
  (await createRequestApi(stage.issuer, secret)('GET', path)).status;

describe('an API key', () => {
  it('is shown once, does what was ticked, and nothing once it is revoked', async () => {
    const made = await admin.post('/admin/api-keys/new', [
      ['name', 'Nightly sync'],
      ['scopes', 'accounts:read'],
      ['scopes', 'groups:write'],
      ['expiresInDays', '30'],
    ]);
    expect(made.status).toBe(200);
    const secret = secretIn(made.text);
    expect(secret).toMatch(/^pst_[\w-]{43}$/);
    const [key] = await stage.postern.apiKeys.list();
    expect(key).toMatchObject({ name: 'Nightly sync', scopes: ['accounts:read', 'groups:write'] });
    expect(key?.createdBy).toBe(stage.people.admin.id);
    expect(((key?.expiresAt ?? 0) - (key?.createdAt ?? 0)) / 86_400_000).toBe(30);
    expect([await statusWith(secret), await statusWith(secret, '/clients')]).toEqual([200, 403]);
    const { text } = await admin.get('/admin/api-keys');
    expect(text).toContain('Nightly sync');
    expect(text).not.toContain(secret);
    const revoked = await admin.post('/admin/api-keys/revoke', { key: key?.id ?? '' });
    expect(revoked.headers.get('location')).toBe('/admin/api-keys?done=api-key-revoked');
    expect(await statusWith(secret)).toBe(401);
    expect((await admin.get('/admin/api-keys')).text).not.toContain('name="key"');
  });

  it('is not made with problems: each beside its field, with what was typed', async () => {
    const before = await stage.digest();
    const wrong = await admin.post('/admin/api-keys/new', { name: '', expiresInDays: '400' });
    expect(wrong.status).toBe(422);
    for (const field of ['name', 'scopes', 'expiresInDays']) expect(wrong.text, field).toContain(`id="${field}-error"`);
    expect(wrong.text).toContain('value="400"');
    for (const typed of [
      { scopes: 'everything', expiresInDays: '' },
      { scopes: 'audit:read', expiresInDays: 'x' },
    ]) {
      const answer = await admin.post('/admin/api-keys/new', { name: 'x', ...typed });
      expect([typed, answer.status]).toEqual([typed, 422]);
    }
    expect((await admin.post('/admin/api-keys/revoke', { key: 'key_nobody' })).status).toBe(404);
    expect(await stage.digest()).toBe(before);
  });

  it('G09 has a name that is text', async () => {
    await stage.postern.apiKeys.create({ name: '<img src=x>', scopes: ['audit:read'] }, by);
    const { text } = await admin.get('/admin/api-keys');
    expect(text).toContain('&lt;img src=x&gt;');
    expect(text).not.toContain('<img');
  });

  it('is found on the page after the next when there are many', async () => {
    const { apiKeys } = stage.postern;
    for (let count = 0; count < 60; count++)
      await apiKeys.create({ name: `many ${count}`, scopes: ['audit:read'] }, by);
    const seen: string[] = [];
    let path: string | undefined = '/admin/api-keys';
    while (path) {
      const { text, status } = await admin.get(path);
      expect(status).toBe(200);
      seen.push(...[...text.matchAll(/<code>(key_[\w-]+)<\/code>/g)].map(([, id]) => id ?? ''));
      path = /<a href="([^"]*)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen).toEqual((await apiKeys.list()).map(({ id }) => id));
    const later = '/admin/api-keys?after=WzEsIngiXQ';
    expect((await admin.get(later)).text).toContain('href="/admin/api-keys"');
    const revoked = await admin.post('/admin/api-keys/revoke?after=WzEsIngiXQ', { key: seen.at(-1) ?? '' });
    expect(revoked.headers.get('location')).toBe('/admin/api-keys?after=WzEsIngiXQ&done=api-key-revoked');
  });

  it('is seen by auditors, who have no forms', async () => {
    const auditor = await stage.at('/admin', stage.auditor);
    for (const path of [
      '/admin/api-keys',
      '/admin/api-keys/new',
      '/admin/clients/app',
      '/admin/clients/new?kind=web',
    ]) {
      const { text, status } = await auditor.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text.replace(/<form class="row" method="post" action="\/admin\/sign-out">/, ''), path).not.toMatch(
        /<button[^>]*type="submit"[^>]*>(?!Sign out|Show)/,
      );
    }
  });
});
