import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, createApiWorld } from './api-world.ts';

let world: ApiWorld;
let api: ApiWorld['api'];

beforeAll(async () => {
  world = await createApiWorld();
  api = world.api;
});
afterAll(() => world.stop());

const pathsOf = (answer: { body: { errors: { path: string }[] } }) => answer.body.errors.map(({ path }) => path).sort();

describe('versions', () => {
  it('let a change through that knows the present one, and refuse one that does not: 412', async () => {
    const made = await api('POST', '/accounts', { body: { username: 'vera' } });
    expect(made.headers.get('etag')).toBe('"1"');
    const path = made.headers.get('location')?.replace('/api/v1', '') ?? '';
    const change = (name: string, tag: string) => api('PATCH', path, { body: { name }, headers: { 'if-match': tag } });

    const changed = await change('Vera', '"1"');
    expect([changed.status, changed.headers.get('etag'), changed.body.version]).toEqual([200, '"2"', 2]);
    for (const tag of ['"1"', 'W/"2"', '"x"']) {
      const stale = await change('Nobody', tag);
      expect(stale.status, tag).toBe(412);
      expect(stale.body).toMatchObject({ status: 412, title: 'Precondition Failed', code: 'conflict' });
    }
    expect((await change('Nobody', '2')).status).toBe(400);
    expect((await change('Vera 3', '*')).body.name).toBe('Vera 3');
    expect((await api('DELETE', path, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    expect((await api('DELETE', path, { headers: { 'if-match': '"3"' } })).status).toBe(204);
    expect((await api('GET', path)).status).toBe(404);
  });

  it('work for every kind of thing', async () => {
    await api('POST', '/groups', { body: { name: 'versioned' } });
    await api('POST', '/attributes', { body: { name: 'versioned', type: 'string' } });
    await api('POST', '/clients', { body: { id: 'versioned', kind: 'machine' } });
    const things = [
      ['/groups/versioned', { description: 'b' }],
      ['/attributes/versioned', { description: 'b' }],
      ['/clients/versioned', { name: 'b' }],
    ] as const;
    for (const [path, body] of things) {
      expect((await api('PATCH', path, { body, headers: { 'if-match': '"9"' } })).status, path).toBe(412);
      expect((await api('PATCH', path, { body, headers: { 'if-match': '"1"' } })).headers.get('etag')).toBe('"2"');
      const known = await api('GET', path, { headers: { 'if-none-match': '"2"' } });
      expect([known.status, known.text, known.headers.get('etag')]).toEqual([304, '', '"2"']);
      expect((await api('GET', path, { headers: { 'if-none-match': '"1"' } })).status).toBe(200);
      expect((await api('DELETE', path, { headers: { 'if-match': '"1"' } })).status).toBe(412);
      expect((await api('DELETE', path, { headers: { 'if-match': '"2"' } })).status).toBe(204);
    }
  });
});

describe('a merge patch', () => {
  it('changes what it names, inside of claims and attributes too, and takes out what is null', async () => {
    await api('POST', '/attributes', { body: { name: 'prefs', type: 'json' } });
    const made = await api('POST', '/accounts', {
      body: {
        ...{ username: 'petra', name: 'Petra', groups: ['engineering'] },
        claims: { nickname: 'P', address: { country: 'DE', locality: 'Ulm' } },
        attributes: { prefs: { theme: 'dark', size: { a: 1, b: 2 } } },
      },
    });
    expect(made.status, made.text).toBe(201);
    const changed = await api('PATCH', `/accounts/${made.body.id}`, {
      body: {
        name: null,
        claims: { nickname: null, address: { locality: 'Bonn' } },
        attributes: { prefs: { size: { a: null, c: 3 } } },
      },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(changed.status, changed.text).toBe(200);
    expect(changed.body).toMatchObject({ username: 'petra', groups: ['engineering'] });
    expect(changed.body).not.toHaveProperty('name');
    expect(changed.body.claims).toEqual({ address: { country: 'DE', locality: 'Bonn' } });
    expect(changed.body.attributes).toEqual({ prefs: { theme: 'dark', size: { b: 2, c: 3 } } });
  });

  it('changes one role of a client and leaves the others', async () => {
    const roles = { reader: ['engineering'], editor: ['admins'] };
    await api('POST', '/clients', { body: { id: 'roled', redirectUris: ['https://roled.example/cb'], roles } });
    const changed = await api('PATCH', '/clients/roled', { body: { roles: { editor: null, owner: ['admins'] } } });
    expect(changed.body.roles).toEqual({ reader: ['engineering'], owner: ['admins'] });
    expect(changed.body.redirectUris).toEqual(['https://roled.example/cb']);
  });
});

describe('input', () => {
  it('M03 is refused with every problem at once, and nothing of it is stored', async () => {
    const body = {
      ...{
        username: 'has spaces',
        email: 'nobody',
        is_admin: true,
        id: 'acc_mine',
        origin: 'file',
        emailVerified: 'yes',
      },
      claims: { birthdate: 'tomorrow', role: 'admin' },
    };
    const unknown = await api('POST', '/accounts', { body });
    expect(unknown.status).toBe(422);
    expect(pathsOf(unknown)).toEqual(expect.arrayContaining(['id', 'is_admin', 'origin', 'username', 'email']));

    const { is_admin: _, id: __, origin: ___, ...known } = body;
    const wrong = await api('POST', '/accounts', { body: known });
    expect(wrong.status).toBe(422);
    expect(pathsOf(wrong)).toEqual(
      expect.arrayContaining(['claims.birthdate', 'claims.role', 'email', 'emailVerified', 'username']),
    );
    expect((await api('GET', '/accounts?search=spaces')).body.items).toEqual([]);
  });

  it('is refused where it names what is not there, or what belongs to another', async () => {
    const strange = { redirectUris: ['javascript:alert(1)'], access: ['nobody-knows'], tosUri: 'http://x' };
    const client = await api('POST', '/clients', { body: { id: 'strange', ...strange } });
    expect(client.status).toBe(422);
    expect(pathsOf(client)).toEqual(expect.arrayContaining(['redirectUris[0]', 'tosUri']));

    const twin = await api('POST', '/accounts', { body: { username: 'ＡLICE' } });
    expect(twin.status).toBe(409);
    expect(pathsOf(twin)).toEqual(['username']);
    expect((await api('POST', '/clients', { body: { id: 'acc_app' } })).status).toBe(409);
    expect((await api('POST', '/groups', { body: { name: 'engineering' } })).status).toBe(409);
  });

  it('M08 leaves an administrator: the last one can be neither disabled nor removed nor demoted', async () => {
    const path = `/accounts/${world.people.admin.id}`;
    for (const answer of [
      await api('DELETE', path),
      await api('POST', `${path}/disable`),
      await api('PATCH', path, { body: { groups: [] } }),
    ]) {
      expect(answer.status).toBe(409);
      expect(answer.body.detail).toContain('last administrator');
    }
  });

  it('changes no row that the file declares', async () => {
    const applied = await api('POST', '/directory/apply', { body: { groups: [{ name: 'declared' }] } });
    expect(applied.body.changes).toEqual([expect.objectContaining({ kind: 'group', id: 'declared', action: 'add' })]);
    const refused = await api('PATCH', '/groups/declared', { body: { description: 'mine' } });
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain('postern.yaml');
    const emptied = await api('POST', '/directory/apply', { body: { groups: [] } });
    expect(emptied.body.changes).toEqual([expect.objectContaining({ id: 'declared', action: 'remove' })]);
  });

  it('reads no file and no environment for a directory', async () => {
    const accounts = [{ username: 'lfi', passwordFile: '/etc/passwd' }];
    expect((await api('POST', '/directory/plan', { body: { accounts } })).status).toBe(422);
    const clients = [{ id: 'lfi', secret: { file: '/etc/passwd' } }];
    const refused = await api('POST', '/directory/plan', { body: { clients } });
    expect(refused.status).toBe(422);
    expect(refused.text).not.toContain('root:');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file would take from the environment
    const name = '${HOME}';
    await api('POST', '/directory/apply', { body: { accounts: [{ username: 'lfi', name }] } });
    expect((await api('GET', '/accounts?search=lfi')).body.items).toEqual([expect.objectContaining({ name })]);
    await api('POST', '/directory/apply', { body: { accounts: [] } });
  });
});
