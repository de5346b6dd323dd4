import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRequestApi, type RequestApi } from '../../support/request-api.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { by: { type: 'operator' as const } };
let world: World;
let api: RequestApi;
beforeAll(async () => {
  world = await createWorld({ mode: 'serve' });
  const key = await world.postern.apiKeys.create({ name: 'clients', scopes: ['clients:write'] }, by);
  api = createRequestApi(world.issuer, key.secret);
});
afterAll(() => world?.stop());

const rows = () => world.postern.db.all('SELECT * FROM clients ORDER BY id');
const web = { id: 'late', kind: 'web', redirectUris: ['https://late.example/cb'] };
const pathsOf = (answer: { body: { errors?: { path: string }[] } }) => answer.body.errors?.map(({ path }) => path);

describe('what no client may be', () => {
  it.each(['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'JavaScript:alert(1)'])(
    'A04 %s as an address of a new or a known client is 422 and leaves no trace',
    async (uri) => {
      const before = await rows();
      const created = await api('POST', '/clients', {
        body: { ...web, redirectUris: ['https://late.example/cb', uri] },
      });
      expect(created.status).toBe(422);
      expect(pathsOf(created)).toEqual(['redirectUris[1]']);
      const changed = await api('PATCH', '/clients/app', {
        body: { redirectUris: [uri], postLogoutRedirectUris: [uri] },
      });
      expect(changed.status).toBe(422);
      expect(pathsOf(changed)).toEqual(['redirectUris[0]', 'postLogoutRedirectUris[0]']);
      expect(await rows()).toEqual(before);
    },
  );

  it('G06 a script as one of its pages is 422', async () => {
    const before = await rows();
    for (const member of ['policyUri', 'tosUri', 'logoUri', 'clientUri', 'initiateLoginUri']) {
      for (const uri of ['javascript:alert(1)', 'data:text/html,<script>alert(1)</script>', 'http://late.example/']) {
        const created = await api('POST', '/clients', { body: { ...web, [member]: uri } });
        expect({ status: created.status, paths: pathsOf(created) }).toEqual({ status: 422, paths: [member] });
        expect((await api('PATCH', '/clients/app', { body: { [member]: uri } })).status).toBe(422);
      }
    }
    expect(await rows()).toEqual(before);
  });

  it('B14 a client that could be taken for a person, or for Postern itself, is 409', async () => {
    const before = await rows();
    for (const id of [world.people.alice.id, 'acc_anything', 'ACC_x', 'postern-admin', 'postern-account', 'app']) {
      expect((await api('POST', '/clients', { body: { ...web, id } })).status, id).toBe(409);
    }
    expect(await rows()).toEqual(before);
  });

  it('tells all that is wrong in one answer, also what the engine says', async () => {
    const answer = await api('POST', '/clients', {
      body: { ...web, access: ['ghosts'], pkce: 'optional', tokenEndpointAuthMethod: 'none', defaultAcrValues: ['x'] },
    });
    expect(answer.status).toBe(422);
    expect(pathsOf(answer)).toEqual(['pkce', 'access[0]', 'defaultAcrValues']);
    const misspelt = await api('POST', '/clients', { body: { ...web, redirect_uris: [], grantType: ['x'] } });
    expect(misspelt.status).toBe(422);
    expect(pathsOf(misspelt)).toEqual(['redirect_uris', 'grantType']);
  });

  it('names the member of the key that the engine does not like', async () => {
    const jwks = {
      keys: [
        { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
        { kty: 'EC', crv: 'P-256', y: 'y' },
      ],
    };
    const answer = await api('POST', '/clients', {
      body: { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwks },
    });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'jwks.keys[1].x', message: 'must be a non-empty string for EC keys' }] },
    });
  });
});
