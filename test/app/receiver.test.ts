import { request } from 'node:http';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fetchIssuerKeys } from '../../src/app/issuer-keys.ts';
import { type EndpointOptions, type Received, startEndpoint } from '../../src/app/receiver.ts';
import {
  clientId,
  createSigner,
  deliver,
  logoutClaims,
  type Signer,
  servePublished,
} from '../support/logout-tokens.ts';

const form = 'application/x-www-form-urlencoded';

let signer: Signer;
beforeAll(async () => {
  signer = await createSigner('ES256');
});

async function start(options: Partial<EndpointOptions> = {}, changes: Record<string, unknown> = {}) {
  const issuer = await servePublished([signer.jwk], changes);
  const received: Received[] = [];
  const onReceived = (one: Received) => void received.push(one);
  const endpoint = await startEndpoint({ issuer: issuer.issuer, clientId, onReceived, ...options });
  onTestFinished(endpoint.stop);
  const token = (claims: Record<string, unknown> = {}) =>
    signer.sign({ claims: logoutClaims(options.issuer ?? issuer.issuer, Date.now(), claims) });
  return { ...endpoint, issuer, received, token };
}

describe('the endpoint', () => {
  it('answers a good token with nothing but 200', async () => {
    const { url, received, token, issuer } = await start();
    const answer = await deliver(url, await token());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-type')).toBe(null);
    expect(await answer.text()).toBe('');
    expect(received).toMatchObject([{ ok: true, status: 200, sub: 'acc_1', sid: 'session-1' }]);
    expect(issuer.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('answers a bad one with 400 and every reason, in what RFC 6749 lets an error have', async () => {
    const { url, received, token } = await start();
    const made = await token({ aud: 'ot"h\\er\u00e9', nonce: 'n' });
    const answer = await deliver(url, made);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-type')).toBe('application/json');
    const body = (await answer.json()) as { error: string; error_description: string };
    expect(body).toEqual({ error: 'invalid_request', error_description: expect.stringMatching(/aud: .*nonce: /) });
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(body.error_description).not.toContain(made.split('.')[2]);
    expect(received).toMatchObject([{ ok: false, status: 400, problems: [{ step: 'aud' }, { step: 'nonce' }] }]);
  });

  it.each<[string, number, RequestInit]>([
    ['GET', 405, { method: 'GET' }],
    ['HEAD', 405, { method: 'HEAD' }],
    ['PUT', 405, { method: 'PUT', body: 'logout_token=x', headers: { 'content-type': form } }],
    ['JSON', 415, { method: 'POST', body: '{"logout_token":"x"}', headers: { 'content-type': 'application/json' } }],
    ['multipart', 415, { method: 'POST', body: multipart() }],
    [
      'another charset',
      415,
      { method: 'POST', body: 'logout_token=x', headers: { 'content-type': `${form};charset=utf-16` } },
    ],
    ['an encoding', 415, { method: 'POST', body: 'x', headers: { 'content-type': form, 'content-encoding': 'gzip' } }],
    ['no form at all', 415, { method: 'POST' }],
    [
      'too much',
      413,
      { method: 'POST', body: `logout_token=${'x'.repeat(65_536)}`, headers: { 'content-type': form } },
    ],
    ['no token', 400, { method: 'POST', body: new URLSearchParams({ token: 'x' }) }],
    ['two tokens', 400, { method: 'POST', body: 'logout_token=x&logout_token=x', headers: { 'content-type': form } }],
    ['an empty token', 400, { method: 'POST', body: new URLSearchParams({ logout_token: '' }) }],
  ])('refuses %s with %i', async (_what, status, init) => {
    const { url, received } = await start();
    const answer = await fetch(url, init);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('allow')).toBe(status === 405 ? 'POST' : null);
    if (init.method !== 'HEAD') expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
    expect(received).toMatchObject([
      { ok: false, status, problems: [{ step: expect.stringMatching(/request|form/) }] },
    ]);
  });

  it('takes the form with a charset, other fields, and an address with a query', async () => {
    const { url, token } = await start();
    const body = `a=b&logout_token=${await token()}`;
    const headers = { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset="UTF-8"' };
    expect((await fetch(`${url}?tenant=1`, { method: 'POST', body, headers })).status).toBe(200);
  });

  it('stops reading a body of no announced size', async () => {
    const { url, received } = await start();
    const status = await new Promise((resolve) => {
      const sent = request(url, { method: 'POST', headers: { 'content-type': form } });
      sent.on('response', (response) => resolve(response.resume().statusCode));
      // Cut off by the other side, which has answered.
      sent.on('error', () => undefined);
      for (let count = 0; count < 70; count += 1) sent.write('x'.repeat(1024));
    });
    expect(status).toBe(413);
    expect(received).toMatchObject([{ status: 413 }]);
  });

  it('tells of a delivery to another address, and not of a browser that looks for an icon', async () => {
    const { url, received, token } = await start();
    expect((await deliver(new URL('/?logout_token=x', url).href, await token())).status).toBe(404);
    expect((await fetch(new URL('/favicon.ico', url))).status).toBe(404);
    expect(received).toMatchObject([
      { ok: false, status: 404, problems: [{ received: '"/"', expected: '/backchannel-logout' }] },
    ]);
  });

  it('plays an app that is down, or late, and then takes the same token', async () => {
    const { url, received, token, answerWith } = await start();
    answerWith(503, { times: 2 });
    const made = await token();
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await deliver(url, made)).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect(received.map(({ ok, status }) => [ok, status])).toEqual([
      [true, 503],
      [true, 503],
      [true, 200],
    ]);
    answerWith(204);
    const answer = await deliver(url, 'junk');
    expect([answer.status, answer.headers.get('content-length')]).toEqual([204, null]);
    expect(received.at(-1)).toMatchObject({ ok: false, status: 204 });
    answerWith();
    expect((await deliver(url, 'junk')).status).toBe(400);
  });

  it('stops although it holds answers back', async () => {
    const { url, received, token, stop } = await start({ delayMilliseconds: 600_000 });
    const answer = deliver(url, await token()).then(
      () => 'answered',
      () => 'cut',
    );
    while (received.length === 0) await new Promise(setImmediate);
    await stop();
    expect(await answer).toBe('cut');
  });
});

describe('the issuer', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'is another than its document says',
      { issuer: 'https://other.example' },
      /is the document of "https:\/\/other\.example"/,
    ],
    ['names no key set', { jwks_uri: undefined }, /names no jwks_uri/],
    ['names a key set that is no address', { jwks_uri: 'file:///etc/passwd' }, /names no jwks_uri/],
  ])('%s', async (_what, changes, text) => {
    const { url, received, token } = await start({}, changes);
    const answer = await deliver(url, await token());
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: 'server_error', error_description: expect.any(String) },
    ]);
    expect(received).toMatchObject([{ problems: [{ step: 'keys', received: expect.stringMatching(text) }] }]);
  });

  it.each([
    ['/moved', /answered 302, not with a key set/],
    ['/gone', /answered 404, not with a key set/],
    ['/text', /something that is not a key set/],
    ['/.well-known/openid-configuration', /has no list of keys/],
    ['/endless', /more than 512 KiB/],
  ])('has its keys at %s', async (place, text) => {
    const { url, received, token, issuer } = await start();
    issuer.changes = { jwks_uri: `${issuer.issuer}${place}` };
    expect((await deliver(url, await token())).status).toBe(400);
    expect(received).toMatchObject([{ problems: [{ step: 'keys', received: expect.stringMatching(text) }] }]);
    expect(issuer.requests).not.toContain('/jwks');
  });

  it('is too slow', async () => {
    const { issuer } = await start();
    issuer.changes = { jwks_uri: `${issuer.issuer}/silent` };
    const message = `${issuer.issuer}/silent did not answer in time`;
    await expect(fetchIssuerKeys(issuer.issuer, { seconds: 0.2 })).rejects.toMatchObject({
      code: 'unavailable',
      message,
    });
  });

  it('is away', async () => {
    const { url, received, token, issuer } = await start();
    await issuer.close();
    await deliver(url, await token());
    expect(received).toMatchObject([
      { problems: [{ step: 'keys', received: expect.stringMatching(/could not be reached \(E/) }] },
    ]);
  });

  it('may end with a slash', async () => {
    const issuer = await servePublished([signer.jwk]);
    issuer.changes = { issuer: `${issuer.issuer}/` };
    const { url, token } = await start({ issuer: `${issuer.issuer}/` });
    expect((await deliver(url, await token())).status).toBe(200);
  });

  it.each(['', 'id.example.org', 'ftp://id.example.org', 'https://id.example.org?x', 'https://id.example.org/#x'])(
    'can not be %j',
    async (issuer) => {
      const fields = [{ path: 'issuer', message: expect.stringContaining('must be an address') }];
      await expect(startEndpoint({ issuer, clientId })).rejects.toMatchObject({ code: 'invalid', fields });
    },
  );
});

function multipart(): FormData {
  const data = new FormData();
  data.set('logout_token', 'x');
  return data;
}
