import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createVisitor } from '../../../src/testing/sign-in.ts';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import { enter } from '../../support/door-visitor.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { silently } from '../../support/silent.ts';

const markup = '<img src=x onerror=alert(1)>"\'&';
const shownMarkup = '&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;';

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await createStage({ kind });
  });
  afterAll(() => stage.stop());

  type Person = Awaited<ReturnType<Stage['person']>>;
  const find = (id: string) => stage.postern.accounts.find(id);
  const at = (person: Person) => stage.at('/account', person);

  /** That person in a browser of their own, signed in to an app; the refresh token that it got. */
  async function elsewhere(person: Person, { client = 'app' as 'app' | 'app2', userAgent = 'Elsewhere/1.0' } = {}) {
    const visitor = createVisitor(stage.issuer, { userAgent });
    const { username, password } = person;
    const url = stage.authorizeUrl(client, { scope: 'openid profile offline_access', prompt: 'consent' });
    let page = await visitor.submit(await visitor.open(url), { username, password });
    page = await visitor.submit(page, { do: 'allow' });
    const code = new URL(page.url).searchParams.get('code');
    const { body } = await stage.token(client, stage.codeForm(client, code));
    return { visitor, client, refreshToken: body.refresh_token as string };
  }
  const refresh = async ({ client, refreshToken }: { client: 'app' | 'app2'; refreshToken: string }) =>
    (await stage.token(client, { grant_type: 'refresh_token', refresh_token: refreshToken })).status;

  describe('the profile', () => {
    it('holds what a person may say, saves it for the next token, and nothing else', async () => {
      const person = await stage.person();
      const here = await at(person);
      const saved = await here.post('/account/profile', {
        name: 'Mara Lindqvist',
        given_name: 'Mara',
        family_name: 'Lindqvist',
        locale: 'sv',
      });
      expect([saved.status, saved.headers.get('location')]).toEqual([303, '/account?done=profile-saved']);
      const page = await here.visitor.follow(saved);
      expect(page.text).toContain('Your profile is saved.');
      expect(page.text).toContain('value="Mara Lindqvist"');
      expect(page.text).toContain('<option value="sv" selected>svenska</option>');
      expect(await find(person.id)).toMatchObject({
        name: 'Mara Lindqvist',
        claims: { given_name: 'Mara', family_name: 'Lindqvist', locale: 'sv' },
      });
      await here.post('/account/profile', { name: '', given_name: ' ', family_name: '', locale: '' });
      expect(await find(person.id)).toMatchObject({ name: undefined, claims: {} });
    });

    it('M03 fields that a person may not set are not looked at: the row is the same', async () => {
      const person = await stage.person();
      const here = await at(person);
      const before = await find(person.id);
      const claimed = {
        ...{ is_admin: 'true', email_verified: 'true', emailVerified: 'true', id: 'acc_other', groups: 'admins' },
        ...{ email: 'boss@example.test', username: 'boss', disabled: 'true', origin: 'file', sub: 'acc_other' },
        ...{ 'claims.picture': 'https://evil.example/x', 'attributes.department': 'Board', password: 'x', version: '' },
        ...{ __proto__x: '1', constructor: 'x', roles: 'admin', tokensFrom: '0' },
      };
      const answer = await here.post('/account/profile', claimed);
      expect(answer.status).toBe(303);
      expect(await find(person.id)).toEqual(before);
      expect(stage.postern.config.admin.groups).toEqual(['admins']);
      expect((await here.get('/admin')).text).not.toContain('class="side"');
    });

    it('shows what was wrong beside what was typed, and saves nothing', async () => {
      const person = await stage.person();
      const here = await at(person);
      const before = await find(person.id);
      const wrong = await here.post('/account/profile', { name: 'x'.repeat(300), given_name: 'Mara', locale: 'tlh' });
      expect(wrong.status).toBe(422);
      expect(wrong.text).toContain('Nothing was saved.');
      expect(wrong.text).toMatch(/id="name"[^>]*aria-invalid="true"/);
      expect(wrong.text).toContain('value="Mara"');
      expect(wrong.text).toContain('<option value="tlh" selected>tlh</option>');
      expect(await find(person.id)).toEqual(before);
      const stale = await here.post('/account/profile', { name: 'Mara', version: '99' });
      expect([stale.status, (await find(person.id))?.name]).toEqual([412, undefined]);
    });

    it('of an account that a file declares can be read; the own password changes all the same', async () => {
      const { accounts } = stage.postern;
      const password = 'quiet lantern over filed seven';
      const { id } = await accounts.create(
        { username: 'filed', name: 'Filed Away', password },
        { ...by, source: 'file' },
      );
      const here = await stage.at('/account', { username: 'filed', password });
      expect(here.page.text).toContain('id="declared"');
      expect(here.page.text).not.toContain('id="profile-submit"');
      expect((await here.post('/account/profile', { name: 'Mara' })).status).toBe(409);
      expect((await find(id))?.name).toBe('Filed Away');
      const changed = 'an entirely different lantern nine';
      const answer = await here.post('/account/password', { current: password, password: changed, repeat: changed });
      expect(answer.status).toBe(303);
      await expect(
        accounts.authenticate({ username: 'filed', password: changed, ip: '127.0.0.1' }),
      ).resolves.toBeDefined();
    });

    it('G06 G09 shows names of people, apps and browsers with markup as they are', async () => {
      const person = await stage.person();
      await stage.postern.accounts.update(person.id, { name: markup, claims: { family_name: markup } }, by);
      await stage.postern.clients.update('app2', { name: markup }, by);
      await elsewhere(person, { client: 'app2', userAgent: `Mozilla/5.0 (${markup}) Firefox/1` });
      const here = await at(person);
      await here.post('/account/sessions/end', { session: markup });
      expect(here.page.text.split(shownMarkup).length).toBeGreaterThan(4);
      expect(here.page.text).not.toContain('<img');
      expectHarmless(here.page);
    });

    it('links to the administration for those who may go there, and speaks German', async () => {
      const admin = await stage.at('/account', stage.people.admin);
      expect(admin.page.text).toContain('<a href="/admin">');
      const here = await stage.at('/account', stage.people.alice);
      expect(here.page.text).not.toContain('<a href="/admin">');
      const german = await here.get('/account', { headers: { 'accept-language': 'de' } });
      expect(german.text).toContain('Wo Sie angemeldet sind');
    });
  });

  describe('where a person is signed in', () => {
    it('D16 lists the own browsers alone; the one that is signed out is anonymous at once, this one goes on', async () => {
      const [person, other] = [await stage.person(), await stage.person()];
      const phone = await elsewhere(person, { userAgent: 'Mozilla/5.0 (iPhone) Version/18 Safari/605' });
      await elsewhere(other, { userAgent: 'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0' });
      const here = await at(person);
      expect(here.page.text).toContain('Safari on iPhone');
      expect(here.page.text).not.toContain('Firefox on Windows');
      expect(here.page.text.match(/You are here/g)).toHaveLength(1);
      const session = /name="session" value="([^"]+)"/.exec(here.page.text)?.[1] ?? '';
      const ended = await here.post('/account/sessions/end', { session });
      expect(ended.headers.get('location')).toBe('/account?done=device-signed-out');
      expect(await silently(stage, phone.visitor)).toBe('login_required');
      const page = await here.get('/account');
      expect([page.status, page.text.includes('Safari on iPhone')]).toEqual([200, false]);
      expect(page.text).not.toContain('id="end-others"');
    });

    it('M02 the session or grant of somebody else: 404, and it lives on', async () => {
      const [bob, alice] = [await stage.person(), await stage.person()];
      const hers = await elsewhere(alice);
      const { sessions } = stage.postern;
      const [session] = await sessions.listOfAccount(alice.id);
      const [grant] = await sessions.grantsOfAccount(alice.id);
      const his = await at(bob);
      for (const [form, fields] of [
        ['sessions/end', { session: session?.id ?? '' }],
        ['grants/revoke', { grant: grant?.id ?? '' }],
        ['sessions/end', { session: 'x' }],
        ['sessions/end', {}],
        ['grants/revoke', { grant: '' }],
      ] as const) {
        const answer = await his.post(`/account/${form}`, fields);
        expectHarmless(answer);
        expect([form, answer.status]).toEqual([form, 404]);
      }
      expect([await silently(stage, hers.visitor), await refresh(hers)]).toEqual(['signed in', 200]);
      expect(await sessions.grantsOfAccount(alice.id)).toHaveLength(1);
    });

    it('D16 everywhere else at once', async () => {
      const person = await stage.person();
      const [one, two] = [await elsewhere(person), await elsewhere(person)];
      const here = await at(person);
      const ended = await here.visitor.follow(await here.post('/account/sessions/end-others'));
      expect(ended.text).toContain('You are signed out everywhere else.');
      expect([await silently(stage, one.visitor), await silently(stage, two.visitor)]).toEqual([
        'login_required',
        'login_required',
      ]);
      expect((await here.get('/account')).status).toBe(200);
    });

    it('ends here when it was ended from another browser: pages ask again, forms are refused', async () => {
      const person = await stage.person();
      const [here, there] = [await at(person), await at(person)];
      await there.post('/account/sessions/end-others');
      expect((await here.get('/account')).headers.get('location')).toBe('/account/sign-in?return_to=%2Faccount');
      expect((await here.post('/account/profile', { name: 'Too late' })).status).toBe(403);
      expect((await find(person.id))?.name).toBeUndefined();
    });

    it('D07 signed out here, the provider’s session is over too', async () => {
      const person = await stage.person();
      const here = await at(person);
      const out = await here.post('/account/sign-out');
      expect(out.headers.get('location')).toBe('/logout/success');
      expect(await silently(stage, here.visitor)).toBe('login_required');
      expect((await here.visitor.open('/account')).text).toContain('id="signin-title"');
    });
  });

  describe('apps', () => {
    it('stand there once, however many browsers; a removed one has no access from any of them', async () => {
      const person = await stage.person();
      const [one, two] = [await elsewhere(person), await elsewhere(person)];
      const kept = await elsewhere(person, { client: 'app2' });
      const here = await at(person);
      const listed = [...here.page.text.matchAll(/name="grant" value="([^"]+)"/g)].map(([, grant]) => grant);
      expect(listed).toHaveLength(2);
      expect(here.page.text).toContain('The app');
      expect(here.page.text).not.toContain('postern-account');
      const part = here.page.text.split('<li>').find((item) => item.includes('The app<'));
      const grant = /name="grant" value="([^"]+)"/.exec(part ?? '')?.[1] ?? '';
      const removed = await here.post('/account/grants/revoke', { grant });
      expect(removed.headers.get('location')).toBe('/account?done=app-removed');
      expect([await refresh(one), await refresh(two), await refresh(kept)]).toEqual([400, 400, 200]);
      expect((await here.get('/account')).text.match(/name="grant"/g)).toHaveLength(1);
    });
  });

  describe('recent sign-ins', () => {
    it('are the own ones, those that failed too, without what others did', async () => {
      const person = await stage.person();
      const visitor = stage.visitor();
      const signIn = await visitor.open(stage.authorizeUrl('app'));
      await visitor.submit(signIn, { username: person.username, password: 'not the password' });
      const page = await enter(stage.visitor(), '/account', person);
      const table = page.text.slice(page.text.indexOf('id="sign-ins"'), page.text.indexOf('id="profile"'));
      expect([...table.matchAll(/<span>(Signed in|Wrong password)<\/span>/g)].map(([, outcome]) => outcome)).toEqual([
        'Signed in',
        'Wrong password',
      ]);
      expect(table).toContain('127.0.0.1');
    });
  });

  describe('the way in', () => {
    it.each(['//evil.example', '/\\evil.example', 'https:evil.example', '%2f%2fevil.example', 'https://evil.example/'])(
      'D14 return_to=%s goes to /account',
      async (target) => {
        const visitor = stage.visitor();
        const page = await visitor.open(`/account/sign-in?return_to=${target}`);
        const { username, password } = stage.people.bob;
        expect((await visitor.submit(page, { username, password })).url).toBe(`${stage.issuer}/account`);
      },
    );

    it('asks for nothing where the person is signed in to apps already', async () => {
      const visitor = stage.visitor();
      await stage.signIn(visitor, stage.authorizeUrl('app'), 'bob');
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 3_600_000 });
      try {
        const page = await visitor.open('/account');
        expect([page.url, page.text.includes('id="own-title"')]).toEqual([`${stage.issuer}/account`, true]);
      } finally {
        vi.useRealTimers();
      }
    });
  });
});
