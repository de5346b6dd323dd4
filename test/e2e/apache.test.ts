/** Apache's mod_auth_openidc in front of an app that knows nothing of OpenID Connect: people arrive as headers. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createVisitor, signIn, type Visitor } from '../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../src/testing/testing.ts';
import { type Apache, startApache } from '../support/apache.ts';
import { visitorAt } from '../support/door-visitor.ts';
import { createRequestApi } from '../support/request-api.ts';
import { until } from '../support/spawned.ts';
import { apache as apacheProgram, skipUnless } from '../support/system-packages.ts';

const secret = 'a-secret-that-apache-and-postern-share-0123456789';
const passphrase = 'a-passphrase-for-the-sessions-of-apache-0123456789';

const operator = { by: { type: 'operator' } } as const;
/** The samples have their names for passwords; nobody else may. */
const passwordOf = (name: string) => (name.length > 5 ? `quiet lantern over ${name}` : name);
const typedBy = (name: string) => ({ username: name, password: passwordOf(name) });

type Reply = { status: number; location: string; text: string };

/** A browser as Apache sees it: its cookies, and that it navigates (Node's own fetch can't say that). */
function createBrowser() {
  const jar = new Map<string, string>();
  return function open(url: string, headers: Record<string, string> = {}): Promise<Reply> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Promise((resolve, reject) => {
      const navigation = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
      const sent = request(url, { headers: { ...navigation, cookie, ...headers } }, (response) => {
        for (const line of response.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          if (value === '') jar.delete(name);
          else jar.set(name, value);
        }
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '', text });
        });
      });
      sent.on('error', reject).end();
    });
  };
}

const site = (issuer: string, origin: string, echo: string) => `
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret ${secret}
OIDCRedirectURI ${origin}/secure/redirect_uri
OIDCCryptoPassphrase ${passphrase}
OIDCScope "openid profile email groups"
OIDCPKCEMethod S256
OIDCSessionType server-cache
OIDCRemoteUserClaim preferred_username
OIDCPassClaimsAs headers
<Location /secure/>
  AuthType openid-connect
  Require claim groups:admins
  ProxyPass ${echo}/
</Location>
<Location /secure/redirect_uri>
  ProxyPass !
  Require valid-user
</Location>`;

const ifApache = skipUnless(apacheProgram(), 'apt-get install libapache2-mod-auth-openidc');

