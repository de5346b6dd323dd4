import { afterEach, expect, it, vi } from 'vitest';

const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;
afterEach(() => vi.restoreAllMocks());

it('the engine has nothing to say on the console, from its import to the tokens of a sign-in', async () => {
  const said: unknown[][] = [];
  for (const method of methods) vi.spyOn(console, method).mockImplementation((...words) => void said.push(words));
  const { createWorld } = await import('../support/world.ts');
  const world = await createWorld({ resources: [{ identifier: 'urn:example:api', scopes: ['read'], format: 'jwt' }] });
  try {
    const request = world.authorizeUrl('spa', { resource: 'urn:example:api', scope: 'openid read' });
    const answer = await world.signIn(world.visitor(), request);
    const form = world.codeForm('spa', answer.searchParams.get('code'));
    expect((await world.token('spa', { ...form, resource: 'urn:example:api' })).status).toBe(200);
    await fetch(`${world.issuer}/device/code`, { method: 'POST', body: new URLSearchParams({ client_id: 'cli' }) });
    await world.visitor().open(`${world.issuer}/logout`);
    await world.visitor().open(`${world.issuer}/authorize?client_id=nobody`);
  } finally {
    await world.stop();
  }
  expect(said).toEqual([]);
});
