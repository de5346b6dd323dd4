import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import type { AtDoor } from '../../support/door-visitor.ts';
import { ageCookieKeys, shiftKeys } from '../../support/key-times.ts';

let stage: Stage;
let admin: AtDoor;
const orders = { identifier: 'https://orders.example', format: 'jwt' as const, scopes: ['read'] };
beforeAll(async () => {
  stage = await createStage({ keys: { publishAheadSeconds: 7200, maxAgeSeconds: 300 }, resources: [orders] });
  admin = await stage.at('/admin', stage.people.admin);
});
afterAll(() => stage.stop());

const locationOf = (answer: { headers: Headers }) => answer.headers.get('location');
const keys = () => stage.postern.keys;
const pathOf = (kid: string) => `/admin/keys/${kid}`;
const laneOf = (text: string, kid: string) => {
  const [, lanes = ''] = /<ul class="lanes">([\s\S]*?)<\/ul>/.exec(text) ?? [];
  return lanes.split('<li>').find((lane) => lane.includes(`href="${pathOf(kid)}"`)) ?? '';
};
const active = async (algorithm: 'RS256' | 'ES256' | 'EdDSA') =>
  (await keys().signingSet()).active.get(algorithm)?.kid ?? '';
const lastEvent = async () => (await stage.postern.audit.list(stage.postern.db, { limit: 1 })).items[0];

