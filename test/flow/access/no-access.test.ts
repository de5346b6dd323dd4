/** Signed in, and not let in: what the person sees, what the app gets, what is written down. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDevice, enterCode } from '../../support/device.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { by, createTeam, type Team } from '../../support/team.ts';

let team: Team;
beforeAll(async () => {
  team = await createTeam('sqlite', { brand: { name: 'Harbour Lane', helpUrl: 'https://help.example/access' } });
});
afterAll(() => team?.stop());

const refusals = async (clientId: string) =>
  (await team.postern.audit.list(team.postern.db, { limit: 50, clientId, event: 'access.refused' })).items;
const answerOf = (page: { url: string }) => Object.fromEntries(new URL(page.url).searchParams);
const refusal = { error: 'access_denied', error_description: 'this account may not use this app', state: 'a-state' };

describe('a person whom the access rule does not let in', () => {
  it('is told so, and which account it is, and whom to ask', async () => {
    const app = await team.app({ name: 'The wiki' });
    const visitor = team.visitor();
    const page = await visitor.submit(await visitor.open(app.authorizeUrl()), (await team.person()).typed);
    expectHarmless(page);
    expect(page.status).toBe(200);
    expect(page.text).toContain('id="access-title"');
    expect(page.text).toContain('This account may not use The wiki');
    expect(page.text).toMatch(/signed in as <strong>person\d+<\/strong>/);
    expect(page.text).toContain('ask whoever runs Harbour Lane');
    expect(page.text).toContain('href="https://help.example/access"');
    expect(page.headers.get('cache-control')).toContain('no-store');
    const german = await visitor.open(`${page.url}?ui_locales=de`);
    expect(german.text).toContain('Dieses Konto darf The wiki nicht verwenden');
  });

  it('goes back, and the app gets access_denied', async () => {
    const app = await team.app();
    const visitor = team.visitor();
    const person = await team.person();
    const page = await visitor.submit(await visitor.open(app.authorizeUrl()), person.typed);
    const back = await visitor.submit(page, { do: 'cancel' });
    expect(answerOf(back)).toEqual({ ...refusal, iss: team.issuer });
    expect(await refusals(app.id)).toMatchObject([
      { accountId: person.id, actor: { type: 'account', id: person.id }, detail: { groups: ['engineering'] } },
    ]);
    // Signed in all the same: the next app opens without a question about who it is.
    const other = await team.app({ access: 'everybody' });
    expect((await visitor.open(other.authorizeUrl())).text).toContain('id="consent-allow"');
  });

  it('may be somebody else, who is let in', async () => {
    const app = await team.app();
    const visitor = team.visitor();
    const page = await visitor.submit(await visitor.open(app.authorizeUrl()), (await team.person()).typed);
    const login = await visitor.submit(page, { do: 'switch' });
    expect(login.text).toContain('name="password"');
    const member = await team.person({ groups: ['engineering'] });
    const consent = await visitor.submit(login, member.typed);
    expect(consent.text).toContain('id="consent-allow"');
    const { code } = answerOf(await visitor.submit(consent, { do: 'allow' }));
    expect((await app.redeem(code ?? '')).status).toBe(200);
    expect(await refusals(app.id)).toHaveLength(1);
  });

  it('answers prompt=none with access_denied, once it is known who it is', async () => {
    const app = await team.app();
    const visitor = team.visitor();
    const silent = app.authorizeUrl({ prompt: 'none' });
    expect(answerOf(await visitor.open(silent)).error).toBe('login_required');
    await visitor.submit(await visitor.open(app.authorizeUrl()), (await team.person()).typed);
    expect(await refusals(app.id)).toHaveLength(1);
    expect(answerOf(await visitor.open(silent))).toEqual({ ...refusal, iss: team.issuer });
    expect(await refusals(app.id)).toHaveLength(2);
  });

  it('may ask as often as they like: ten in a minute are written down, for each app', async () => {
    const [app, other] = [await team.app(), await team.app()];
    const visitor = team.visitor();
    await visitor.submit(await visitor.open(app.authorizeUrl()), (await team.person()).typed);
    for (let n = 0; n < 12; n++) {
      expect(answerOf(await visitor.open(app.authorizeUrl({ prompt: 'none' }))).error).toBe('access_denied');
    }
    await visitor.open(other.authorizeUrl({ prompt: 'none' }));
    expect([(await refusals(app.id)).length, (await refusals(other.id)).length]).toEqual([10, 1]);
  });

  it('is refused by an app of the house too, and nothing is allowed to that app', async () => {
    const app = await team.app({ firstParty: true, access: 'nobody' });
    const visitor = team.visitor();
    const person = await team.person({ groups: ['engineering'] });
    const page = await visitor.submit(await visitor.open(app.authorizeUrl()), person.typed);
    expect(page.text).toContain('id="access-title"');
    expect(await team.postern.sessions.grantsOfAccount(person.id)).toEqual([]);
    expect(await refusals(app.id)).toMatchObject([{ detail: { groups: [] } }]);
  });

  it('comes in after all when the rule is changed while the page is open', async () => {
    const app = await team.app();
    const visitor = team.visitor();
    const person = await team.person();
    const page = await visitor.submit(await visitor.open(app.authorizeUrl()), person.typed);
    expect(page.text).toContain('id="access-title"');
    await team.postern.clients.update(app.id, { access: 'everybody' }, { by });
    expect((await visitor.open(app.authorizeUrl())).text).toContain('id="consent-allow"');
  });

  it('is not asked for consent before, nor after it was given and the rule closed', async () => {
    const app = await team.app({ access: 'everybody' });
    const visitor = team.visitor();
    const person = await team.person();
    const consent = await visitor.submit(await visitor.open(app.authorizeUrl()), person.typed);
    await visitor.submit(consent, { do: 'allow' });
    await team.postern.clients.update(app.id, { access: ['engineering'] }, { by });
    expect((await visitor.open(app.authorizeUrl())).text).toContain('id="access-title"');
    expect(answerOf(await visitor.open(app.authorizeUrl({ prompt: 'none' }))).error).toBe('access_denied');
  });

  it('can’t get past the page by answering another one', async () => {
    const app = await team.app();
    const visitor = team.visitor();
    const page = await visitor.submit(await visitor.open(app.authorizeUrl()), (await team.person()).typed);
    const tries: Record<string, string>[] = [{ do: 'allow' }, { do: 'login' }, { username: 'alice', password: 'x' }];
    for (const fields of tries) {
      const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
      const body = new URLSearchParams({ csrf, ...fields });
      const answer = await visitor.request(page.url, { method: 'POST', body, headers: { origin: team.issuer } });
      expect(answer.status).toBe(422);
      expect(answer.text).not.toContain('code=');
    }
    expect((await visitor.open(page.url)).text).toContain('id="access-title"');
  });

  it('G09 names with markup stay text', async () => {
    const markup = '<img/src=x>"\'&';
    const app = await team.app({ name: `${markup} app` });
    const visitor = team.visitor();
    const person = await team.person({ username: `<b>${markup}`, name: `${markup} person` });
    const page = await visitor.submit(await visitor.open(app.authorizeUrl()), person.typed);
    expect(page.text).toContain('id="access-title"');
    expect(page.text).not.toContain('<img');
    expect(page.text).not.toContain('<b>');
    expect(page.text).toContain('&lt;img/src=x&gt;');
  });
});

describe('at a device', () => {
  it('H07 a person whom the client does not let in denies the device', async () => {
    const app = await team.app();
    const device = createDevice(team.issuer, app);
    const visitor = team.visitor();
    const begun = await device.begin('openid');
    const login = await visitor.submit(await enterCode(visitor, begun.user_code), { confirm: 'yes' });
    const page = await visitor.submit(login, (await team.person()).typed);
    expect(page.text).toContain('id="access-title"');
    const end = await visitor.submit(page, { do: 'cancel' });
    expect(end.text).toContain('id="device-refused"');
    const { status, body } = await device.poll(begun.device_code);
    expect([status, body.error]).toEqual([400, 'access_denied']);
    expect(await refusals(app.id)).toHaveLength(1);
  });

  it('H07 who is signed in already is refused as well, and may be somebody else', async () => {
    const app = await team.app();
    const open = await team.app({ access: 'everybody' });
    const device = createDevice(team.issuer, app);
    const visitor = team.visitor();
    await visitor.submit(await visitor.open(open.authorizeUrl()), (await team.person()).typed);
    const begun = await device.begin('openid');
    const page = await visitor.submit(await enterCode(visitor, begun.user_code), { confirm: 'yes' });
    expect(page.text).toContain('id="access-title"');
    const login = await visitor.submit(page, { do: 'switch' });
    const consent = await visitor.submit(login, (await team.person({ groups: ['engineering'] })).typed);
    expect((await visitor.submit(consent, { do: 'allow' })).text).toContain('id="device-done"');
    expect((await device.poll(begun.device_code)).status).toBe(200);
  });

  it('H07 who leaves the group after approving gives the device nothing', async () => {
    const app = await team.app();
    const device = createDevice(team.issuer, app);
    const visitor = team.visitor();
    const person = await team.person({ groups: ['engineering'] });
    const begun = await device.begin('openid');
    const login = await visitor.submit(await enterCode(visitor, begun.user_code), { confirm: 'yes' });
    const consent = await visitor.submit(login, person.typed);
    expect((await visitor.submit(consent, { do: 'allow' })).text).toContain('id="device-done"');
    await team.postern.accounts.update(person.id, { groups: [] }, { by });
    const { status, body } = await device.poll(begun.device_code);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });
});
