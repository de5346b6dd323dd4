import { expect, it } from 'vitest';
import { cookieNames } from '../../src/oidc/oidc.ts';
import { startPostern } from '../../src/testing/testing.ts';
import { ask } from '../support/two-servers.ts';

it.each([
  ['http://localhost:4401', 'postern-4401', 'postern-4401-interaction', 'postern-4401-device', 'postern-4401-try'],
  ['http://postern.internal', 'postern-80', 'postern-80-interaction', 'postern-80-device', 'postern-80-try'],
  [
    'https://id.example.test:8443',
    '__Host-postern',
    '__Secure-postern-interaction',
    '__Host-postern-device',
    '__Secure-postern-try',
  ],
])('the cookies of %s carry its port over plain http, and the strictest prefix over https', (issuer, ...names) => {
  const { session, interaction, device, trial } = cookieNames(issuer);
  expect([session, interaction, device, trial]).toEqual(names);
});

it('two issuers that listen on one port each in their own container have cookies of their own', async () => {
  const issuer = 'http://localhost:4401';
  const postern = await startPostern({ mode: 'dev', memory: true, issuer });
  try {
    expect(postern.port).not.toBe(4401);
    const query = { client_id: 'demo', redirect_uri: `${issuer}/start/done`, response_type: 'code', scope: 'openid' };
    const target = { port: postern.port, host: 'localhost:4401' };
    const names = [];
    for (const path of ['/', `/authorize?${new URLSearchParams(query)}`]) {
      const reply = await ask(target, path, { headers: { accept: 'text/html' } });
      names.push(...[reply.headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split('=')[0]));
    }
    expect(names.length).toBeGreaterThan(2);
    for (const name of names) expect(name).toMatch(/^postern-4401(-|$|\.)/);
  } finally {
    await postern.stop();
  }
});
