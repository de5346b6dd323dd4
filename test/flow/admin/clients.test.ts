import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import type { AtDoor } from '../../support/door-visitor.ts';
import { fieldsIn } from '../../support/form-fields.ts';

let stage: Stage;
let admin: AtDoor;
beforeAll(async () => {
  stage = await createStage();
  admin = await stage.at('/admin', stage.people.admin);
});
afterAll(() => stage.stop());

const clients = () => stage.postern.clients;
const pathOf = (id: string) => `/admin/clients/${encodeURIComponent(id)}`;
const secretIn = (text: string) => /id="shown-once">([^<]+)</.exec(text)?.[1] ?? '';
/** What the token endpoint says to a client that shows this secret. */
async function tokenStatus(id: string, secret: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  return (await fetch(`${stage.issuer}/token`, { method: 'POST', headers: { authorization }, body })).status;
}

describe('adding a client', () => {
  it('asks for its kind first, then for the few things that this kind needs', async () => {
    const { text } = await admin.get('/admin/clients/new');
    const kinds = ['web', 'spa', 'native', 'machine', 'gateway'];
    for (const kind of kinds) expect(text).toContain(`name="kind" value="${kind}"`);
    expect(text).not.toContain('name="redirectUris"');
    for (const kind of kinds) {
      const page = await admin.get(`/admin/clients/new?kind=${kind}`);
      const names = fieldsIn(page.text, '/admin/clients/new').map(([name]) => name);
      expect([kind, names.includes('redirectUris'), names.includes('scope')]).toEqual([
        ...[kind, kind !== 'machine', kind === 'machine'],
      ]);
      // Apps that run on a server can be told of a sign-out from the first day.
      expect(names.includes('backchannelLogoutUri')).toBe(kind === 'web' || kind === 'gateway');
    }
    expect((await admin.get('/admin/clients/new?kind=other')).text).toContain('name="kind" value="web"');
  });

  it.each([
    ['web', true, ['authorization_code', 'refresh_token'], 'client_secret_basic'],
    ['gateway', true, ['authorization_code', 'refresh_token'], 'client_secret_basic'],
    ['spa', false, ['authorization_code', 'refresh_token'], 'none'],
    [
      ...(['native', false] as const),
      ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      'none',
    ],
    ['machine', true, ['client_credentials'], 'client_secret_basic'],
  ] as const)('%s: shows what to paste, and a secret when it has one', async (kind, hasSecret, grantTypes, method) => {
    const id = stage.unused(kind);
    const redirectUris =
      kind === 'native' ? 'http://127.0.0.1/cb' : 'https://rp.example/cb\r\n\r\nhttps://rp.example/b';
    const answer = await admin.post('/admin/clients/new', [
      ...Object.entries({ kind, id, name: `The ${kind}`, redirectUris, access: 'groups' }),
      ['backchannelLogoutUri', kind === 'web' ? 'https://rp.example/logout' : ''],
      ['accessGroups', 'engineering'],
    ]);
    expect(answer.status).toBe(200);
    const client = await clients().find(id);
    expect(client).toMatchObject({ kind, grantTypes, tokenEndpointAuthMethod: method, origin: 'admin' });
    expect(client?.access).toEqual(kind === 'machine' ? 'nobody' : ['engineering']);
    if (kind === 'web') {
      expect(client?.redirectUris).toEqual(['https://rp.example/cb', 'https://rp.example/b']);
      expect(client?.backchannelLogoutUri).toBe('https://rp.example/logout');
    }
    expect(answer.text).toContain(`<code class="copy">${stage.issuer}</code>`);
    expect(answer.text).toContain(`<code class="copy">${id}</code>`);
    expect(answer.text).toContain(`${stage.issuer}/.well-known/openid-configuration`);
    const secret = secretIn(answer.text);
    expect(secret).toMatch(hasSecret ? /^[\w-]{43}$/ : /^$/);
    if (kind === 'machine') expect(await tokenStatus(id, secret)).toBe(200);
    if (hasSecret) expect((await admin.get(pathOf(id))).text).not.toContain(secret);
  });

  it('shows all that is wrong at once, beside its field, and keeps what was typed', async () => {
    const before = await stage.digest();
    const typed = { kind: 'web', id: 'two words', name: '<b>It</b>', redirectUris: 'javascript:alert(1)' };
    const wrong = { postLogoutRedirectUris: 'x', backchannelLogoutUri: 'file:///x', access: 'groups' };
    const answer = await admin.post('/admin/clients/new', { ...typed, ...wrong });
    expect(answer.status).toBe(422);
    for (const field of ['id', 'redirectUris', 'postLogoutRedirectUris', 'backchannelLogoutUri', 'access'])
      expect(answer.text, field).toContain(`id="${field}-error"`);
    expect(answer.text).toContain('value="two words"');
    expect(answer.text).toContain('value="&lt;b&gt;It&lt;/b&gt;"');
    expect(answer.text).toContain('javascript:alert(1)');
    expect((await admin.post('/admin/clients/new', { kind: 'other', id: 'x' })).status).toBe(422);
    expect(await stage.digest()).toBe(before);
  });

  it('refuses an id that is taken, an account’s or Postern’s own', async () => {
    for (const id of ['app', 'acc_x', 'postern-admin']) {
      const typed = { kind: 'web', id, redirectUris: 'https://rp.example/cb', access: 'nobody' };
      const answer = await admin.post('/admin/clients/new', typed);
      expect([id, answer.status, answer.text.includes(`value="${id}"`)]).toEqual([id, 409, true]);
    }
    expect((await admin.get(pathOf('postern-admin'))).status).toBe(404);
  });
});

