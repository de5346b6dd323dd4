import { expect, it } from 'vitest';
import { startPostern } from '../../src/testing/testing.ts';
import { ask } from '../support/two-servers.ts';

it('dev starts under an http name that is not loopback, as containers have, and "try it" reaches the sign-in', async () => {
  const issuer = 'http://postern:4400';
  const postern = await startPostern({ mode: 'dev', memory: true, issuer });
  try {
    const query = { client_id: 'demo', redirect_uri: `${issuer}/start/done`, response_type: 'code', scope: 'openid' };
    const target = { port: postern.port, host: 'postern:4400' };
    const reply = await ask(target, `/authorize?${new URLSearchParams(query)}`, { headers: { accept: 'text/html' } });
    expect(reply.status).toBe(303);
    expect(reply.headers.location).toMatch(/^\/interaction\//);
  } finally {
    await postern.stop();
  }
});
