import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, type World } from '../../support/world.ts';

const resources = ['urn:example:one', 'urn:example:two'];
let world: World;
beforeAll(async () => {
  const clients = [{ id: 'wide', tokenEndpointAuthMethod: 'none' as const, scope: 'openid read' }];
  world = await createWorld({
    resources: resources.map((identifier) => ({ identifier, scopes: ['read'], format: 'opaque' as const })),
    clients: clients.map((client) => ({
      ...client,
      redirectUris: ['https://wide.example/cb'],
      applicationType: 'web' as const,
      pkce: 'required' as const,
    })),
  });
});
afterAll(() => world.stop());

it('"not you?" repeats the request with all its resources', async () => {
  const visitor = world.visitor();
  const request = new URL(world.authorizeUrl('app', { client_id: 'wide', redirect_uri: 'https://wide.example/cb' }));
  request.searchParams.set('scope', 'openid read');
  for (const resource of resources) request.searchParams.append('resource', resource);
  const signIn = await visitor.open(request.href);
  const consent = await visitor.submit(signIn, { username: 'alice', password: world.people.alice.password });
  expect(consent.text).toContain('id="consent-switch"');
  const again = await visitor.submit(consent, { do: 'switch' });
  expect(again.text).toContain('id="signin-title"');
  const other = await visitor.submit(again, { username: 'bob', password: world.people.bob.password });
  for (const resource of resources) expect(other.text).toContain(resource);
  expect(other.text).toContain('bob');
});
