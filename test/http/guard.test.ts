import { afterEach, describe, expect, it } from 'vitest';
import { createGuard } from '../../src/http/guard.ts';
import { type FrontOptions, get, sendRaw, startFront } from './front.ts';

let front: Awaited<ReturnType<typeof startFront>>;
const start = async (options?: FrontOptions) => {
  front = await startFront(options);
  return front;
};
afterEach(() => front?.stop());

describe('the host', () => {
  const paths = [
    '/',
    '/authorize',
    '/.well-known/openid-configuration',
    '/token',
    '/interaction/x',
    '/assets/postern.css',
  ];

  it('K01 another Host gets 421 on every route, without an echo', async () => {
    const { port } = await start();
    for (const path of paths) {
      const answer = await get(port, path, { Host: 'evil.example' });
      expect(answer.status, path).toBe(421);
      expect(answer.head + answer.body, path).not.toContain('evil');
    }
  });

  it('K01 the right host with another port, a suffix or a trailing dot gets 421', async () => {
    const { port } = await start();
    for (const host of [`localhost:${port + 1}`, 'localhost', `localhost.:${port}`, `localhost.evil:${port}`]) {
      expect((await get(port, '/', { Host: host })).status, host).toBe(421);
    }
  });

  it('accepts the issuer’s authority in any case and with the default port written out', async () => {
    const { port } = await start({ issuer: 'https://id.example.org' });
    for (const host of ['id.example.org', 'ID.Example.org', 'id.example.org:443']) {
      const answer = await get(port, '/x', { Host: host });
      expect(answer.status, host).toBe(200);
      expect(JSON.parse(answer.body).headers.host, host).toBe('id.example.org');
    }
    expect((await get(port, '/x', { Host: 'id.example.org:80' })).status).toBe(421);
  });

  it('K02 a malformed, doubled or missing Host gets 400 or 421', async () => {
    const { port } = await start();
    const good = `Host: localhost:${port}`;
    const heads = [
      'Host: a:b',
      'Host:',
      'Host: [::1',
      'Host: %',
      `${good}\r\n${good}`,
      `${good}\r\nhost: evil.example`,
      'X: y',
    ];
    for (const head of heads) {
      const answer = await sendRaw(port, `GET / HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`);
      expect([400, 421], head).toContain(answer.status);
    }
    expect((await sendRaw(port, 'GET / HTTP/1.0\r\n\r\n')).status).toBe(400);
  });

  it('K02 an absolute target must name the issuer; then it is used as its path', async () => {
    const { port } = await start();
    const host = { Host: `localhost:${port}` };
    for (const target of [
      'http://evil.example/',
      `http://evil.example:${port}/`,
      `http://localhost:${port}@evil.example/`,
    ]) {
      expect((await get(port, target, host)).status, target).toBe(421);
    }
    const answer = await get(port, `http://localhost:${port}/x?y=1`, host);
    expect(JSON.parse(answer.body).url).toBe('/x?y=1');
    expect((await get(port, `http://localhost:${port}/x`, { Host: 'evil.example' })).status).toBe(421);
    expect((await get(port, '*', host, 'OPTIONS')).status).toBe(421);
  });

  it('leads a browser from another loopback name to the issuer, in dev and for pages only', async () => {
    const { port } = await start({ mode: 'dev' });
    const alias = { Host: `127.0.0.1:${port}`, Accept: 'text/html,*/*' };
    const answer = await get(port, '//x?y=1', alias);
    expect(answer.status).toBe(303);
    expect(answer.head).toContain(`\r\nLocation: http://localhost:${port}//x?y=1\r\n`);
    expect((await get(port, '/', { Host: alias.Host, Accept: 'application/json' })).status).toBe(421);
    expect((await get(port, '/', alias, 'POST')).status).toBe(421);
    expect((await get(port, '/', { ...alias, Host: `evil.example:${port}` })).status).toBe(421);
    await front.stop();
    const serving = await start({ mode: 'serve' });
    expect((await get(serving.port, '/', { ...alias, Host: `127.0.0.1:${serving.port}` })).status).toBe(421);
  });

  it('G13 has no answer that repeats a posted body elsewhere', async () => {
    const { port } = await start({ mode: 'dev' });
    for (const method of ['GET', 'HEAD', 'POST']) {
      const { status } = await get(port, '/', { Host: `127.0.0.1:${port}`, Accept: 'text/html' }, method);
      expect([303, 421]).toContain(status);
    }
  });
});