describe('the list', () => {
  it('is searched and paged', async () => {
    for (let count = 0; count < 60; count++)
      await clients().create({ id: `many-${String(count).padStart(2, '0')}`, kind: 'machine' }, by);
    const first = await admin.get('/admin/clients?search=MANY-');
    expect(first.text).toContain('>many-49<');
    expect(first.text).not.toContain('>many-50<');
    const next = /<a href="([^"]*after=[^"]*)"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await admin.get(next);
    expect(second.text).toContain('>many-59<');
    expect(second.text).not.toContain('>many-49<');
    expect((await admin.get('/admin/clients?search=no-such-client')).status).toBe(200);
    expect((await admin.get('/admin/clients?after=forged')).status).toBe(400);
  });
});

describe('secrets', () => {
  it('B18 the next one works beside the old one until that is retired; each is shown once', async () => {
    const made = await admin.post('/admin/clients/new', { kind: 'machine', id: 'rotating' });
    const old = secretIn(made.text);
    const next = secretIn((await admin.post(`${pathOf('rotating')}/secrets`, { overlapSeconds: '86400' })).text);
    expect([old, next].map((secret) => secret.length)).toEqual([43, 43]);
    expect([await tokenStatus('rotating', old), await tokenStatus('rotating', next)]).toEqual([200, 200]);
    const page = await admin.get(pathOf('rotating'));
    expect(page.text).not.toContain(old);
    expect(page.text).not.toContain(next);
    const ids = [...page.text.matchAll(/name="secret" value="(sec_[0-9A-Za-z_-]+)"/g)].map(([, id]) => id ?? '');
    expect(ids).toHaveLength(2);
    expect((await admin.post(`${pathOf('rotating')}/secrets`)).status).toBe(409);
    const oldId = (await clients().find('rotating'))?.secrets.find(({ expiresAt }) => expiresAt !== null)?.id ?? '';
    const retired = await admin.post(`${pathOf('rotating')}/secrets/retire`, { secret: oldId });
    expect(retired.headers.get('location')).toBe('/admin/clients/rotating?done=secret-retired');
    expect([await tokenStatus('rotating', old), await tokenStatus('rotating', next)]).toEqual([401, 200]);
    const newest = (await clients().find('rotating'))?.secrets[0]?.id ?? '';
    expect((await admin.post(`${pathOf('rotating')}/secrets/retire`, { secret: newest })).status).toBe(409);
  });

  it('takes no odd overlap, and none for a client without secrets', async () => {
    for (const overlapSeconds of ['x', '-1', '1e99', '99999999999']) {
      const answer = await admin.post(`${pathOf('rotating')}/secrets`, { overlapSeconds });
      expect([overlapSeconds, answer.status]).toEqual([overlapSeconds, 422]);
    }
    expect((await admin.post(`${pathOf('spa')}/secrets`)).status).toBe(409);
    expect((await admin.get(pathOf('spa'))).text).not.toContain('id="secrets"');
  });
});

