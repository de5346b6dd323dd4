/** Clients that publish their keys: jwks_uri, and the guard that it is fetched through. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { type: 'operator' } as const;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keySet = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one' }] });

let server: Server;
let origin: string;
const asked: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/moved') return response.writeHead(302, { location: '/keys' }).end();
    if (request.url === '/large') return response.end(`${keySet}${' '.repeat(200_000)}`);
    if (request.url === '/gone') return response.writeHead(204).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(keySet);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function tokenOf(world: World, id: string) {
  const exp = Math.floor(Date.now() / 1000) + 60;
  const claims = { iss: id, sub: id, aud: world.issuer, jti: randomUUID(), exp };
  const assertion = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(privateKey);
  return post(`${world.issuer}/token`, {
    ...{ grant_type: 'client_credentials', client_assertion: assertion },
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });
}

const register = (world: World, id: string, jwksUri: string) =>
  world.postern.clients.create({ id, kind: 'machine', tokenEndpointAuthMethod: 'private_key_jwt', jwksUri }, { by });

describe('jwks_uri', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ strictClients: true });
  });
  afterAll(() => world.stop());

  it('B12 I09 a client is known by the keys that it publishes, fetched once a minute', async () => {
    await register(world, 'publisher', `${origin}/keys?of=publisher`);
    expect((await tokenOf(world, 'publisher')).status).toBe(200);
    expect((await tokenOf(world, 'publisher')).status).toBe(200);
    expect(asked.filter((path) => path === '/keys?of=publisher')).toHaveLength(1);
  });

  it.each([
    ['I07 a redirect is not followed', 'moved'],
    ['I08 more than a key set is not read', 'large'],
    ['an answer without a body is no key set', 'gone'],
  ])('%s', async (_name, path) => {
    await register(world, path, `${origin}/${path}`);
    const before = asked.length;
    const { status, body } = await tokenOf(world, path);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    expect(asked.slice(before)).toEqual([`/${path}`]);
  });

  it('says what may not be there', async () => {
    const { clients } = world.postern;
    const both = { id: 'both', kind: 'machine', tokenEndpointAuthMethod: 'private_key_jwt' } as const;
    const create = (more: object) => clients.create({ ...both, ...more }, { by });
    await expect(create({})).rejects.toMatchObject({ fields: [{ path: 'jwks' }] });
    await expect(create({ jwksUri: 'http://keys.example/jwks' })).rejects.toMatchObject({
      fields: [{ path: 'jwksUri' }],
    });
    const jwks = JSON.parse(keySet);
    await expect(create({ jwks, jwksUri: 'https://keys.example/jwks' })).rejects.toMatchObject({
      fields: [{ path: 'jwks' }],
    });
  });
});

it('I05 in serve a private address is asked only when the administrator has listed it', async () => {
  const refused = await createWorld({ mode: 'serve' });
  try {
    await register(refused, 'inside', `${origin}/keys?of=inside`);
    const before = asked.length;
    const { status, body } = await tokenOf(refused, 'inside');
    expect([status, body.error]).toEqual([401, 'invalid_client']);
    expect(JSON.stringify(body)).not.toContain('127.0.0.1');
    expect(asked).toHaveLength(before);
  } finally {
    await refused.stop();
  }
  const listed = await createWorld({ mode: 'serve', outbound: { allow: ['127.0.0.1'] } });
  try {
    await register(listed, 'inside', `${origin}/keys?of=inside`);
    expect((await tokenOf(listed, 'inside')).status).toBe(200);
  } finally {
    await listed.stop();
  }
});