describe('forwarded headers', () => {
  const forged = {
    'X-Forwarded-For': '203.0.113.9',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Anything': 'x',
    'X-Real-IP': '203.0.113.9',
    Forwarded: 'for=203.0.113.9;host=evil.example',
  };

  it('K03 from a peer that is not listed they change neither the address nor the log and nothing later sees them', async () => {
    const { port, lines, stop } = await start({ trustProxy: ['192.0.2.0/24'] });
    const answer = await get(port, '/x', { Host: `localhost:${port}`, ...forged });
    const seen = JSON.parse(answer.body);
    expect(seen.ip).toBe('127.0.0.1');
    expect(Object.keys(seen.headers).sort()).toEqual(['connection', 'host']);
    await stop();
    expect(lines.find((line) => line.msg === 'request')).toMatchObject({ ip: '127.0.0.1', path: '/x' });
    expect(JSON.stringify(lines)).not.toMatch(/203\.0\.113|evil/);
  });

  it('K04 from a listed proxy the right-most hop that is not listed is the client', async () => {
    const { port } = await start({ trustProxy: ['127.0.0.0/8', '::1', '10.0.0.0/8'] });
    const addressFor = async (forwarded: string) =>
      JSON.parse((await get(port, '/', { Host: `localhost:${port}`, 'X-Forwarded-For': forwarded })).body).ip;
    expect(await addressFor('1.1.1.1, 198.51.100.7')).toBe('198.51.100.7');
    expect(await addressFor('1.1.1.1, 198.51.100.7, 10.1.2.3')).toBe('198.51.100.7');
    expect(await addressFor(`${'1.1.1.1, '.repeat(500)}198.51.100.7`)).toBe('198.51.100.7');
    expect(await addressFor('198.51.100.7, not-an-address')).toBe('127.0.0.1');
  });

  it('K04 a listed proxy cannot change the host', async () => {
    const { port } = await start({ trustProxy: ['127.0.0.1'] });
    const answer = await get(port, '/', { Host: `localhost:${port}`, 'X-Forwarded-Host': 'evil.example' });
    expect(JSON.parse(answer.body).headers.host).toBe(`localhost:${port}`);
  });

  it('names every entry of the proxy list that is no address', () => {
    const trustProxy = ['10.0.0.0/8', '10.0.0.0/33', 'proxy', '10.1', '::/129', '10.0.0.1/8/9'];
    const create = () => createGuard({ issuer: new URL('http://localhost'), trustProxy, mode: 'serve' });
    expect(create).toThrowError(
      expect.objectContaining({
        code: 'invalid',
        fields: [1, 2, 3, 4, 5].map((index) => expect.objectContaining({ path: `trustProxy[${index}]` })),
      }),
    );
  });
});

describe('methods, headers and paths', () => {
  it('O11 TRACE and methods that nobody uses get 405 or are cut off', async () => {
    const { port } = await start();
    const host = { Host: `localhost:${port}` };
    for (const method of ['TRACE', 'PROPFIND', 'SEARCH', 'LOCK']) {
      const answer = await get(port, '/token', host, method);
      expect(answer.status, method).toBe(405);
      expect(answer.head, method).toContain('\r\nAllow: GET, POST');
    }
    expect((await get(port, '/', host, 'NONSENSE')).status).toBe(400);
    expect((await get(port, `localhost:${port}`, host, 'CONNECT')).status).toBe(0);
  });

  it('O02 a 101st header gets 431, and one hidden behind it is not used', async () => {
    const { port } = await start();
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`A${index}`, '1']));
    const host = { Host: `localhost:${port}` };
    expect((await get(port, '/', { ...host, ...many(98) })).status).toBe(200);
    expect((await get(port, '/', { ...host, ...many(99) })).status).toBe(431);
    expect((await get(port, '/', { ...many(300), ...host })).status).toBe(431);
  });

  it('a path that cannot be decoded gets 400', async () => {
    const { port } = await start();
    for (const path of ['/interaction/%', '/%E0%A4%A', '/assets/%00', '/%ff']) {
      expect((await get(port, path, { Host: `localhost:${port}` })).status, path).toBe(400);
    }
    expect((await get(port, '/caf%C3%A9', { Host: `localhost:${port}` })).status).toBe(200);
  });
});