describe('what it would get', () => {
  it('is what tokens contain for that person, with the verdict about access', async () => {
    const input = { id: 'previewed', redirectUris: ['https://rp.example/cb'], access: ['engineering'] };
    const claims = [{ claim: 'groups' as const, name: 'https://rp.example/groups', prefix: 'team:' }];
    await clients().create({ ...input, claims }, by);
    const insider = await stage.person(['engineering']);
    const outsider = await stage.person();
    const inside = (await admin.get(`${pathOf('previewed')}?as=${insider.username}`)).text;
    expect(inside).toContain('May open it, by the group engineering');
    expect(inside).toContain('team:engineering');
    expect(inside).toContain(insider.id);
    expect((await admin.get(`${pathOf('previewed')}?as=${insider.id}`)).text).toContain('team:engineering');
    expect((await admin.get(`${pathOf('previewed')}?as=${outsider.username}`)).text).toContain('May not open it');
    expect((await admin.get(`${pathOf('previewed')}?as=dave`)).text).toContain('This account is disabled');
    expect((await admin.get(`${pathOf('previewed')}?as=no-such-person`)).text).toContain('id="as-error"');
    await clients().setDisabled('previewed', true, by);
    expect((await admin.get(`${pathOf('previewed')}?as=${insider.username}`)).text).toContain('It is disabled, so');
    expect((await admin.get(`${pathOf('rotating')}?as=${insider.username}`)).text).toContain('Nobody signs in to it');
  });
});

describe('what the file declares', () => {
  it('can be looked at and not changed; secrets that it does not name are made here', async () => {
    const declared = { ...by, source: 'file' } as const;
    const { db } = stage.postern;
    for (const [id, secrets] of [
      ['from-file', { secretHashes: [] }],
      ['secret-from-file', { secret: 'abcdefghij0123456789ABCDEFGHIJ-abcdefghij-0123456789' }],
    ] as const) {
      const input = { id, redirectUris: ['https://rp.example/cb'], access: 'everybody', ...secrets };
      const prepared = await clients().prepare(input, { declared: true });
      await db.transaction((tx) => clients().insertIn(tx, prepared, declared));
      const { text } = await admin.get(pathOf(id));
      expect(text, id).toContain('id="declared"');
      expect(text, id).not.toContain('Save changes');
      const before = await stage.digest();
      for (const path of ['', '/disable', '/delete']) {
        const fields = { name: 'Other', redirectUris: 'https://rp.example/cb', access: 'everybody', more: '' };
        const answer = await admin.post(`${pathOf(id)}${path}`, fields);
        expect([id, path, answer.status, answer.text.includes('postern.yaml')]).toEqual([id, path, 409, true]);
      }
      expect(await stage.digest(), id).toBe(before);
    }
    expect((await admin.get(pathOf('from-file'))).text).toContain('id="no-secret"');
    expect(secretIn((await admin.post(`${pathOf('from-file')}/secrets`)).text)).toHaveLength(43);
    expect((await admin.post(`${pathOf('secret-from-file')}/secrets`)).status).toBe(409);
    expect((await admin.get(pathOf('secret-from-file'))).text).not.toContain('/secrets"');
  });
});
