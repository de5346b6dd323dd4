import { describe, expect, it } from 'vitest';
import { isPosternError, type PosternError } from '../../../src/base/errors.ts';
import { digest } from '../../../src/base/ids.ts';
import { clientOf, engineMetadata } from '../../../src/domain/clients/client.ts';
import { type ClientInput, registrationOf } from '../../../src/domain/clients/registration.ts';
import { sampleClients } from '../../../src/domain/clients/samples.ts';
import { engineClientClass } from './engine.ts';

const rules = { allowPrivateHttp: false, isSample: false, now: 1000 };
const strong = '0123456789abcdefghijABCDEFGHIJ_-0123456789abc';
const publicKey = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'one' };
const record = (input: ClientInput, isSample = false) => ({
  ...registrationOf(input, { ...rules, isSample }),
  origin: isSample ? ('sample' as const) : ('admin' as const),
  disabled: false,
  createdAt: 1000,
  updatedAt: 1000,
  version: 1,
});

function problemsOf(input: unknown): Record<string, string> {
  try {
    registrationOf(input, rules);
  } catch (error) {
    if (isPosternError(error) && error.code === 'invalid') {
      return Object.fromEntries(error.fields.map(({ path, message }) => [path, message]));
    }
    throw error;
  }
  return {};
}

describe('registration', () => {
  it('fills in what most clients want', () => {
    expect(registrationOf({ id: 'app', redirectUris: ['https://rp.example/cb'] }, rules)).toMatchObject({
      id: 'app',
      name: 'app',
      needsSecret: true,
      secrets: [],
      metadata: {
        token_endpoint_auth_method: 'client_secret_basic',
        application_type: 'web',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        scope: 'openid profile email phone address groups offline_access',
      },
    });
  });

  it('takes a client without redirect URIs for a machine, with no scope of a person', () => {
    expect(registrationOf({ id: 'job' }, rules).metadata).toMatchObject({
      grant_types: ['client_credentials'],
      response_types: [],
      scope: 'openid',
    });
  });

  it('a native client is public unless told otherwise', () => {
    const registration = registrationOf(
      { id: 'cli', applicationType: 'native', redirectUris: ['http://127.0.0.1/cb'] },
      rules,
    );
    expect(registration.metadata.token_endpoint_auth_method).toBe('none');
    expect(registration.needsSecret).toBe(false);
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
    });
    expect(Object.keys(problems).sort()).toEqual(
      [
        '',
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
    expect(problems['']).toContain('colour');
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
      expect(() => registrationOf({ id }, rules)).toThrowError(
        expect.objectContaining({ code: 'conflict' }) as PosternError,
      );
    }
  });

  it('G06 a name is text, pages are https', () => {
    const name = '<img src=x onerror=alert(1)>';
    expect(registrationOf({ id: 'x', name, policyUri: 'https://a.example/policy' }, rules).name).toBe(name);
    for (const field of ['clientUri', 'logoUri', 'policyUri', 'tosUri']) {
      for (const uri of ['javascript:alert(1)', 'data:text/html,x', 'http://a.example/']) {
        expect(problemsOf({ id: 'x', [field]: uri })[field]).toContain('https');
      }
    }
  });

  it('N11 secrets are stored hashed, weak ones for samples alone', () => {
    expect(registrationOf({ id: 'x', secret: strong }, rules).secrets).toEqual([
      { hash: digest(strong), createdAt: 1000, expiresAt: null },
    ]);
    expect(JSON.stringify(registrationOf({ id: 'x', secret: strong }, rules))).not.toContain(strong);
    expect(registrationOf({ id: 'x', secret: 'weak' }, { ...rules, isSample: true }).needsSecret).toBe(false);
  });
});

describe('the engine', async () => {
  const ClientClass = await engineClientClass();
  const inputs: ClientInput[] = [
    {
      id: 'web',
      redirectUris: ['https://rp.example/cb', 'http://localhost:3000/cb'],
      policyUri: 'https://rp.example/p',
    },
    { id: 'spa', redirectUris: ['https://spa.example/'], tokenEndpointAuthMethod: 'none', claimsInIdToken: false },
    {
      id: 'cli',
      applicationType: 'native',
      redirectUris: ['http://127.0.0.1/cb', 'com.example.app:/cb', 'http://localhost/cb'],
    },
    { id: 'tv', grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'] },
    { id: 'job', scope: 'reports.read reports.write' },
    { id: 'gateway', resourceServer: ['https://api.example'], secret: strong },
    { id: 'signed', tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [publicKey] }, scope: 'openid api' },
  ];

  it.each([
    ...inputs.map((input) => [input.id, record(input)] as const),
    ...sampleClients('http://localhost:4400').map((input) => [input.id, record(input, true)] as const),
  ])('accepts what is registered: %s', async (_id, client) => {
    await expect(ClientClass.validate(engineMetadata(client))).resolves.toBeUndefined();
  });

  it('A18 gets the identity scopes it knows, and the whole allow-list beside them', () => {
    const signed = engineMetadata(record({ id: 'x', scope: 'api openid email' }));
    expect(signed).toMatchObject({ scope: 'openid email', postern_scopes: ['api', 'openid', 'email'] });
    expect(engineMetadata(record({ id: 'x', scope: 'api' }))).toMatchObject({
      scope: 'openid',
      postern_scopes: ['api'],
    });
    expect(new ClientClass(signed).postern_scopes).toEqual(['api', 'openid', 'email']);
  });

  it('sees the same JSON for the same row, a placeholder for the secret and no secret for public clients', () => {
    const stored = JSON.parse(JSON.stringify(record({ id: 'x', secret: strong })));
    const first = engineMetadata(stored);
    expect(JSON.stringify(engineMetadata(JSON.parse(JSON.stringify(stored))))).toBe(JSON.stringify(first));
    expect(first.client_secret).toBe('kept-as-a-hash');
    expect(first.postern_secrets).toEqual([{ hash: digest(strong), expires_at: null }]);
    const open = engineMetadata(
      record({ id: 'x', redirectUris: ['https://a.example/'], tokenEndpointAuthMethod: 'none' }),
    );
    expect(open).not.toHaveProperty('client_secret');
    expect(open).not.toHaveProperty('postern_secrets');
  });

  it('N11 no hash is in what doors show', () => {
    const shown = JSON.stringify(clientOf(record({ id: 'x', secret: strong })));
    expect(shown).not.toContain(strong);
    expect(shown).not.toContain(digest(strong));
  });
});
