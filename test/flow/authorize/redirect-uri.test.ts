import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPosternError } from '../../../src/base/errors.ts';
import type { ClientInput } from '../../../src/domain/clients/clients.ts';
import { statusOfCode } from '../../../src/http/errors.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { expectRefusedHere, expectSentBack } from '../../support/refusals.ts';
import { createWorld, redirectUris, type World } from '../../support/world.ts';

const logs = createLogLines();
let world: World;
beforeAll(async () => {
  world = await createWorld({ mode: 'serve', logStream: logs.stream });
});
afterAll(() => world.stop());

const ask = (client: 'app' | 'cli', redirectUri: string | undefined) =>
  world.visitor().request(world.authorizeUrl(client, { redirect_uri: redirectUri }));

async function expectUnregistered(client: 'app' | 'cli', redirectUri: string): Promise<void> {
  const answer = await ask(client, redirectUri);
  expectRefusedHere(answer, 400);
  expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
  expect(answer.text).toContain('id="error-title"');
  expect(answer.text).not.toContain(redirectUri);
  expect(logs.lastCode()).toBe('invalid_redirect_uri');
}

describe('the redirect URI of a request', () => {
  it('is taken when it is the registered one', async () => {
    const answer = await ask('app', redirectUris.app);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(/\/interaction\//);
  });

  it('A01 one that is not registered gets a page and no redirect', () =>
    expectUnregistered('app', 'https://evil.example/cb'));

  it('A02 the registered host before an @ does not help', async () => {
    await expectUnregistered('app', 'https://rp.example@evil.example/cb');
    await expectUnregistered('app', 'https://rp.example%40evil.example/cb');
    await expectUnregistered('app', 'https://user:password@rp.example/cb');
  });

  it.each([
    ['a slash more', 'https://rp.example/cb/'],
    ['a path that leads back', 'https://rp.example/cb/..%2fx'],
    ['another case of the host', 'https://RP.example/cb'],
    ['another case of the path', 'https://rp.example/CB'],
    ['another port', 'https://rp.example:444/cb'],
    ['the default port', 'https://rp.example:443/cb'],
    ['a query', 'https://rp.example/cb?x=1'],
    ['a fragment', 'https://rp.example/cb#f'],
    ['a NUL', 'https://rp.example/cb\0'],
    ['an encoded NUL', 'https://rp.example/cb%00'],
    ['a space after it', 'https://rp.example/cb '],
    ['a newline after it', 'https://rp.example/cb\n'],
    ['a backslash', 'https://rp.example\\cb'],
    ['plain http', 'http://rp.example/cb'],
    ['nothing', ''],
  ])('A03 %s makes it another one', (_, redirectUri) =>
    redirectUri === '' ? expectRefused('') : expectUnregistered('app', redirectUri),
  );

  it.each([
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
  ])('A04 %s is refused in a request', (redirectUri) => expectUnregistered('app', redirectUri));

  it('A05 a second redirect_uri never gets the answer', async () => {
    const evil = 'https://evil.example/cb';
    for (const addition of [evil, redirectUris.app]) {
      const url = `${world.authorizeUrl('app')}&redirect_uri=${encodeURIComponent(addition)}`;
      const answer = await world.visitor().request(url);
      if (answer.status === 303) expectSentBack(answer, redirectUris.app, { error: 'invalid_request' });
      else expectRefusedHere(answer, 400);
      expect(logs.lastCode()).toBe('invalid_request');
    }
    const evilFirst = world.authorizeUrl('app', { redirect_uri: evil });
    expectRefusedHere(await world.visitor().request(`${evilFirst}&redirect_uri=${redirectUris.app}`), 400);
  });

  it('A06 it can not be left out, not even where only one is registered', () => expectRefused(undefined));
});

async function expectRefused(redirectUri: string | undefined): Promise<void> {
  expectRefusedHere(await ask('app', redirectUri), 400);
  expect(logs.lastCode()).toBe('invalid_request');
}

describe('the redirect URI of a native client', () => {
  it.each(['http://127.0.0.1:1/cb', 'http://127.0.0.1:51004/cb', redirectUris.cli])(
    'A07 %s is any port',
    async (uri) => {
      const answer = await ask('cli', uri);
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toMatch(/\/interaction\//);
    },
  );

  it.each([
    'http://127.0.0.1.evil/cb',
    'http://127.0.0.1.evil:1234/cb',
    'http://localhost@x/cb',
    'http://127.0.0.1:1234@evil.example/cb',
    'http://127.0.0.1:1234/cb/more',
    'http://localhost:1234/cb',
    'https://127.0.0.1:1234/cb',
  ])('A07 %s is not', (uri) => expectUnregistered('cli', uri));

  it('A07 a web client has no choice of port', () => expectUnregistered('app', 'https://rp.example:8443/cb'));
});

describe('the redirect URI that is registered', () => {
  const register = (input: Partial<ClientInput>) =>
    world.postern.clients.create({ id: 'later', ...input }, { by: { type: 'system' } });

  it.each([
    ['A04', 'javascript:alert(1)'],
    ['A04', 'data:text/html,x'],
    ['A04', 'vbscript:x'],
    ['A08', 'https://*.rp.example/cb'],
    ['A08', 'https://rp.example/*'],
    ['A08', 'https://rp.example/cb#fragment'],
    ['A08', 'https://user:password@rp.example/cb'],
    ['A08', 'https://user@rp.example/cb'],
    ['A08', 'http://rp.example/cb'],
    ['A08', 'http://192.168.1.7/cb'],
  ])('%s can not be %s', async (_, uri) => {
    for (const field of ['redirectUris', 'postLogoutRedirectUris'] as const) {
      const other = field === 'redirectUris' ? {} : { redirectUris: [redirectUris.app] };
      const error: unknown = await register({ ...other, [field]: [uri] }).catch((reason: unknown) => reason);
      expect(isPosternError(error) && statusOfCode[error.code]).toBe(422);
      expect(isPosternError(error) && error.fields.map(({ path }) => path)).toContain(`${field}[0]`);
      expect(await world.postern.clients.find('later')).toBeUndefined();
    }
  });
});
