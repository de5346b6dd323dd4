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

const clients = () => stage.postern.clients;
const pathOf = (id: string) => `/admin/clients/${encodeURIComponent(id)}`;
const formOf = async (id: string) => fieldsIn((await admin.get(pathOf(id))).text, pathOf(id));
const post = async (id: string, changes: Parameters<typeof changed>[1]) =>
  admin.post(pathOf(id), changed(await formOf(id), changes));

const everything = {
  ...{ id: 'everything', kind: 'web', name: 'Everything', clientUri: 'https://rp.example/' },
  redirectUris: ['https://rp.example/cb', 'http://localhost:3000/cb'],
  postLogoutRedirectUris: ['https://rp.example/bye'],
  access: ['engineering', 'auditors'],
  roles: { Editor: ['engineering'], 'Viewer: all': ['auditors', 'engineering'] },
  claims: [
    { claim: 'groups', name: 'https://rp.example/groups', in: ['id_token'], only: ['eng*'], prefix: 'team: ' },
    { attribute: 'department' },
    { value: { tier: ['gold', 7, '"'] }, name: 'plan', scope: 'groups' },
    { claim: 'email', in: [] },
  ],
  responseTypes: ['code', 'code id_token'],
  grantTypes: ['refresh_token', 'authorization_code'],
  tokenEndpointAuthMethod: 'client_secret_post',
  ...{ idTokenSignedResponseAlg: 'ES256', pkce: 'optional', firstParty: true, claimsInIdToken: false },
  ...{
    contacts: ['team@rp.example'],
    defaultMaxAge: 3600,
    rotateRefreshToken: true,
    logoUri: 'https://rp.example/l.png',
  },
} as const;

