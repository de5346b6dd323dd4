/** What somebody else did meanwhile: changed it, or took it away. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import type { AtDoor } from '../../support/door-visitor.ts';
import { changed, fieldsIn } from '../../support/form-fields.ts';

let stage: Stage;
let admin: AtDoor;
beforeAll(async () => {
  stage = await createStage();
  admin = await stage.at('/admin', stage.people.admin);
});
afterAll(() => stage.stop());

const mainOf = (text: string) => text.slice(text.indexOf('<main'));

describe('what was changed meanwhile', () => {
  it('is not written over by pressing Save again: only the page that is loaded again can', async () => {
    const { accounts, clients, groups, attributes } = stage.postern;
    const person = await stage.person(['engineering']);
    await clients.create({ id: 'both', kind: 'web', redirectUris: ['https://rp.example/cb'] }, by);
    await groups.create({ name: 'both' }, by);
    await attributes.create({ name: 'both', type: 'string' }, by);
    const cases: [string, () => Promise<unknown>, Record<string, string>][] = [
      [`/admin/accounts/${person.id}`, () => accounts.update(person.id, { groups: [] }, by), { name: 'Mine' }],
      ['/admin/clients/both', () => clients.update('both', { name: 'Theirs' }, by), { name: 'Mine' }],
      ['/admin/groups/both', () => groups.update('both', { description: 'Theirs' }, by), { description: 'Mine' }],
      [
        '/admin/attributes/both',
        () => attributes.update('both', { description: 'Theirs' }, by),
        { description: 'Mine' },
      ],
    ];
    for (const [path, change, typed] of cases) {
      const form = changed(fieldsIn((await admin.get(path)).text, path), typed);
      await change();
      const before = await stage.digest();
      const refused = await admin.post(path, form);
      expect([path, refused.status, refused.text.includes('value="Mine"')]).toEqual([path, 412, true]);
      expect(mainOf(refused.text)).toContain(`<a id="load-again" href="${path}">`);
      const again = await admin.post(path, fieldsIn(refused.text, path));
      expect([path, again.status]).toEqual([path, 412]);
      expect(await stage.digest(), path).toBe(before);
      expect((await admin.post(path, fieldsIn((await admin.get(path)).text, path))).status).toBe(303);
    }
  });

  it('nor by way of another problem of the form', async () => {
    const person = await stage.person(['engineering']);
    const path = `/admin/accounts/${person.id}`;
    const form = changed(fieldsIn((await admin.get(path)).text, path), { email: 'nonsense' });
    await stage.postern.accounts.update(person.id, { groups: [] }, by);
    const wrong = await admin.post(path, form);
    expect(wrong.status).toBe(422);
    const mended = await admin.post(path, changed(fieldsIn(wrong.text, path), { email: 'fine@example.test' }));
    expect(mended.status).toBe(412);
    expect((await stage.postern.accounts.find(person.id))?.groups).toEqual([]);
  });

  it('on the own page too', async () => {
    const person = await stage.person();
    const own = await stage.at('/account', person);
    const form = changed(fieldsIn(own.page.text, '/account/profile'), { name: 'Mine' });
    await stage.postern.accounts.update(person.id, { name: 'Theirs' }, by);
    const refused = await own.post('/account/profile', form);
    expect(refused.status).toBe(412);
    expect((await own.post('/account/profile', fieldsIn(refused.text, '/account/profile'))).status).toBe(412);
    expect(mainOf(refused.text)).toContain('<a id="load-again" href="/account">');
  });
});

describe('what is gone meanwhile', () => {
  it('a button pressed twice says so on its page', async () => {
    const { apiKeys, clients } = stage.postern;
    const { id } = await stage.person();
    await clients.create({ id: 'gone', kind: 'machine' }, by);
    const cases: [string, Record<string, string>, string][] = [
      ['/admin/sessions/end', { session: 'ffff' }, 'There is no session with this id'],
      [`/admin/accounts/${id}/sessions/end`, { session: 'ffff' }, 'There is no session with this id'],
      ['/admin/api-keys/revoke', { key: 'key_gone' }, 'There is no API key with this id'],
      ['/admin/clients/gone/secrets/retire', { secret: 'sec_gone' }, 'no live secret'],
    ];
    for (const [path, fields, words] of cases) {
      const { status, text } = await admin.post(path, fields);
      expect([path, status, text.includes('class="side"')]).toEqual([path, 404, true]);
      expect(mainOf(text), path).toContain('id="problem"');
      expect(mainOf(text), path).toContain(words);
    }
    expect(await apiKeys.list()).toEqual([]);
  });

  it('a page that is gone says what is not there, and leads to its list', async () => {
    const { accounts, clients, groups } = stage.postern;
    const { id } = await stage.person();
    await clients.create({ id: 'left', kind: 'machine' }, by);
    await groups.create({ name: 'left' }, by);
    await accounts.remove(id, by);
    await clients.remove('left', by);
    await stage.postern.access.removeGroup('left', by);
    const cases: [string, string, string][] = [
      [`/admin/accounts/${id}`, '/disable', 'There is no account with this id.'],
      ['/admin/clients/left', '/delete', 'There is no client with this id.'],
      ['/admin/groups/left', '/delete', 'There is no group with this name.'],
      ['/admin/attributes/left', '', 'There is no attribute with this name.'],
    ];
    for (const [path, action, words] of cases) {
      const list = path.split('/').slice(0, 3).join('/');
      for (const answer of [await admin.get(path), await admin.post(path + action, { name: 'x' })]) {
        expect([path, answer.status, answer.text.includes('class="side"')]).toEqual([path, 404, true]);
        expect(mainOf(answer.text), path).toContain(words);
        expect(mainOf(answer.text), path).toContain(`href="${list}"`);
      }
    }
  });

  it('a filter of the log that nobody knows any more stays on the page', async () => {
    for (const [query, field] of [
      ['event=nope', 'event'],
      ['event=account.&account=nobody', 'account'],
    ] as const) {
      const { status, text } = await admin.get(`/admin/audit?${query}`);
      expect([query, status, text.includes(`id="${field}-error"`)]).toEqual([query, 400, true]);
      expect(text).toContain('class="side"');
    }
    for (const path of ['/admin/audit', '/admin/accounts', '/admin/clients', '/admin/sessions', '/admin/api-keys']) {
      const { status, text } = await admin.get(`${path}?after=stale`);
      expect([path, status, text.includes('class="side"')]).toEqual([path, 400, true]);
      expect(mainOf(text), path).toContain(`href="${path}"`);
    }
  });
});
