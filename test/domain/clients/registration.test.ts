import { describe, expect, it } from 'vitest';
import type { PosternError } from '../../../src/base/errors.ts';
import { digest } from '../../../src/base/ids.ts';
import { identityScopes } from '../../../src/base/scopes.ts';
import { clientOf, entryOf } from '../../../src/domain/clients/client.ts';
import type { ClientInput } from '../../../src/domain/clients/input.ts';
import { readRegistration } from '../../../src/domain/clients/registration.ts';

import { problemsOf, publicKey, record, registrationOf, rules, strong } from './reading.ts';

describe('registration', () => {
  it('fills in what most clients want', () => {
    expect(registrationOf({ id: 'app', redirectUris: ['https://rp.example/cb'] })).toMatchObject({
      id: 'app',
      name: 'app',
      disabled: false,
      secrets: undefined,
      metadata: {
        token_endpoint_auth_method: 'client_secret_basic',
        application_type: 'web',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        scope: identityScopes.join(' '),
      },
    });
  });

  it('takes a client without redirect URIs for a machine, with no scope of a person', () => {
    expect(registrationOf({ id: 'job' }).metadata).toMatchObject({
      grant_types: ['client_credentials'],
      response_types: [],
      scope: 'openid',
    });
  });

  it('a native client is public unless told otherwise', () => {
    const registration = registrationOf({
      ...{ id: 'cli', applicationType: 'native', redirectUris: ['http://127.0.0.1/cb'] },
    });
    expect(registration.metadata.token_endpoint_auth_method).toBe('none');
    expect(registration.secrets).toEqual([]);
  });

  it.each([
    ['web', { tokenEndpointAuthMethod: 'client_secret_basic', grantTypes: ['authorization_code', 'refresh_token'] }],
    ['spa', { tokenEndpointAuthMethod: 'none', grantTypes: ['authorization_code', 'refresh_token'], pkce: 'required' }],
    [
      'native',
      {
        ...{ tokenEndpointAuthMethod: 'none', applicationType: 'native' },
        grantTypes: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      },
    ],
    ['gateway', { tokenEndpointAuthMethod: 'client_secret_basic', claimsInIdToken: true }],
  ] as const)('the kind %s fills in what is left out', (kind, expected) => {
    const redirectUris = [kind === 'native' ? 'http://127.0.0.1/cb' : 'https://rp.example/cb'];
    const client = clientOf(record({ id: 'x', kind, redirectUris }));
    expect(client).toMatchObject({ kind, responseTypes: ['code'], ...expected });
    expect(clientOf(record({ id: 'x', kind, redirectUris, idTokenSignedResponseAlg: 'ES256' }))).toMatchObject(
      expected,
    );
  });

  it('a machine has its own tokens alone; a native app without an address signs in on another device', () => {
    expect(clientOf(record({ id: 'x', kind: 'machine' }))).toMatchObject({
      grantTypes: ['client_credentials'],
      scope: 'openid',
    });
    expect(clientOf(record({ id: 'x', kind: 'native' })).grantTypes).toEqual([
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ]);
  });

  it('what is said goes before the kind', () => {
    const said = { applicationType: 'native', tokenEndpointAuthMethod: 'client_secret_post' } as const;
    const client = clientOf(
      record({
        id: 'x',
        kind: 'web',
        redirectUris: ['http://127.0.0.1/cb'],
        grantTypes: ['authorization_code'],
        ...said,
      }),
    );
    expect(client).toMatchObject({ kind: 'web', ...said, grantTypes: ['authorization_code'] });
  });

  it.each([
    [['id_token'], ['implicit'], ['id_token']],
    [['code id_token'], ['authorization_code', 'refresh_token', 'implicit'], ['code id_token']],
    [
      ['code', 'id_token'],
      ['authorization_code', 'refresh_token', 'implicit'],
      ['code', 'id_token'],
    ],
  ] as const)('A11 the response types %j are there for who asks for them', (responseTypes, grantTypes, stored) => {
    for (const uri of [
      'https://rp.example/cb',
      'http://localhost:3000/cb',
      'http://127.0.0.1/cb',
      'http://[::1]:1/cb',
    ]) {
      const { metadata } = registrationOf({ id: 'x', redirectUris: [uri], responseTypes });
      expect(metadata).toMatchObject({ grant_types: grantTypes, response_types: stored });
    }
    const reachable = { id: 'x', redirectUris: ['https://rp.example/cb', 'http://192.168.1.7/cb'], responseTypes };
    const problems = problemsOf(reachable, { allowPrivateHttp: true });
    expect(Object.keys(problems)).toEqual(['redirectUris[1]']);
    expect(problemsOf({ ...reachable, responseTypes: ['code'] }, { allowPrivateHttp: true })).toEqual({});
  });

  it('lets in whom it is told to, and otherwise whom the mode says', () => {
    const accessOf = (access: ClientInput['access'], defaultAccess: true | string[] = true) =>
      registrationOf({ id: 'x', access }, { defaultAccess } as never).metadata.postern_access;
    expect(accessOf(undefined)).toBe(true);
    expect(accessOf(undefined, [])).toEqual([]);
    expect(accessOf('everybody', [])).toBe(true);
    expect(accessOf('nobody')).toEqual([]);
    expect(accessOf(['engineering', 'engineering', 'sales'])).toEqual(['engineering', 'sales']);
  });

  it('an entry makes the same client again', () => {
    const client = clientOf(
      record({
        ...{ id: 'x', name: 'App', kind: 'gateway', disabled: true, redirectUris: ['https://rp.example/cb'] },
        ...{ access: ['engineering'], roles: { admin: ['ops'] }, claims: [{ claim: 'groups', name: 'g' }] },
        ...{ pkce: 'optional', firstParty: true, resourceServer: true, contacts: ['a@b.example'], defaultMaxAge: 60 },
        ...{ responseModes: ['form_post'], responseTypes: ['code', 'code id_token'], secret: strong },
      }),
    );
    const again = clientOf(record(entryOf(client)));
    expect({ ...again, secrets: client.secrets }).toEqual(client);
    expect(JSON.stringify(entryOf(client))).not.toMatch(/secret(?!_basic)/);
  });

  it('A08 tells all problems at once, each with its place', () => {
    const problems = problemsOf({
      id: 'a b',
      name: 'two\nlines',
      redirectUris: ['https://rp.example/cb', 'https://*.rp.example/cb', 'http://rp.example/cb'],
      postLogoutRedirectUris: ['https://rp.example/#bye'],
      grantTypes: ['password'],
      responseTypes: ['token'],
      policyUri: 'javascript:alert(1)',
      colour: 'red',
      redirect_uris: [],
    });
    expect(Object.keys(problems).sort()).toEqual(
      [
        'colour',
        'redirect_uris',
        'grantTypes[0]',
        'id',
        'name',
        'policyUri',
        'postLogoutRedirectUris[0]',
        'redirectUris[1]',
        'redirectUris[2]',
        'responseTypes[0]',
      ].sort(),
    );
    expect(problems.colour).toBe('is not known');
    expect(problems.redirect_uris).toBe('is not known. Did you mean redirectUris?');
  });

  it('a member of the wrong form does not hide what is wrong with the others, nor makes anything up', () => {
    const input = { id: 'x', colour: 'red', name: 7, secret: 'weak', redirectUris: ['https://rp.example/cb'] };
    const wrong = { ...input, jwks: { keys: [{ kty: 'oct', k: 'k' }] }, responseTypes: ['id_token'] };
    expect(Object.keys(problemsOf({ ...wrong, grantTypes: ['authorization_code'] })).sort()).toEqual([
      ...['colour', 'jwks.keys[0]', 'name', 'responseTypes', 'secret'],
    ]);
    // What they depend on can't be known.
    for (const member of [{ kind: 'wb' }, { grantTypes: ['password'] }, { tokenEndpointAuthMethod: 'some' }]) {
      const [name = ''] = Object.keys(member);
      const { [name]: _, ...others } = problemsOf({ ...input, ...member });
      expect(Object.keys(others).sort()).toEqual(
        name === 'grantTypes' ? ['colour', 'grantTypes[0]', 'name'] : ['colour', 'name'],
      );
    }
  });

  it('refuses a scope that nothing knows, but not one that the client has already', () => {
    const known = { scopes: ['notes.read', 'admin:read'] };
    const refused = (scope: string, more: object = known) => problemsOf({ id: 'x', scope }, more as never).scope;
    expect(refused('openid groups notes.read admin:read')).toBeUndefined();
    expect(refused('openid notes.raed')).toBe(
      'names notes.raed, which is a scope of no resource and none of OpenID Connect. Did you mean notes.read?',
    );
    const { problems } = readRegistration({ id: 'x', scope: 'nonsense prfile' }, { ...rules, ...known });
    expect(problems.map(({ path, message }) => [path, message.split(',')[0]])).toEqual([
      ['scope', 'names nonsense'],
      ['scope', 'names prfile'],
    ]);
    expect(refused('old new', { ...known, keptScope: 'openid old' })).toContain('names new');
    expect(refused('old', { ...known, keptScope: 'openid old' })).toBeUndefined();
    expect(refused('anything', { ...known, isSample: true })).toBeUndefined();
    expect(refused('anything', {})).toBeUndefined();
  });

  it.each([
    ['redirectUris', { id: 'x', grantTypes: ['authorization_code'] }],
    ['grantTypes', { id: 'x', redirectUris: ['https://a.example/'], grantTypes: ['client_credentials'] }],
    ['grantTypes', { id: 'x', grantTypes: [] }],
    ['grantTypes', { id: 'x', grantTypes: ['refresh_token'] }],
    ['grantTypes', { id: 'x', grantTypes: ['client_credentials'], tokenEndpointAuthMethod: 'none' }],
    ['responseTypes', { id: 'x', responseTypes: ['code'] }],
    ['secret', { id: 'x', secret: 'weak' }],
    ['secret', { id: 'x', redirectUris: ['https://a.example/'], tokenEndpointAuthMethod: 'none', secret: strong }],
    ['secretHash', { id: 'x', secret: strong, secretHash: digest('x') }],
    ['secretHash', { id: 'x', secretHash: 'short' }],
    ['jwks', { id: 'x', tokenEndpointAuthMethod: 'private_key_jwt' }],
    [
      'jwks.keys[1]',
      { id: 'x', tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [publicKey, { ...publicKey, d: 'd' }] } },
    ],
    ['jwks.keys[0]', { id: 'x', tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [{ kty: 'oct', k: 'k' }] } }],
    ['pkce', { id: 'x', redirectUris: ['https://a.example/'], tokenEndpointAuthMethod: 'none', pkce: 'optional' }],
    ['scope', { id: 'x', scope: 'two  spaces' }],
    ['kind', { id: 'x', kind: 'robot' }],
    ['redirectUris', { id: 'x', kind: 'web' }],
    ['grantTypes', { id: 'x', kind: 'spa', redirectUris: ['https://a.example/'], grantTypes: ['client_credentials'] }],
    ['grantTypes', { id: 'x', redirectUris: ['https://a.example/'], grantTypes: ['authorization_code', 'implicit'] }],
    [
      'responseTypes',
      { id: 'x', redirectUris: ['https://a.example/'], responseTypes: ['code id_token'], kind: 'machine' },
    ],
    ['grantTypes', { id: 'x', redirectUris: ['https://a.example/'], grantTypes: ['implicit'] }],
    ['responseTypes[0]', { id: 'x', redirectUris: ['https://a.example/'], responseTypes: ['id_token token'] }],
    ['redirectUris', { id: 'x', responseTypes: ['id_token'], kind: 'web' }],
    ['redirectUris[0]', { id: 'x', kind: 'native', redirectUris: ['com.example:/cb'], responseTypes: ['id_token'] }],
    ['tokenEndpointAuthSigningAlg', { id: 'x', tokenEndpointAuthSigningAlg: 'ES256' }],
    ['secretHashes', { id: 'x', secret: strong, secretHashes: [] }],
    ['secretHashes[0].hash', { id: 'x', secretHashes: [{ hash: 'short' }] }],
    ['defaultMaxAge', { id: 'x', defaultMaxAge: -1 }],
    ['contacts[0]', { id: 'x', contacts: ['nobody'] }],
  ])('refuses %s of %j', (path, input) => {
    expect(Object.keys(problemsOf(input))).toContain(path);
  });

  it.each([undefined, null, [], 'text', { redirectUris: 'https://a.example' }])(
    'refuses %j with problems, not with a crash',
    (input) => {
      expect(Object.keys(problemsOf(input)).length).toBeGreaterThan(0);
    },
  );

  it('B14 an id like those of accounts is a conflict', () => {
    for (const id of ['acc_1', 'ACC_1']) {
      expect(() => readRegistration({ id }, rules)).toThrowError(
        expect.objectContaining({ code: 'conflict' }) as PosternError,
      );
    }
  });

  it('G06 a name is text, pages are https', () => {
    const name = '<img src=x onerror=alert(1)>';
    expect(registrationOf({ id: 'x', name, policyUri: 'https://a.example/policy' }).name).toBe(name);
    for (const field of ['clientUri', 'logoUri', 'policyUri', 'tosUri', 'initiateLoginUri']) {
      for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'http://a.example/']) {
        expect(problemsOf({ id: 'x', [field]: uri })[field]).toContain('https');
      }
    }
  });

  it('N11 secrets are stored hashed, weak ones for samples alone', () => {
    expect(registrationOf({ id: 'x', secret: strong }).secrets).toEqual([
      { hash: digest(strong), createdAt: 1000, expiresAt: null },
    ]);
    expect(JSON.stringify(registrationOf({ id: 'x', secret: strong }))).not.toContain(strong);
    expect(registrationOf({ id: 'x', secret: 'weak' }, { isSample: true }).secrets).toHaveLength(1);
  });
});
