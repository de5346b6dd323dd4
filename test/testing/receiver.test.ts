import Provider from 'oidc-provider';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createManualClock } from '../../src/base/clock.ts';
import { findFreePort } from '../../src/testing/free-port.ts';
import { type ReceiverOptions, startPostern, startReceiver } from '../../src/testing/testing.ts';
import { clientId, createSigner, deliver, logoutClaims, servePublished } from '../support/logout-tokens.ts';

const signer = await createSigner('ES256');

async function start(options: Partial<ReceiverOptions> = {}) {
  const { issuer } = await servePublished([signer.jwk]);
  const receiver = await startReceiver({ issuer, clientId, ...options });
  onTestFinished(receiver.stop);
  const token = (changes = {}, now = Date.now()) => signer.sign({ claims: logoutClaims(issuer, now, changes) });
  return { ...receiver, token };
}

describe('startReceiver', () => {
  it('hands out each request once, in order, whether it came before or comes after', async () => {
    const { url, received, next, token } = await start();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/backchannel-logout$/);
    await deliver(url, await token({ jti: '1' }));
    await deliver(url, await token({ jti: '2', aud: 'other' }));
    expect(await next()).toMatchObject({ ok: true, jti: '1' });
    expect(await next()).toMatchObject({ ok: false, jti: '2', problems: [{ step: 'aud' }] });
    const coming = [next(), next()];
    await deliver(url, await token({ jti: '3' }));
    await deliver(url, await token({ jti: '4' }));
    expect(await Promise.all(coming)).toMatchObject([{ jti: '3' }, { jti: '4' }]);
    await deliver(url, await token({ jti: '5' }));
    expect(await next()).toMatchObject({ jti: '5' });
    expect(received.map(({ jti }) => jti)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('plays an app that is down', async () => {
    const { url, next, answerWith, token } = await start();
    answerWith(503, { times: 1 });
    expect((await deliver(url, await token())).status).toBe(503);
    expect((await deliver(url, await token())).status).toBe(200);
    expect([(await next()).status, (await next()).status]).toEqual([503, 200]);
  });

  it('ends those who wait when it stops, and may be stopped twice', async () => {
    const { url, next, stop, token } = await start();
    const made = await token();
    const waiting = next();
    // Nobody listens to this one, which must not be an unhandled rejection.
    void next();
    await stop();
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
    await expect(next()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(deliver(url, made)).rejects.toThrow();
    await stop();
  });

  it('takes the clock of the world it is in', async () => {
    const clock = createManualClock();
    const { url, next, token } = await start({ clock });
    await deliver(url, await token({}, clock.now()));
    expect(await next()).toMatchObject({ ok: true, at: clock.now() });
    await deliver(url, await token());
    expect((await next()).problems[0]).toMatchObject({ step: 'iat' });
  });

  it('finds the keys of Postern, and refuses its other tokens', async () => {
    const postern = await startPostern();
    onTestFinished(postern.stop);
    const receiver = await startReceiver({ issuer: postern.issuer, clientId: 'demo' });
    onTestFinished(receiver.stop);
    const [key] = (await postern.keys.signingSet()).keys;
    const claims = logoutClaims(postern.issuer, Date.now(), { aud: 'demo' });
    await deliver(receiver.url, await signer.sign({ claims, header: { kid: key?.kid } }));
    expect((await receiver.next()).problems).toMatchObject([
      { step: 'key', expected: expect.stringContaining('ES256') },
    ]);
  });

  it('accepts what oidc-provider sends', async () => {
    const issuer = `http://127.0.0.1:${await findFreePort()}`;
    const receiver = await startReceiver({ issuer, clientId: 'app' });
    onTestFinished(receiver.stop);
    // It warns of its adapter in memory, which is meant here.
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const provider = new Provider(issuer, {
      features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false } },
      jwks: { keys: [{ ...(await createPrivateKey()) }] },
      clients: [
        {
          ...{ client_id: 'app', client_secret: 'secret-of-app', redirect_uris: ['https://app.example/cb'] },
          ...{ backchannel_logout_uri: receiver.url, backchannel_logout_session_required: true },
          id_token_signed_response_alg: 'ES256',
        },
      ],
      // The engine's own fetch refuses loopback addresses.
      fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
    });
    const server = provider.listen(Number(new URL(issuer).port), '127.0.0.1');
    onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()));
    const client = (await provider.Client.find('app')) as unknown as {
      backchannelLogout(sub: string, sid: string): Promise<void>;
    };
    await client.backchannelLogout('acc_1', 'session-1');
    const received = await receiver.next();
    expect(received).toMatchObject({
      ok: true,
      status: 200,
      sub: 'acc_1',
      sid: 'session-1',
      problems: [],
      warnings: [],
    });
    expect(received.header).toEqual({ alg: 'ES256', kid: 'engine', typ: 'logout+jwt' });
  });
});

async function createPrivateKey() {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return { kty, crv, x, y, d, kid: 'engine', alg: 'ES256', use: 'sig' } as never as object;
}
