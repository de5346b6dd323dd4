/** /metrics: what a scraper reads, and who may be one. */
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PosternOptions } from '../../../src/testing/testing.ts';
import { addDeliveries } from '../../support/told.ts';
import { type ApiWorld, createApiWorld, operator } from './api-world.ts';

type Asked = { headers?: Record<string, string>; method?: string; address?: string };

/** As a scraper asks: any Host, any header. */
function scrape({ port }: { port: number }, { headers = {}, method = 'GET', address = '127.0.0.1' }: Asked = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const options = { host: address, port, path: '/metrics', method, headers, agent: false };
    const asking = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asking.on('error', reject).end();
  });
}

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const elsewhere = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

describe('metrics', () => {
  let world: ApiWorld;
  beforeAll(async () => {
    world = await createApiWorld({ host: ['127.0.0.1', ...(elsewhere === undefined ? [] : [elsewhere])] });
  });
  afterAll(() => world.stop());

  it('count deliveries by state and attempts by what came of them, in the text format of Prometheus', async () => {
    const { postern, people } = world;
    const apps = (['given_up', 'given_up', 'confirmed'] as const).map((state, at) => ({
      clientId: `gone-${at}`,
      state,
    }));
    await addDeliveries(postern, { accountId: people.alice.id, apps });
    const { status, headers, text } = await scrape(postern);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    const lines = text.split('\n');
    expect(lines.at(-1)).toBe('');
    for (const line of lines.slice(0, -1)) {
      expect(line).toMatch(/^(# (HELP \w+ \S.*|TYPE \w+ (counter|gauge))|\w+(\{(\w+="[^"\\]*",?)+\})? \d+(\.\d+)?)$/);
    }
    expect(lines).toContain('postern_deliveries{state="waiting"} 0');
    expect(lines).toContain('postern_deliveries{state="given_up"} 2');
    expect(lines).toContain('postern_deliveries{state="confirmed"} 1');
    expect(lines).toContain('postern_deliveries{state="not_told"} 0');
    expect(lines).toContain('postern_delivery_attempts_total{result="confirmed"} 0');
    expect(lines).toContain('postern_delivery_attempts_total{result="failed"} 0');
    expect(lines).toContain('postern_deliveries_given_up_total 0');
    expect(text).toMatch(/^postern_uptime_seconds \d/m);
    expect(text).toMatch(/^postern_build_info\{version="\d+\.\d+\.\d+",node="v\d+\.[\d.]+"\} 1$/m);
    // Nobody and no app is named.
    for (const { id, username } of Object.values(people)) {
      expect(text).not.toContain(id);
      expect(text).not.toContain(username);
    }
    expect(text).not.toContain('gone-');
  });

  it('M01 are for a key with the scope, under any Host; 401 and 403 say what is missing', async () => {
    const { postern } = world;
    const foreign = { host: 'postern:4400' };
    const good = await world.keyWith('metrics:read');
    expect((await scrape(postern, { headers: { ...foreign, ...bearer(good) } })).status).toBe(200);
    const admin = await world.keyWith('admin:read');
    expect((await scrape(postern, { headers: { ...foreign, ...bearer(admin) } })).status).toBe(200);
    const other = await scrape(postern, { headers: bearer(await world.keyWith('audit:read', 'deliveries:write')) });
    expect([other.status, other.headers['www-authenticate']]).toEqual([
      403,
      'Bearer realm="Postern API", error="insufficient_scope", scope="metrics:read"',
    ]);
    expect(other.text).not.toContain('postern_');
    const { apiKey, secret } = await postern.apiKeys.create({ name: 'gone', scopes: ['metrics:read'] }, operator);
    await postern.apiKeys.revoke(apiKey.id, operator);
    // Also from this machine: who shows a credential is judged by it.
    for (const headers of [bearer(secret), bearer('pst_x'), { authorization: 'Basic eDp5' }, { authorization: '' }]) {
      const { status, text } = await scrape(postern, { headers });
      expect([headers, status]).toEqual([headers, 401]);
      expect(text).not.toContain('postern_');
    }
    expect((await scrape(postern, { headers: { ...foreign, cookie: `key=${good}` } })).status).toBe(401);
  });

  it('K04 without a key are for this machine alone: no header of a proxy, no foreign Host', async () => {
    const { postern } = world;
    for (const host of [`127.0.0.1:${postern.port}`, 'localhost:9999', '[::1]', `localhost:${postern.port}`]) {
      expect([host, (await scrape(postern, { headers: { host } })).status]).toEqual([host, 200]);
    }
    const attacks: Record<string, string>[] = [
      { 'x-forwarded-for': '127.0.0.1' },
      { 'x-forwarded-for': '192.0.2.1' },
      { 'X-Forwarded-Proto': 'https' },
      { 'x-real-ip': '127.0.0.1' },
      { forwarded: 'for=127.0.0.1' },
      { via: '1.1 caddy' },
      { host: 'id.example.test' },
      { host: 'evil.example:4400' },
      { host: '127.0.0.1.evil.example' },
      { host: 'evil.example#localhost' },
      { host: '127.0.0.1@evil.example' },
      { host: '10.0.0.7' },
      { host: 'localhost:x' },
    ];
    for (const headers of attacks) {
      const { status, text } = await scrape(postern, { headers });
      expect([headers, status]).toEqual([headers, 401]);
      expect(text).not.toContain('postern_');
    }
  });

  it.skipIf(elsewhere === undefined)('K04 without a key are not for who connects to another address', async () => {
    const asked = { address: elsewhere as string, headers: { host: `127.0.0.1:${world.postern.port}` } };
    expect((await scrape(world.postern, asked)).status).toBe(401);
  });

  it('G02 are only read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect(await scrape(world.postern, { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    }
    expect(await scrape(world.postern, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });
});

describe.each<[why: string, options: PosternOptions]>([
  ['names a proxy that it trusts', { mode: 'serve', http: { trustProxy: ['127.0.0.1'] } }],
  ['names another proxy', { mode: 'serve', http: { trustProxy: ['10.0.0.0/8'] } }],
  ['has an https issuer, so that something in front ends TLS', { mode: 'serve', issuer: 'https://id.example.test' }],
])('a serve that %s', (_why, options) => {
  let world: ApiWorld;
  beforeAll(async () => {
    world = await createApiWorld(options);
  });
  afterAll(() => world.stop());

  it('K04 never shows metrics without a key, wherever the request seems to come from', async () => {
    const { postern } = world;
    const local = `127.0.0.1:${postern.port}`;
    const tries: Record<string, string>[] = [{ host: local }, { host: local, 'x-forwarded-for': '127.0.0.1' }, {}];
    for (const headers of tries) {
      expect([headers, (await scrape(postern, { headers })).status]).toEqual([headers, 401]);
    }
    const key = await world.keyWith('metrics:read');
    expect((await scrape(postern, { headers: { host: local, ...bearer(key) } })).status).toBe(200);
  });
});
