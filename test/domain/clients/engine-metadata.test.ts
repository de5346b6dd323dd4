import { describe, expect, it } from 'vitest';
import { digest } from '../../../src/base/ids.ts';
import { clientOf } from '../../../src/domain/clients/client.ts';
import { engineMetadata } from '../../../src/domain/clients/engine-metadata.ts';
import type { ClientInput } from '../../../src/domain/clients/input.ts';
import { sampleClients } from '../../../src/domain/clients/samples.ts';
import { engineClientClass } from './engine.ts';

import { publicKey, record, strong } from './reading.ts';

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
