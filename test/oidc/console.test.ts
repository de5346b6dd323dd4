import { afterEach, expect, it, vi } from 'vitest';

const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;
afterEach(() => vi.restoreAllMocks());

it('the engine has nothing to say on the console, from its import to the tokens of a sign-in', async () => {
  const said: unknown[][] = [];
  for (const method of methods) vi.spyOn(console, method).mockImplementation((...words) => void said.push(words));
  const { createWorld } = await import('../support/world.ts');
  const world = await createWorld({ resources: [{ identifier: 'urn:example:api', scopes: ['read'], format: 'jwt' }] });
  try {
    const own = { client_id: 'reader', redirect_uri: 'https://reader.example/cb' };
    const reader = { id: own.client_id, redirectUris: [own.redirect_uri], scope: 'openid read' };
    await world.postern.clients.create({ ...reader, tokenEndpointAuthMethod: 'none' }, { by: { type: 'system' } });
    const asked = { ...own, resource: 'urn:example:api', scope: 'openid read' };
    const answer = await world.signIn(world.visitor(), world.authorizeUrl('spa', asked));
    const form = { ...world.codeForm('spa', answer.searchParams.get('code')), ...own, resource: asked.resource };
    expect((await world.token('spa', form)).status).toBe(200);
    await fetch(`${world.issuer}/device/code`, { method: 'POST', body: new URLSearchParams({ client_id: 'cli' }) });
    await world.visitor().open(`${world.issuer}/logout`);
    await world.visitor().open(`${world.issuer}/authorize?client_id=nobody`);
  } finally {
    await world.stop();
  }
  expect(said).toEqual([]);
});
