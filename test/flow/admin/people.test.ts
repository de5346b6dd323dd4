import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import type { AtDoor } from '../../support/door-visitor.ts';

let stage: Stage;
let admin: AtDoor;
beforeAll(async () => {
  stage = await createStage();
  admin = await stage.at('/admin', stage.people.admin);
});
afterAll(() => stage.stop());

const accounts = () => stage.postern.accounts;
const locationOf = (answer: { headers: Headers }) => answer.headers.get('location');
/** The fields of the form on an account's page, as they stand there. */
async function fieldsOf(id: string): Promise<[string, string][]> {
  const { text } = await admin.get(`/admin/accounts/${id}`);
  const form = /<form class="stack" method="post"[\s\S]*?<\/form>/.exec(text)?.[0] ?? '';
  return [...form.matchAll(/<input [^>]*name="([^"]+)"[^>]*>/g)].flatMap(([input, name]): [string, string][] => {
    const value = /value="([^"]*)"/.exec(input)?.[1] ?? '';
    const isOff = input.includes('type="checkbox"') && !input.includes(' checked');
    return isOff || name === 'csrf' ? [] : [[name ?? '', value]];
  });
}
const changed = (fields: [string, string][], changes: Record<string, string>): [string, string][] => [
  ...fields.filter(([name]) => !(name in changes)),
  ...Object.entries(changes),
];

describe('adding an account', () => {
  it('makes it with all that was typed, and shows the invitation this once', async () => {
    const { attributes } = stage.postern;
    for (const type of ['number', 'boolean', 'strings', 'json'] as const)
      await attributes.create({ name: `a_${type}`, type }, by);
    const answer = await admin.post('/admin/accounts/new', [
      ...Object.entries({ username: 'erin', name: 'Erin Ernst', email: 'erin@example.test', emailVerified: 'yes' }),
      ...(['engineering', 'auditors'].map((group) => ['groups', group]) as [string, string][]),
      ...Object.entries({
        'claims.given_name': 'Erin',
        'claims.phone_number': '+49 40 555',
        'claims.phone_number_verified': 'yes',
      }),
      ...Object.entries({ 'claims.address.street_address': 'Kai 7\r\nHof', 'claims.address.locality': 'Hamburg' }),
      ...Object.entries({
        'attributes.department': 'Sales',
        'attributes.a_number': '7.5',
        'attributes.a_boolean': 'false',
      }),
      ...Object.entries({ 'attributes.a_strings': 'one\r\ntwo', 'attributes.a_json': '{"a":[1]}' }),
    ]);
    expect(answer.status).toBe(200);
    expect(await accounts().findByUsername('erin')).toMatchObject({
      ...{ name: 'Erin Ernst', email: 'erin@example.test', emailVerified: true, groups: ['engineering', 'auditors'] },
      claims: {
        ...{ given_name: 'Erin', phone_number: '+49 40 555', phone_number_verified: true },
        address: { street_address: 'Kai 7\nHof', locality: 'Hamburg' },
      },
      attributes: {
        department: 'Sales',
        a_number: 7.5,
        a_boolean: false,
        a_strings: ['one', 'two'],
        a_json: { a: [1] },
      },
      hasPassword: false,
    });
    const link = new URL(/id="shown-once">([^<]+)</.exec(answer.text)?.[1] ?? '');
    expect(`${link.origin}${link.pathname}`).toBe(`${stage.issuer}/link`);
    const found = await accounts().findLink(link.searchParams.get('token') ?? '');
    expect([found?.purpose, found?.account?.username]).toEqual(['invite', 'erin']);
  });

  it('shows every problem beside its field and keeps what was typed', async () => {
    const before = await stage.digest();
    const answer = await admin.post('/admin/accounts/new', {
      ...{ username: 'two words', name: '<b>Erin</b>', email: 'nonsense', 'claims.website': 'javascript:alert(1)' },
    });
    expect(answer.status).toBe(422);
    for (const field of ['username', 'email', 'claims.website']) {
      expect(answer.text, field).toContain(`id="${field}-error"`);
      expect(answer.text, field).toMatch(new RegExp(`id="${field}"[^>]*aria-invalid="true"`));
    }
    expect(answer.text).toContain('value="two words"');
    expect(answer.text).toContain('value="&lt;b&gt;Erin&lt;/b&gt;"');
    expect(answer.text).toContain('role="alert"');
    expect(answer.text).toContain('<b>User name</b>:');
    expect(answer.text).toContain('<b><code>website</code></b>:');
    const german = await admin.post('/admin/accounts/new?ui_locales=de', { username: 'two words' });
    expect(german.text).toContain('<b>Benutzername</b>:');
    const attribute = await admin.post('/admin/accounts/new', { username: 'fine', 'attributes.a_json': '{' });
    expect([attribute.status, attribute.text.includes('id="attributes.a_json-error"')]).toEqual([422, true]);
    expect(await stage.digest()).toBe(before);
  });

  it('refuses a name that is another’s in other letters', async () => {
    const answer = await admin.post('/admin/accounts/new', { username: 'ＡLICE' });
    expect([answer.status, answer.text.includes('id="username-error"')]).toEqual([409, true]);
  });
});