describe('one client', () => {
  it('saved as it stands it stays as it is, whatever it has', async () => {
    await clients().create(structuredClone(everything) as never, by);
    await clients().create({ id: 'a/b?c#d%20e', redirectUris: ['https://rp.example/cb'] }, by);
    const roles = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`Role ${at}`, ['engineering']]));
    const claims = Array.from({ length: 50 }, (_, at) => ({ name: `claim-${at}`, value: at }));
    await clients().create({ id: 'many', redirectUris: ['https://rp.example/cb'], roles, claims }, by);
    const last = await stage.lastEvent();
    for (const id of ['everything', 'many', 'a/b?c#d%20e', 'app', 'spa', 'cli']) {
      const before = await clients().find(id);
      const answer = await post(id, {});
      expect([id, answer.status]).toEqual([id, 303]);
      expect(await clients().find(id)).toEqual(before);
    }
    expect(await stage.eventsSince(last)).toEqual([]);
  });

  it('takes what is changed, and only that', async () => {
    const id = 'everything';
    const answer = await post(id, {
      ...{ name: 'Changed', clientUri: '', redirectUris: 'https://rp.example/cb\r\nhttps://rp.example/two' },
      ...{ access: 'everybody', accessGroups: [], responseTypes: ['code'], pkce: [], claimsInIdToken: 'yes' },
      // The second role goes, another one comes.
      ...{
        'roles[1].name': '',
        'roles[1].groups': '',
        'roles[2].name': 'Admin',
        'roles[2].groups': 'admins,engineering',
      },
      // The first rule goes, the second gets a name, the one below the last is new.
      ...{ 'claims[0].from': 'remove', 'claims[1].name': 'dept', 'claims[1].in': ['userinfo'] },
      ...{ 'claims[4].from': 'value', 'claims[4].name': 'level', 'claims[4].value': '[1, "two"]' },
      more: '{"kind": "gateway", "contacts": ["other@rp.example"]}',
    });
    expect(answer.headers.get('location')).toBe('/admin/clients/everything?done=saved');
    const client = await clients().find(id);
    expect(client).toMatchObject({
      ...{ name: 'Changed', access: 'everybody', responseTypes: ['code'], pkce: 'required', kind: 'gateway' },
      redirectUris: ['https://rp.example/cb', 'https://rp.example/two'],
      roles: { Editor: ['engineering'], Admin: ['admins', 'engineering'] },
      claims: [
        { attribute: 'department', name: 'dept', in: ['userinfo'] },
        { value: { tier: ['gold', 7, '"'] }, name: 'plan', scope: 'groups' },
        { claim: 'email', in: [] },
        { value: [1, 'two'], name: 'level' },
      ],
      ...{ claimsInIdToken: true, contacts: ['other@rp.example'], firstParty: true, idTokenSignedResponseAlg: 'ES256' },
    });
    expect(client?.grantTypes).toEqual(['refresh_token', 'authorization_code']);
    expect([client?.clientUri, client?.logoUri, client?.defaultMaxAge]).toEqual([undefined, undefined, undefined]);
  });

  it('shows every problem beside its field, those that only the form sees with those of the room', async () => {
    const before = await stage.digest();
    const answer = await post('everything', {
      ...{ name: 'x'.repeat(201), redirectUris: 'https://rp.example/cb#x', postLogoutRedirectUris: 'javascript:x' },
      ...{ access: 'groups', clientUri: 'javascript:alert(1)', scope: 'a  b', idTokenSignedResponseAlg: 'none' },
      ...{ 'roles[0].groups': 'engineering, nobodies', 'roles[2].name': 'Editor', 'roles[2].groups': 'x' },
      ...{ 'claims[0].name': 'sub', 'claims[1].value': 'gold', 'claims[3].only': 'a*b', 'claims[4].prefix': 'lost' },
      more: '{"policyUri": "javascript:alert(1)", "logoUrl": "https://rp.example/l"}',
    });
    expect(answer.status).toBe(422);
    const fields = ['name', 'redirectUris', 'postLogoutRedirectUris', 'access', 'clientUri', 'scope', 'more'];
    const rows = ['idTokenSignedResponseAlg', 'roles[2].name', 'claims[0].name', 'claims[1].value', 'claims[4].from'];
    for (const field of [...fields, ...rows]) expect(answer.text, field).toContain(`id="${field}-error"`);
    expect(answer.text).toMatch(/id="more-error"[\s\S]*policyUri must be an https URL/);
    expect(answer.text).toContain('logoUrl is not known. Did you mean logoUri');
    expect(answer.text).toContain('value="lost"');
    expect(await stage.digest()).toBe(before);
    const dangling = await post('everything', { 'roles[0].groups': 'engineering, nobodies' });
    expect([dangling.status, dangling.text.includes('id="roles[0].groups-error"')]).toEqual([422, true]);
  });

  it.each([
    ['nobody', ['engineering'], 'access'],
    ['everybody', ['engineering'], 'access'],
    ['groups', [], 'access'],
    ['', [], 'access'],
  ])('does not guess who may open it: %s with %j', async (access, accessGroups, field) => {
    const answer = await post('app', { access, accessGroups });
    expect([answer.status, answer.text.includes(`id="${field}-error"`)]).toEqual([422, true]);
    expect((await clients().find('app'))?.access).toBe('everybody');
  });

  it.each([
    '{',
    '[]',
    'null',
    '7',
    '{"name": "x"}',
    '{"disabled": true}',
    '{"id": "x"}',
    '{"secretHash": "x"}',
    '{"__proto__": {"id": "x"}}',
  ])('refuses %s as further metadata', async (more) => {
    const before = await stage.digest();
    const answer = await post('app', { more });
    expect([answer.status, answer.text.includes('id="more-error"')]).toEqual([422, true]);
    expect(await stage.digest()).toBe(before);
  });

  it('takes no field that the form does not have (M03)', async () => {
    const before = await clients().find('app');
    const foreign = { id: 'x', origin: 'file', disabled: 'true', secret: 'x', secretHash: 'x', postern_access: 'true' };
    expect((await post('app', { ...foreign, secretsDeclared: 'true', __proto__: 'x' })).status).toBe(303);
    expect(await clients().find('app')).toEqual(before);
  });

  it('is not written over when somebody else saved it meanwhile', async () => {
    const fields = await formOf('app2');
    await clients().update('app2', { name: 'By somebody else' }, by);
    const answer = await admin.post(pathOf('app2'), changed(fields, { name: 'Mine' }));
    expect([answer.status, answer.text.includes('value="Mine"')]).toEqual([412, true]);
    expect((await clients().find('app2'))?.name).toBe('By somebody else');
  });

  it('warns of what is less safe, and is not there when nobody made it', async () => {
    await clients().update('app2', { pkce: 'optional', responseTypes: ['code', 'id_token'] }, by);
    const { text } = await admin.get(pathOf('app2'));
    expect(text).toContain('id="pkce-optional"');
    expect(text).toContain('id="id-token-in-browser"');
    expect((await admin.get(pathOf('app'))).text).not.toContain('id="pkce-optional"');
    for (const path of ['', '/disable', '/delete', '/secrets'])
      expect([path, (await admin.post(`${pathOf('gone')}${path}`)).status]).toEqual([path, 404]);
  });

  it('G06 G09 markup in names of clients and roles is text, and an address is no script', async () => {
    const markup = '<img src=x onerror=alert(1)>';
    const input = { id: 'markup', name: markup, redirectUris: ['https://rp.example/cb'] };
    await clients().create({ ...input, roles: { [markup]: ['engineering'] } }, by);
    for (const path of [
      pathOf('markup'),
      '/admin/clients',
      '/admin/clients?search=img',
      '/admin/audit?client=markup',
    ]) {
      const { text } = await admin.get(path);
      expect(text, path).not.toContain('<img');
      expect(text, path).toContain('&lt;img src=x onerror=alert(1)&gt;');
    }
    for (const member of ['policyUri', 'logoUri', 'tosUri', 'initiateLoginUri']) {
      const answer = await post('markup', { more: JSON.stringify({ [member]: 'javascript:alert(1)' }) });
      expect([member, answer.status]).toEqual([member, 422]);
    }
  });
});
