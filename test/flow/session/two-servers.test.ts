import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisitor, signIn } from '../../../src/testing/sign-in.ts';
import { startTwoServers, type TwoServers } from '../../support/two-servers.ts';

const redirectUri = 'http://localhost:3000/callback';
const query = {
  ...{ client_id: 'demo', redirect_uri: redirectUri, response_type: 'code', scope: 'openid', state: 's' },
  ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
};

describe.each(['sqlite', 'postgresql'] as const)('two server processes on %s', (kind) => {
  let servers: TwoServers;
  beforeAll(async () => {
    servers = await startTwoServers(kind);
  });
  afterAll(() => servers?.stop());

  it('D16 D01 a session that is ended is anonymous at both within a second, whichever knew it', async () => {
    const visitor = createVisitor(servers.issuer, { userAgent: 'Kiosk/1.0' });
    await signIn(visitor, `/authorize?${new URLSearchParams(query)}`, { username: 'alice', password: 'alice' });
    const silent = async (which: 0 | 1): Promise<string> => {
      const cookie = [...visitor.jar.values()].map(({ name, value }) => `${name}=${value}`).join('; ');
      const reply = await servers.ask(which, `/authorize?${new URLSearchParams({ ...query, prompt: 'none' })}`, {
        headers: { cookie },
      });
      const { searchParams } = new URL(String(reply.headers.location));
      return searchParams.get('error') ?? (searchParams.has('code') ? 'signed in' : `status ${reply.status}`);
    };
    // Both have it in memory by now.
    expect([await silent(0), await silent(1)]).toEqual(['signed in', 'signed in']);
    const { sessions, accounts } = servers.app;
    const alice = (await accounts.findByUsername('alice'))?.id ?? '';
    const listed = await sessions.listOfAccount(alice);
    expect(listed).toMatchObject([{ userAgent: 'Kiosk/1.0', clientIds: ['demo'] }]);
    await sessions.end(listed[0]?.id ?? '', { accountId: alice }, { by: { type: 'account', id: alice } });
    const endedAt = performance.now();
    expect([await silent(0), await silent(1)]).toEqual(['login_required', 'login_required']);
    expect(performance.now() - endedAt).toBeLessThan(1000);
  });
});