describe('one account', () => {
  it('saved as it stands it stays as it is', async () => {
    const erin = await accounts().findByUsername('erin');
    const id = erin?.id ?? '';
    // Text areas and selects have no value of their own in this reading of the page.
    const rest = {
      ...{ 'claims.address.street_address': 'Kai 7\r\nHof', 'attributes.a_boolean': 'false' },
      ...{ 'attributes.a_strings': 'one\r\ntwo', 'attributes.a_json': '{"a":[1]}' },
    };
    expect(locationOf(await admin.post(`/admin/accounts/${id}`, changed(await fieldsOf(id), rest)))).toBe(
      `/admin/accounts/${id}?done=saved`,
    );
    expect(await accounts().find(id)).toEqual(erin);
  });

  it('saved as it stands it keeps what programs wrote and no field can say', async () => {
    const { id } = await stage.person(['engineering']);
    const odd = {
      claims: { address: { formatted: ' Kai 7\nHof ', locality: 'Bremen' } },
      attributes: { department: ' two spaces ', a_strings: ['one\nline', '', ' more '] },
    };
    const before = await accounts().update(id, odd, by);
    const rest = {
      ...{ 'claims.address.formatted': ' Kai 7\r\nHof ', 'attributes.a_strings': 'one\r\nline\r\n\r\n more ' },
      ...{ 'claims.nickname': 'Nick' },
    };
    expect((await admin.post(`/admin/accounts/${id}`, changed(await fieldsOf(id), rest))).status).toBe(303);
    const after = await accounts().find(id);
    expect(after).toMatchObject({ claims: { ...before.claims, nickname: 'Nick' }, attributes: before.attributes });
    const next = {
      ...rest,
      'attributes.department': 'new',
      'attributes.a_strings': '',
      'claims.address.locality': 'Jena',
    };
    expect((await admin.post(`/admin/accounts/${id}`, changed(await fieldsOf(id), next))).status).toBe(303);
    expect(await accounts().find(id)).toMatchObject({
      claims: { address: { formatted: 'Kai 7\nHof', locality: 'Jena' } },
      attributes: { department: 'new' },
    });
  });

  it('takes changes, empties what was emptied, and nothing that has no field (M03)', async () => {
    const person = await stage.person(['engineering']);
    const fields = changed(await fieldsOf(person.id), { name: 'Neu', email: 'neu@example.test', groups: 'auditors' });
    const foreign = {
      is_admin: 'true',
      id: 'acc_x',
      origin: 'file',
      disabled: 'true',
      password: 'x',
      passwordHash: 'x',
      tokensFrom: '1',
    };
    const nested = { 'claims.sub': 'x', 'attributes.unknown': 'x', 'claims.address.x': 'x', __proto__: 'x' };
    const answer = await admin.post(`/admin/accounts/${person.id}`, [
      ...fields,
      ...Object.entries({ ...foreign, ...nested }),
    ]);
    expect(answer.status).toBe(303);
    const account = await accounts().find(person.id);
    expect(account).toMatchObject({
      ...{ id: person.id, name: 'Neu', email: 'neu@example.test', emailVerified: false, groups: ['auditors'] },
      ...{ disabled: false, origin: 'admin', claims: {}, attributes: {} },
    });
    await admin.post(`/admin/accounts/${person.id}`, changed(await fieldsOf(person.id), { name: '', email: '' }));
    expect(await accounts().find(person.id)).toMatchObject({ name: undefined, email: undefined });
  });

  it('is not written over when somebody else saved it meanwhile', async () => {
    const person = await stage.person();
    const fields = await fieldsOf(person.id);
    await accounts().update(person.id, { name: 'By somebody else' }, by);
    const answer = await admin.post(`/admin/accounts/${person.id}`, changed(fields, { name: 'Mine' }));
    expect([answer.status, answer.text.includes('value="Mine"')]).toEqual([412, true]);
    expect((await accounts().find(person.id))?.name).toBe('By somebody else');
  });

  it('M02 a session or grant of somebody else is not there', async () => {
    const visitor = stage.visitor();
    await stage.signIn(visitor, stage.authorizeUrl('app'), 'alice');
    const { sessions } = stage.postern;
    const session = (await sessions.listOfAccount(stage.people.alice.id))[0]?.id ?? '';
    const grant = (await sessions.grantsOfAccount(stage.people.alice.id))[0]?.id ?? '';
    expect(session).not.toBe('');
    const bob = `/admin/accounts/${stage.people.bob.id}`;
    expect((await admin.post(`${bob}/sessions/end`, { session })).status).toBe(404);
    expect((await admin.post(`${bob}/grants/revoke`, { grant })).status).toBe(404);
    expect(await sessions.listOfAccount(stage.people.alice.id)).toHaveLength(1);
    expect(await sessions.grantsOfAccount(stage.people.alice.id)).toHaveLength(1);
    for (const path of ['', '/disable', '/delete', '/link']) {
      expect([path, (await admin.post(`/admin/accounts/acc_nobody${path}`)).status]).toEqual([path, 404]);
    }
    expect((await admin.get('/admin/accounts/acc_nobody')).status).toBe(404);
  });

  it('Postern’s own pages are no apps that somebody has allowed', async () => {
    const { id } = stage.people.admin;
    const { sessions } = stage.postern;
    expect((await sessions.grantsOfAccount(id)).map(({ clientId }) => clientId)).toContain('postern-admin');
    expect((await admin.get(`/admin/accounts/${id}`)).text).not.toContain('name="grant"');
    expect((await admin.get('/admin/sessions')).text).not.toContain('postern-admin');
  });

  it('M08 the last administrator stays one: the page says why', async () => {
    const { id } = stage.people.admin;
    for (const path of ['/disable', '/delete']) {
      const answer = await admin.post(`/admin/accounts/${id}${path}`);
      expect([path, answer.status, /last administrator/.test(answer.text)]).toEqual([path, 409, true]);
    }
    const taken = (await fieldsOf(id)).filter(([name]) => name !== 'groups');
    const answer = await admin.post(`/admin/accounts/${id}`, taken);
    expect([answer.status, /last administrator/.test(answer.text)]).toEqual([409, true]);
    expect((await accounts().find(id))?.groups).toEqual(['admins']);
  });

  it('shows where the person is signed in, what apps got, what they may open, and what happened', async () => {
    const { text } = await admin.get(`/admin/accounts/${stage.people.alice.id}`);
    expect(text).toContain('The app');
    expect(text).toMatch(/name="session" value="[0-9a-f]+"/);
    expect(text).toMatch(/name="grant" value="[0-9a-f]+"/);
    expect(text).toContain('<code>signin.succeeded</code>');
    expect(text).toContain('href="/admin/clients/app"');
  });

  it('G09 markup in a name is text', async () => {
    const { id } = await stage.person();
    await accounts().update(id, { name: '<img src=x onerror=alert(1)>' }, by);
    for (const path of [`/admin/accounts/${id}`, '/admin/accounts?search=img', '/admin/audit']) {
      const { text } = await admin.get(path);
      expect(text, path).not.toContain('<img');
    }
    expect((await admin.get(`/admin/accounts/${id}`)).text).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });
});

