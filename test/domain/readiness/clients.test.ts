import { describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../src/base/algorithms.ts';
import { resourcesWithoutServer, verifies } from '../../../src/domain/readiness/clients.ts';
import { foreignPage, originsOf, usualAddress } from '../../../src/domain/readiness/places.ts';

type Verifier = Parameters<typeof verifies>[0];
const client = (changes: Partial<Verifier> = {}): Verifier => ({
  ...{ grantTypes: ['authorization_code', 'refresh_token'], scope: undefined },
  ...{ idTokenSignedResponseAlg: undefined, resourceServer: undefined },
  ...changes,
});
const machine = (changes: Partial<Verifier> = {}) => client({ grantTypes: ['client_credentials'], ...changes });
const device = 'urn:ietf:params:oauth:grant-type:device_code';
const [orders, stock] = ['https://orders.example', 'https://stock.example'];
const resources = [
  { identifier: orders, algorithm: 'RS256' },
  { identifier: stock, algorithm: 'ES256' },
] as const;

const cases: [string, Verifier, Algorithm[]][] = [
  ['an app that names no algorithm', client(), ['RS256']],
  ['an app of another algorithm', client({ idTokenSignedResponseAlg: 'ES256' }), ['ES256']],
  ['a device', client({ grantTypes: [device, 'refresh_token'] }), ['RS256']],
  ['an app that takes ID tokens from the browser', client({ grantTypes: ['implicit'] }), ['RS256']],
  ['an app with openid in its list of scopes', client({ scope: 'openid profile' }), ['RS256']],
  ['an app that may not ask for openid gets no ID token', client({ scope: 'profile read' }), []],
  ['a machine', machine(), []],
  ['a machine that names an algorithm', machine({ idTokenSignedResponseAlg: 'ES256' }), []],
  ['only refresh tokens, which come from nowhere', client({ grantTypes: ['refresh_token'] }), []],
  ['a machine that serves a resource', machine({ resourceServer: [stock] }), ['ES256']],
  ['a machine that serves a resource with opaque tokens', machine({ resourceServer: ['https://opaque.example'] }), []],
  ['a gateway for all resources', machine({ resourceServer: true }), ['RS256', 'ES256']],
  ['an app that also serves a resource of another algorithm', client({ resourceServer: [stock] }), ['RS256', 'ES256']],
];

describe('whom a key matters to', () => {
  it.each(cases)('%s', (_name, one, expected) => {
    const all = (['RS256', 'PS256', 'ES256', 'EdDSA'] as const).filter((name) => verifies(one, name, resources));
    expect(all).toEqual(expected);
  });

  it('resources that no client stands for are named', () => {
    expect(resourcesWithoutServer([client()], 'RS256', resources)).toEqual([orders]);
    expect(resourcesWithoutServer([machine({ resourceServer: [orders] })], 'RS256', resources)).toEqual([]);
    expect(resourcesWithoutServer([machine({ resourceServer: [orders] })], 'ES256', resources)).toEqual([stock]);
    expect(resourcesWithoutServer([machine({ resourceServer: true })], 'ES256', resources)).toEqual([]);
    expect(resourcesWithoutServer([], 'PS256', resources)).toEqual([]);
  });
});

describe('where somebody asks from', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    ['::', undefined],
    ['0.0.0.0', undefined],
    ['nonsense', undefined],
    ['', undefined],
  ])('%s is written %s', (given, usual) => {
    expect(usualAddress(given)).toBe(usual);
  });

  it('a client has the origins of its redirect URIs, each once, and none of an app’s own scheme', () => {
    const redirectUris = [
      ...['https://spa.example/a', 'https://spa.example:443/b', 'http://localhost:5173/cb'],
      ...['com.example.app:/cb', 'nonsense'],
    ];
    expect(originsOf({ redirectUris })).toEqual(['https://spa.example', 'http://localhost:5173']);
    expect(URL.canParse(foreignPage)).toBe(false);
  });
});
