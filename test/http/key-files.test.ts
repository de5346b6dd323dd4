import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../support/world.ts';

const by = { by: { type: 'operator' } } as const;
let world: World;
beforeAll(async () => {
  world = await createWorld({ mode: 'serve' });
});
afterAll(() => world.stop());

const get = (path: string, init: RequestInit = {}) => fetch(`${world.issuer}${path}`, init);
const published = async () =>
  ((await (await get('/jwks')).json()) as { keys: (Record<string, string> & { kid: string; alg: string })[] }).keys;
const thumb = (pem: string) => createPublicKey(pem).export({ format: 'jwk' });

describe('/jwks/…', () => {
  it('J01 has each published key as PEM, all of them by kid, and each as JWK, without private parts', async () => {
    const keys = await published();
    const all = await get('/jwks/pem');
    expect(all.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const map = (await all.json()) as Record<string, string>;
    expect(Object.keys(map)).toEqual(keys.map(({ kid }) => kid));
    for (const { kid, alg: _alg, use: _use, ...jwk } of keys) {
      expect(thumb(map[kid] ?? '')).toEqual(jwk);
      const pem = await get(`/jwks/${kid}.pem`);
      expect(pem.headers.get('content-type')).toBe('application/x-pem-file');
      expect(await pem.text()).toBe(map[kid]);
      const one = await get(`/jwks/${kid}.json`);
      expect(one.headers.get('content-type')).toBe('application/jwk+json');
      expect(await one.json()).toEqual(keys.find((key) => key.kid === kid));
    }
  });

  it('may be kept for as long as the key set, by anybody, and says when nothing has changed', async () => {
    const [{ kid = '' } = {}] = await published();
    for (const path of ['/jwks/pem', `/jwks/${kid}.pem`, `/jwks/${kid}.json`]) {
      const { headers, status } = await get(path);
      expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=300']);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
      const again = await get(path, { headers: { 'if-none-match': headers.get('etag') ?? '' } });
      expect([again.status, await again.text()]).toEqual([304, '']);
      const head = await get(path, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, headers.get('content-length')]);
    }
  });

  it('J05 has what is published and nothing else: a next key at once, a revoked one no more', async () => {
    const { keys } = world.postern;
    const { kid: next } = await keys.rotate('ES256', by);
    expect((await get(`/jwks/${next}.pem`)).status).toBe(200);
    const before = (await get('/jwks/pem')).headers.get('etag');
    await keys.revoke(next, by);
    for (const file of [`${next}.pem`, `${next}.json`]) expect((await get(`/jwks/${file}`)).status).toBe(404);
    const all = await get('/jwks/pem');
    expect(all.headers.get('etag')).not.toBe(before);
    expect(await all.text()).not.toContain(next);
  });

  it('counts as a fetch of the key set, for whoever takes all of them', async () => {
    const { keys, readiness } = world.postern;
    const { kid } = await keys.rotate('EdDSA', by);
    const seen = async () => (await readiness.of(kid)).unattributed.sources;
    await get(`/jwks/${kid}.pem`);
    await get('/jwks/pem', { method: 'HEAD' });
    expect(await seen()).toBe(0);
    await get('/jwks/pem');
    expect(await seen()).toBe(1);
  });

  it('J08 is 404 for whatever else is asked for', async () => {
    const [{ kid = '' } = {}] = await published();
    for (const file of [
      kid,
      `${kid}.jwk`,
      `${kid}.pem.pem`,
      'x.pem',
      '..%2f..%2fetc%2fpasswd.pem',
      "'%20OR%201=1.pem",
    ]) {
      const { status, headers } = await get(`/jwks/${file}`);
      expect([file, status, headers.get('cache-control')]).toEqual([file, 404, 'no-store']);
    }
    expect((await get(`/jwks/${kid}.pem`, { method: 'POST' })).status).toBe(404);
    expect((await get('/jwks/')).status).toBe(200);
  });
});
