import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/domain/clients/clients.ts';
import { allowFrames, frameAddressOf } from '../../../src/http/logout/front-channel.ts';
import { appWithWayBack } from '../../../src/http/logout/way-back.ts';

const issuer = 'https://id.example.test';
const local = 'http://localhost:4400';
const client = (change: Partial<Client>) =>
  ({ id: 'wiki', name: 'Wiki', redirectUris: [], ...change }) as unknown as Client;
const framed = (uri: string | undefined, from = issuer, change: Partial<Client> = {}) =>
  frameAddressOf(client({ frontchannelLogoutUri: uri, ...change }), 'a-sid', from);

describe('the address of a frame', () => {
  it.each([
    ['https://wiki.example/out', 'https://wiki.example/out?iss=https%3A%2F%2Fid.example.test&sid=a-sid'],
    ['https://wiki.example/out?x', 'https://wiki.example/out?x&iss=https%3A%2F%2Fid.example.test&sid=a-sid'],
    ['https://wiki.example?', 'https://wiki.example?&iss=https%3A%2F%2Fid.example.test&sid=a-sid'],
    ['http://localhost:3000/out', 'http://localhost:3000/out?iss=https%3A%2F%2Fid.example.test&sid=a-sid'],
  ])('%s gets iss and sid behind what it has', (uri, expected) => expect(framed(uri)).toBe(expected));

  it('gets none where the app wants none, and is none where it could not tell whose session it is', () => {
    const uri = 'https://wiki.example/out';
    expect(framed(uri, issuer, { frontchannelLogoutSessionRequired: false })).toBe(uri);
    const wants = client({ frontchannelLogoutUri: uri });
    expect(frameAddressOf(wants, undefined, issuer)).toBeUndefined();
    expect(frameAddressOf(client({}), 'a-sid', issuer)).toBeUndefined();
  });

  it.each([
    ['http://wiki.example/out', issuer],
    ['http://10.0.0.7/out', issuer],
    ['https://[::1]/out', issuer],
    ['https://wiki.example;script-src/out', issuer],
    ["https://wiki.example,'none'/out", local],
    ['javascript:alert(1)', local],
    ['data:text/html,x', local],
    ['ftp://wiki.example/out', local],
    ['/out', local],
    ['', local],
  ])('%s is none for a page of %s', (uri, from) => expect(framed(uri, from)).toBeUndefined());

  it('may be plain http for an issuer that is plain http itself', () => {
    expect(framed('http://wiki.internal/out', local)).toContain('http://wiki.internal/out?iss=');
  });
});

describe('the policy', () => {
  const policyWith = (addresses: string[]) => {
    const headers = new Map([['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"]]);
    const ctx = {
      response: { get: (name: string) => headers.get(name) },
      set: (name: string, value: string) => headers.set(name, value),
    };
    allowFrames(ctx as never, addresses);
    return headers.get('Content-Security-Policy');
  };

  it('has the origins of the frames, each once, behind what there was', () => {
    const addresses = ['https://a.example/x?y', 'https://a.example/z', 'http://localhost:3000/'];
    expect(policyWith(addresses)).toBe(
      "default-src 'none'; frame-ancestors 'none'; frame-src https://a.example http://localhost:3000",
    );
    expect(policyWith([])).toBe("default-src 'none'; frame-ancestors 'none'");
  });
});

describe('the way back to an app', () => {
  const back = (change: Partial<Client>) => appWithWayBack(client(change), issuer);

  it.each<[string, Partial<Client>, string | undefined]>([
    [
      'its home page',
      { clientUri: 'https://a.example/home', initiateLoginUri: 'https://b.example/' },
      'https://a.example/home',
    ],
    [
      'where a sign-in begins',
      { initiateLoginUri: 'https://b.example/in?x=1' },
      `https://b.example/in?x=1&iss=${encodeURIComponent(issuer)}`,
    ],
    [
      'the front page of a redirect URI',
      { redirectUris: ['com.example.app:/cb', 'https://c.example:8443/cb?x=1'] },
      'https://c.example:8443/',
    ],
    ['none for an app of its own scheme', { redirectUris: ['com.example.app:/cb'] }, undefined],
    ['none for one that is switched off', { clientUri: 'https://a.example/', disabled: true }, undefined],
    ['none for one without any address', {}, undefined],
  ])('is %s', (_, change, url) => expect(back(change).url).toBe(url));
});