ifApache('Apache mod_auth_openidc', { timeout: 60_000 }, () => {
  let postern: Postern;
  let echo: Server;
  let apache: Apache;
  let count = 0;

  beforeAll(async () => {
    echo = createServer((asked, response) => response.end(JSON.stringify(asked.headers)));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const echoOrigin = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
    postern = await startPostern({ mode: 'dev', memory: true });
    apache = await startApache((origin) => site(postern.issuer, origin, echoOrigin));
    const { origin } = apache;
    const addresses = {
      redirectUris: [`${origin}/secure/redirect_uri`],
      backchannelLogoutUri: `${origin}/secure/redirect_uri?logout=backchannel`,
      postLogoutRedirectUris: [`${origin}/goodbye`],
    };
    await postern.clients.create({ id: 'apache', secret, ...addresses }, { by: { type: 'system' } });
  });
  afterAll(async () => {
    await apache?.stop();
    await postern?.stop();
    await new Promise((resolve) => (echo ? echo.close(resolve) : resolve(undefined)));
  });

  /** From the app over Postern and back; what the app answers. */
  async function enter(browser: ReturnType<typeof createBrowser>, visitor: Visitor, name: string): Promise<Reply> {
    const sent = await browser(`${apache.origin}/secure/page?a=1`);
    expect(sent.status).toBe(302);
    expect(sent.location.startsWith(`${postern.issuer}/authorize?`)).toBe(true);
    const answer = await signIn(visitor, sent.location, typedBy(name));
    const back = await browser(answer.href);
    expect([back.status, back.location]).toEqual([302, `${apache.origin}/secure/page?a=1`]);
    return browser(back.location, { oidc_claim_groups: 'admins', oidc_claim_sub: 'somebody-else' });
  }

  it('signs alice in: her claims arrive as headers, and nobody can bring others along', async () => {
    const reply = await enter(createBrowser(), createVisitor(postern.issuer), 'alice');
    expect(reply.status).toBe(200);
    const headers = JSON.parse(reply.text) as Record<string, string>;
    const alice = await postern.accounts.findByUsername('alice');
    expect(headers).toMatchObject({
      oidc_claim_iss: postern.issuer,
      oidc_claim_sub: alice?.id,
      oidc_claim_preferred_username: 'alice',
      oidc_claim_email: 'alice@example.test',
      oidc_claim_email_verified: '1',
      oidc_claim_groups: 'admins,engineering',
    });
    expect(headers.oidc_access_token).toBeTruthy();
  });

  it('refuses who is in another group', async () => {
    const reply = await enter(createBrowser(), createVisitor(postern.issuer), 'bob');
    expect(reply.status).toBe(401);
    expect(reply.text).not.toContain('oidc_claim');
  });

  it('lets nobody in who cancels', async () => {
    const browser = createBrowser();
    const visitor = createVisitor(postern.issuer);
    const page = await visitor.open((await browser(`${apache.origin}/secure/`)).location);
    const answer = new URL((await visitor.submit(page, { do: 'cancel' })).url);
    // This version of the module takes the `iss` of an error for a request of its own, and says so on a page.
    expect(answer.searchParams.get('error')).toBe('access_denied');
    expect((await browser(`${apache.origin}/secure/`)).status).toBe(302);
  });

  it('signs out at both ends', async () => {
    const browser = createBrowser();
    const visitor = createVisitor(postern.issuer);
    const { oidc_access_token: token } = JSON.parse((await enter(browser, visitor, 'alice')).text);
    const userinfo = async () =>
      (await fetch(`${postern.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await userinfo()).toBe(200);

    const goodbye = `${apache.origin}/goodbye`;
    const out = await browser(`${apache.origin}/secure/redirect_uri?logout=${encodeURIComponent(goodbye)}`);
    expect(out.location.startsWith(`${postern.issuer}/logout?`)).toBe(true);
    expect((await visitor.open(out.location)).url).toBe(goodbye);
    expect(await userinfo()).toBe(401);

    const again = await browser(`${apache.origin}/secure/`);
    expect(again.status).toBe(302);
    expect((await visitor.open(again.location)).text).toContain('name="password"');
  });

  type EndedBy = (person: { id: string }) => Promise<{ status: number }>;
  const ends: Record<string, EndedBy> = {
    async 'D16 D15 an administrator ends the session on the page'({ id }) {
      const visitor = () => createVisitor(postern.issuer);
      const admin = await visitorAt({ issuer: postern.issuer, visitor }, '/admin', typedBy('alice'));
      const [session] = await postern.sessions.listOfAccount(id);
      return admin.post('/admin/sessions/end', { session: session?.id ?? '' });
    },
    async 'C07 D15 an administrator disables the account through the API'({ id }) {
      const key = await postern.apiKeys.create({ name: 'disables', scopes: ['admin:write'] }, operator);
      return createRequestApi(postern.issuer, key.secret)('POST', `/accounts/${id}/disable`);
    },
  };
  it.each(Object.entries(ends))('%s: Apache lets nobody in by it within two seconds', async (_how, end) => {
    const username = `someone${++count}`;
    const input = { ...typedBy(username), groups: ['admins'] };
    const person = await postern.accounts.create(input as never, operator);
    const [browser, other] = [createBrowser(), createBrowser()];
    const page = `${apache.origin}/secure/page`;
    expect((await enter(browser, createVisitor(postern.issuer), username)).status).toBe(200);
    expect((await enter(other, createVisitor(postern.issuer), 'alice')).status).toBe(200);
    expect((await browser(page)).status).toBe(200);

    expect((await end(person)).status).toBeLessThan(400);
    const answeredAt = performance.now();
    // Until Apache asks again who that is.
    await until(async () => (await browser(page)).status === 302);
    expect(performance.now() - answeredAt).toBeLessThan(2000);
    expect((await browser(page)).location.startsWith(`${postern.issuer}/authorize?`)).toBe(true);
    expect((await other(page)).status).toBe(200);
    const told = async () => (await postern.deliveries.list({ limit: 5, accountId: person.id })).items;
    await until(async () => (await told()).every(({ state }) => state !== 'waiting'));
    expect(await told()).toMatchObject([{ clientId: 'apache', state: 'confirmed', attempts: 1 }]);
  });
});