describe('what the file declares', () => {
  it('can be looked at and not changed; a link, an unlock and the end of sessions stay possible', async () => {
    const declared = { ...by, source: 'file' } as const;
    const { groups, attributes } = stage.postern;
    const { id } = await accounts().create({ username: 'declared', groups: ['engineering'] }, declared);
    await groups.create({ name: 'declared' }, declared);
    await attributes.create({ name: 'declared', type: 'date' }, declared);
    for (const path of [`/admin/accounts/${id}`, '/admin/groups/declared', '/admin/attributes/declared']) {
      const page = await admin.get(path);
      expect(page.text, path).toContain('id="declared"');
      expect(page.text, path).not.toContain('Save changes');
      const before = await stage.digest();
      for (const action of ['', '/delete']) {
        const answer = await admin.post(`${path}${action}`, { username: 'declared', description: 'other' });
        expect([path, action, answer.status, answer.text.includes('postern.yaml')]).toEqual([path, action, 409, true]);
      }
      expect(await stage.digest(), path).toBe(before);
    }
    expect((await admin.post(`/admin/accounts/${id}/disable`)).status).toBe(409);
    expect((await admin.post(`/admin/accounts/${id}/link`)).status).toBe(200);
    expect((await admin.post(`/admin/accounts/${id}/unlock`)).status).toBe(303);
  });
});