describe('the page of keys', () => {
  it('J02 publishes the next key with a reason, shows it beside the one that signs, and signs with it early', async () => {
    await shiftKeys(stage.postern, 40);
    const first = await active('ES256');
    const made = await admin.post('/admin/keys/publish', { algorithm: 'ES256', reason: ' spring ' });
    expect(locationOf(made)).toBe('/admin/keys?done=key-published');
    const [{ kid = '' } = {}] = (await keys().list()).filter(({ state }) => state === 'pending');
    expect(await lastEvent()).toMatchObject({
      ...{ event: 'key.published', actor: { type: 'account', id: stage.people.admin.id } },
      detail: { kid, reason: 'spring' },
    });
    const { text } = await admin.get('/admin/keys?done=key-published');
    expect(text).toContain('<span>The next key is published.');
    expect(laneOf(text, kid)).toMatch(/begins to sign in 1 hour<[\s\S]*Pending<[\s\S]*class="pending" x="[\d.]+%"/);
    expect(laneOf(text, first)).toMatch(/stops signing in 1 hour<[\s\S]*Active<[\s\S]*class="active" x="0%"/);
    expect(text).toContain('The next ES256 key');
    // What is on its way need not be published once more.
    expect(text).toContain('<option value="RS256">');
    expect(text).not.toContain('<option value="ES256">');
    const again = await admin.post('/admin/keys/publish', { algorithm: 'ES256' });
    expect(locationOf(again)).toBe('/admin/keys?done=key-on-its-way');

    const page = await admin.get(pathOf(kid));
    expect(page.text).toMatch(
      /If it signs now, apps that have not fetched the key set[\s\S]*They may keep it for 5 minutes/,
    );
    expect(page.text).toContain(`action="${pathOf(kid)}/activate"`);
    expect(page.text).toContain(`id="reason-${kid}" name="reason"`);
    const activated = await admin.post(`${pathOf(kid)}/activate`, { reason: ' all are ready ' });
    expect(locationOf(activated)).toBe(`${pathOf(kid)}?done=key-activated`);
    expect(await lastEvent()).toMatchObject({
      ...{ event: 'key.activated', actor: { id: stage.people.admin.id } },
      detail: { kid, isEarly: true, reason: 'all are ready' },
    });
    expect(await active('ES256')).toBe(kid);
    const after = await admin.get('/admin/keys');
    expect(laneOf(after.text, first)).toMatch(/leaves the key set [\s\S]*Retiring<[\s\S]*class="retiring"/);
    const refused = await admin.post(`${pathOf(kid)}/activate`);
    expect([refused.status, refused.text.includes('only a pending one can begin to sign')]).toEqual([409, true]);
  });

  it('shows which clients have fetched the next key, and how sure that is', async () => {
    const callback = await stage.signIn(stage.visitor(), stage.authorizeUrl('app'));
    await stage.token('app', stage.codeForm('app', callback.searchParams.get('code')));
    const { kid } = await keys().rotate('RS256', by);
    const early = await admin.get(pathOf(kid));
    expect(early.text).toMatch(/If it signed now, clients that may refuse sign-ins [^<]*<strong>1</);
    expect(early.text).toMatch(/The app<[\s\S]*?<span>Not known<[\s\S]*?No fetch was seen/);
    expect(early.text).toMatch(/The app2<[\s\S]*?<span>Not in use</);
    await fetch(`${stage.issuer}/jwks`);
    const { text } = await admin.get(pathOf(kid));
    expect(text).toMatch(/<progress max="1" value="1"/);
    expect(text).toContain('Every client in use has fetched it');
    expect(text).toMatch(/The app<[\s\S]*?<span>Has fetched it<[\s\S]*?From an address that no other client uses/);
    const list = await admin.get('/admin/keys');
    expect(list.text).toMatch(new RegExp(`<strong>1 of 1</strong>[\\s\\S]*href="${pathOf(kid)}#ready"`));
    await keys().activate(kid, by);
    expect((await admin.get(pathOf(kid))).text).toContain('Who has taken it up');
  });

  it('shows how each client did when keys were rehearsed, in dev and testing', async () => {
    const { rehearsals } = stage.postern;
    const page = async () => {
      const { text } = await admin.get(pathOf(await active('RS256')));
      return (name: string) => new RegExp(`>The ${name}<[\\s\\S]*?</tr>`).exec(text)?.[0] ?? '';
    };
    expect((await page())('app')).toContain('Not run');
    for (const [variant, signedIn] of [
      ['sudden', false],
      ['unknown-kid', false],
    ] as const) {
      const { id } = await rehearsals.start({ variant, clientId: 'app' });
      const callback = await stage.signIn(stage.visitor(), stage.authorizeUrl('app'));
      await stage.token('app', stage.codeForm('app', callback.searchParams.get('code')));
      await rehearsals.tell(id, signedIn);
      await rehearsals.end(id);
    }
    const rowOf = await page();
    expect(rowOf('app')).toMatch(/Passed 1 of 7<[\s\S]*Failed: sudden</);
    expect(rowOf('app2')).toContain('Not run');
  });

  it('J05 says above the button what taking a key out breaks, wants a reason, and does it', async () => {
    const kid = await active('RS256');
    const { text } = await admin.get(pathOf(kid));
    const [above = '', below = ''] = text.split(`action="${pathOf(kid)}/revoke"`);
    expect(below).toContain('Take it out for good');
    expect(above).toContain('<a href="/admin/clients/app">The app</a>');
    expect(above).toContain(`<code>${orders.identifier}</code>`);
    expect(above).toContain('A new key, which nobody knows yet');
    expect(above).toMatch(/Apps refuse new sign-ins until [\s\S]*after 5 minutes at the latest/);
    for (const said of [
      'inactive at <code>/introspect</code> at once',
      '<code>id_token_hint</code>',
      'nobody has to sign',
    ])
      expect(above).toContain(said);
    const before = await stage.digest();
    const unsaid = await admin.post(`${pathOf(kid)}/revoke`, { reason: '  ' });
    expect([unsaid.status, unsaid.text.includes('id="reason-error"')]).toEqual([422, true]);
    expect(await stage.digest()).toBe(before);

    const done = await admin.post(`${pathOf(kid)}/revoke`, { reason: 'left on a train' });
    expect(locationOf(done)).toBe(`${pathOf(kid)}?done=key-revoked`);
    expect(await active('RS256')).not.toBe(kid);
    expect(await lastEvent()).toMatchObject({ event: 'key.revoked', detail: { kid, reason: 'left on a train' } });
    const gone = await admin.get(pathOf(kid));
    expect(gone.text).toContain('Taken out');
    expect(gone.text).not.toMatch(/PUBLIC KEY|\/revoke"/);
    const list = await admin.get('/admin/keys');
    expect(laneOf(list.text, kid)).toBe('');
    expect(list.text).toMatch(new RegExp(`Removed keys: 1[\\s\\S]*href="${pathOf(kid)}"`));
    const twice = await admin.post(`${pathOf(kid)}/revoke`, { reason: 'again' });
    expect([twice.status, twice.text.includes('revoked already')]).toEqual([409, true]);
  });

  it('J01 has the public key to copy as it is published, and no private part', async () => {
    const kid = await active('EdDSA');
    const { text } = await admin.get(pathOf(kid));
    for (const [, href = ''] of text.matchAll(/href="(\/jwks\/[^"]+)"/g)) {
      const file = await (await fetch(`${stage.issuer}${href}`)).text();
      expect(text).toContain(file.replaceAll('"', '&quot;').trimEnd());
    }
    expect(text).toMatch(/\.pem"[\s\S]*\.json"/);
    expect(text).not.toMatch(/PRIVATE|&quot;(d|p|q)&quot;:/);
  });

  it('says beside the field what is wrong, with what was typed', async () => {
    const before = await stage.digest();
    const wrong = await admin.post('/admin/keys/publish', { algorithm: 'PS256', reason: 'r'.repeat(201) });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('id="reason-error"');
    expect(wrong.text).toContain(`value="${'r'.repeat(201)}"`);
    const none = await admin.post('/admin/keys/publish', { algorithm: 'PS256' });
    expect([none.status, none.text.includes('id="algorithm-error"')]).toEqual([422, true]);
    expect((await admin.post('/admin/keys/publish', { algorithm: 'none' })).status).toBe(422);
    expect((await admin.post('/admin/keys/publish')).status).toBe(422);
    expect(await stage.digest()).toBe(before);
    expect((await admin.get(pathOf('nobody'))).status).toBe(404);
    for (const [action, fields] of [
      ['activate', {}],
      ['revoke', { reason: 'x' }],
    ] as const)
      expect((await admin.post(`${pathOf('nobody')}/${action}`, fields)).status).toBe(404);
  });

  it('G09 shows a kid from an address as text', async () => {
    const { text, status } = await admin.get(pathOf(encodeURIComponent('<img src=x>')));
    expect(status).toBe(404);
    expect(text).not.toContain('<img');
  });

  it('renews the key of cookies, and nobody is signed out', async () => {
    await ageCookieKeys(stage.postern);
    const renewed = await admin.post('/admin/keys/cookies', { reason: 'yearly' });
    expect(locationOf(renewed)).toBe('/admin/keys?done=cookie-key-made');
    expect(await lastEvent()).toMatchObject({ event: 'key.cookie_created', detail: { reason: 'yearly' } });
    expect(stage.postern.dataKeys.cookies.list()).toHaveLength(2);
    await ageCookieKeys(stage.postern);
    await stage.postern.oidc.follow();
    expect((await admin.get('/admin/keys')).text).toContain(
      'Older ones that still open cookies</dt><dd class="num">1<',
    );
  });

  it('says that a key cannot be opened, and the way on', async () => {
    const { kid } = await keys().rotate('EdDSA', by);
    const sealed = Buffer.alloc(64);
    await stage.postern.db.run('UPDATE keys SET sealed_jwk = ? WHERE kid = ?', [sealed, kid]);
    for (const path of ['/admin/keys', pathOf(kid)]) {
      const { text } = await admin.get(path);
      expect(text).toContain('cannot be opened: it was changed in the database');
      expect(text).toContain('<span>Cannot be opened</span>');
      expect(text).not.toContain(`${pathOf(kid)}/activate`);
    }
    expect(locationOf(await admin.post(`${pathOf(kid)}/revoke`, { reason: 'damaged' }))).toContain('key-revoked');
  });

  it('M01 auditors see it all and have no forms', async () => {
    await keys().rotate('EdDSA', by);
    const auditor = await stage.at('/admin', stage.auditor);
    for (const path of ['/admin/keys', pathOf(await active('EdDSA'))]) {
      const { text, status } = await auditor.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text.match(/<form[^>]*method="post"[^>]*>/g)).toHaveLength(1);
    }
  });

  it('lists the last twenty of many removed keys', async () => {
    for (let at = 0; at < 22; at++) {
      const { kid } = await keys().rotate('EdDSA', by);
      await keys().revoke(kid, by);
    }
    const { text } = await admin.get('/admin/keys');
    const [, fold = ''] = text.split('<details class="fold">');
    expect(fold.match(/Taken out/g)).toHaveLength(20);
    expect(fold).toMatch(/Not shown: \d older ones/);
  });
});
