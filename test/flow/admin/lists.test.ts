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

describe('somebody who may only look', () => {
  it('sees every page and no form but the way out', async () => {
    const auditor = await stage.at('/admin', stage.auditor);
    const paths = [
      '',
      '/accounts',
      `/accounts/${stage.people.alice.id}`,
      '/groups',
      '/groups/engineering',
      '/attributes/department',
    ];
    for (const path of [...paths, '/accounts/new', '/groups/new', '/attributes/new', '/sessions']) {
      const { text, status } = await auditor.get(`/admin${path}`);
      expect([path, status]).toEqual([path, 200]);
      const buttons = [...text.matchAll(/<button[^>]*type="submit"[^>]*>([^<]*)/g)].map(([, words]) => words);
      expect([path, buttons.filter((words) => words !== 'Sign out' && words !== 'Show')]).toEqual([path, []]);
    }
  });
});

describe('the list of accounts', () => {
  it('finds by name and group and goes on from page to page', async () => {
    for (let at = 0; at < 60; at++)
      await accounts().create({ username: `page${String(at).padStart(2, '0')}`, groups: ['office'] }, by);
    const first = await admin.get('/admin/accounts?group=office');
    const namesIn = (text: string) => [...text.matchAll(/<small>(page\d\d)<\/small>/g)].map(([, name]) => name);
    expect(namesIn(first.text)).toHaveLength(50);
    const next = /href="([^"]+)" rel="next"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await admin.get(next);
    expect(namesIn(second.text)).toHaveLength(10);
    expect(new Set([...namesIn(first.text), ...namesIn(second.text)]).size).toBe(60);
    expect(second.text).toContain('href="/admin/accounts?group=office"');
    expect(namesIn((await admin.get('/admin/accounts?search=PAGE07')).text)).toEqual(['page07']);
    expect((await admin.get('/admin/accounts?search=%25')).text).toContain('Nobody fits');
  });

  it('M11 refuses a cursor that was not handed out, and a parameter that is there twice', async () => {
    for (const after of ['x', 'eyJhIjoxfQ', "' OR 1=1 --", Buffer.from('[1]').toString('base64url')]) {
      const { status } = await admin.get(`/admin/accounts?${new URLSearchParams({ after })}`);
      expect([after, status]).toEqual([after, 400]);
    }
    expect((await admin.get('/admin/sessions?after=x')).status).toBe(400);
    expect((await admin.get('/admin/accounts?search=a&search=b')).status).toBe(400);
    expect((await admin.get('/admin/accounts?sort=(select%201)')).status).toBe(200);
  });

  it('speaks the language of the browser', async () => {
    const { text } = await admin.get('/admin/accounts', { headers: { 'accept-language': 'de' } });
    expect(text).toContain('<h1>Konten</h1>');
  });
});

describe('groups and attributes', () => {
  it('a group that a client uses stays; without uses it goes and its members leave it', async () => {
    const { clients, groups } = stage.postern;
    await groups.create({ name: 'team/a' }, by);
    const person = await stage.person(['team/a']);
    await clients.create({ id: 'uses-it', redirectUris: ['https://rp.example/cb'], access: ['team/a'] }, by);
    const path = '/admin/groups/team%2Fa';
    const page = await admin.get(path);
    expect(page.text).toContain('href="/admin/clients/uses-it"');
    expect(page.text).toContain('Members: 1');
    const refused = await admin.post(`${path}/delete`);
    expect([refused.status, refused.text.includes('uses-it')]).toEqual([409, true]);
    await clients.remove('uses-it', by);
    expect(locationOf(await admin.post(`${path}/delete`))).toBe('/admin/groups?done=group-deleted');
    expect((await accounts().find(person.id))?.groups).toEqual([]);
  });

  it('a group may be called new', async () => {
    expect(locationOf(await admin.post('/admin/groups/new', { name: 'new' }))).toBe(
      '/admin/groups/%6eew?done=group-created',
    );
    expect((await admin.get('/admin/groups/%6eew')).text).toContain('<h1>new</h1>');
    expect((await admin.get('/admin/groups/new')).text).toContain('<h1>Add a group</h1>');
    expect((await admin.post('/admin/groups/%6eew', { description: 'Not the page' })).status).toBe(303);
    expect((await stage.postern.groups.find('new'))?.description).toBe('Not the page');
  });

  it('wrong names and types are said beside their fields', async () => {
    const group = await admin.post('/admin/groups/new', { name: 'no spaces here', description: 'x' });
    expect([group.status, group.text.includes('id="name-error"'), group.text.includes('value="x"')]).toEqual([
      422,
      true,
      true,
    ]);
    const attribute = await admin.post('/admin/attributes/new', { name: 'Bad', type: 'blob' });
    expect([
      attribute.status,
      attribute.text.includes('id="name-error"'),
      attribute.text.includes('id="type-error"'),
    ]).toEqual([422, true, true]);
  });

  it('an attribute that somebody has a value of stays', async () => {
    const person = await stage.person();
    await accounts().update(person.id, { attributes: { department: 'Sales' } }, by);
    const refused = await admin.post('/admin/attributes/department/delete');
    expect(refused.status).toBe(409);
    expect(await stage.postern.attributes.find('department')).toBeDefined();
  });
});
