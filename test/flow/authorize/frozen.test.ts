import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Visitor } from '../../../src/testing/sign-in.ts';
import { expectHarmless, expectRefusedHere } from '../../support/refusals.ts';
import { createWorld, redirectUris, verifier, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ mode: 'serve' });
});
afterAll(() => world.stop());

const otherVerifier = 'the-verifier-of-somebody-else-that-is-long-enough-0123456789';
/** What an attacker in the middle of the flow would like to change. */
const foreign = {
  response_type: 'token',
  scope: 'openid profile email offline_access',
  redirect_uri: 'https://evil.example/cb',
  client_id: 'app2',
  code_challenge: createHash('sha256').update(otherVerifier).digest('base64url'),
  state: 'another-state',
  nonce: 'another-nonce',
};
const url = () => world.authorizeUrl('app', { scope: 'openid profile', prompt: 'consent' });

async function expectOriginal(page: Answer): Promise<void> {
  const back = new URL(page.url);
  expect(back.origin + back.pathname).toBe(redirectUris.app);
  expect(back.searchParams.get('state')).toBe('a-state');
  expect(back.hash).toBe('');
  const code = back.searchParams.get('code');
  const { status, body } = await world.token('app', world.codeForm('app', code));
  expect(status).toBe(200);
  expect(body.scope.split(' ').sort()).toEqual(['openid', 'profile']);
  const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
  expect(claims).toMatchObject({ aud: 'app', nonce: 'a-nonce' });
  expect(claims).not.toHaveProperty('email');
}

async function walk(visitor: Visitor, extra: { fields: Record<string, string>; query: string }): Promise<Answer> {
  const { password, username } = world.people.alice;
  const addQuery = (page: Answer): Answer => ({
    ...page,
    text: page.text.replace(/action="([^"?]*)"/g, `action="$1${extra.query}"`),
  });
  let page = await visitor.open(url());
  page = await visitor.submit(addQuery(page), { ...extra.fields, username, password });
  expect(page.text).toContain('id="consent-allow"');
  return visitor.submit(addQuery(page), { ...extra.fields, do: 'allow' });
}

describe('a request that has begun', () => {
  it('A13 is not changed by more fields in its forms', async () => {
    await expectOriginal(await walk(withFields(foreign), { fields: {}, query: '' }));
  });

  it('A13 is not changed by a query on the address of its forms', async () => {
    await expectOriginal(await walk(world.visitor(), { fields: {}, query: `?${new URLSearchParams(foreign)}` }));
  });

  it('A13 is not changed by a query on the address at which it goes on', async () => {
    const visitor = world.visitor();
    const { open, request, follow } = visitor;
    const page = await open(url());
    const { username, password } = world.people.alice;
    const body = new URLSearchParams({ csrf: csrfOf(page), username, password });
    const own = { origin: world.issuer, 'sec-fetch-site': 'same-origin' };
    const done = await request(page.url, { method: 'POST', body, headers: own });
    const resume = /<meta http-equiv="refresh" content="0; ?url=([^"]+)"/i.exec(done.text)?.[1] ?? '';
    expect(resume).toMatch(/\/authorize\/[\w-]+$/);
    const consent = await follow(await request(`${resume}?${new URLSearchParams(foreign)}`));
    expect(consent.text).toContain('id="consent-allow"');
    await expectOriginal(await visitor.submit(consent, { do: 'allow' }));
  });

  it('A13 gives no code for the verifier of another challenge', async () => {
    const page = await walk(withFields(foreign), { fields: {}, query: '' });
    const code = new URL(page.url).searchParams.get('code');
    const form = { ...world.codeForm('app', code), code_verifier: otherVerifier };
    expect((await world.token('app', form)).body.error).toBe('invalid_grant');
    expect((await world.token('app', { ...form, code_verifier: verifier })).status).toBe(200);
  });

  it('A13 does not answer to another client', async () => {
    const page = await walk(withFields(foreign), { fields: {}, query: '' });
    const code = new URL(page.url).searchParams.get('code');
    expect((await world.token('app2', world.codeForm('app', code))).body.error).toBe('invalid_grant');
  });
});

describe('the address at which a request goes on', () => {
  const resume = (query: string) => `${world.issuer}/authorize/any-interaction-at-all?${query}`;
  const twice = `redirect_uri=${redirectUris.app}&redirect_uri=https://evil.example/cb`;

  it.each([
    ['a redirect_uri twice', `client_id=app&${twice}`],
    ['a client_id twice', 'client_id=app&client_id=app2'],
    ['everything twice', `client_id=app&client_id=app&state=1&state=2&response_type=code&response_type=code&${twice}`],
    ['an encoded name twice', 'client_id=app&redirect_uri=a&redirect%5Furi=b'],
    ['junk', '%&&&=&__proto__=1&client_id[]=1&redirect_uri[a][b]=c'],
    ['nothing', ''],
  ])('A19 with %s is refused', async (_, query) => {
    expectRefusedHere(await world.visitor().request(resume(query)), 400);
    const post = await world.visitor().request(resume(query), { method: 'POST', body: new URLSearchParams(query) });
    expectHarmless(post);
    expect(post.status).toBeGreaterThanOrEqual(400);
  });

  it('A19 with a redirect_uri twice goes on as it began, in the browser that began it', async () => {
    const visitor = world.visitor();
    const page = await visitor.open(url());
    const uid = page.url.split('/').at(-1);
    const answer = await visitor.request(`${world.issuer}/authorize/${uid}?client_id=app&${twice}`);
    expectHarmless(answer);
    expect(answer.headers.get('location') ?? '').not.toContain('evil.example');
  });
});

/** A visitor whose forms carry more fields than their page has. */
function withFields(fields: Record<string, string>): Visitor {
  const visitor = world.visitor();
  return {
    ...visitor,
    submit: (page, own) =>
      visitor.submit({ ...page, text: page.text.replaceAll('</form>', `${inputs(fields)}</form>`) }, own),
  };
}

const inputs = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
    .join('');

function csrfOf(page: Answer): string {
  const input = /<input\b[^>]*name="csrf"[^>]*>/.exec(page.text)?.[0] ?? '';
  return /value="([^"]+)"/.exec(input)?.[1] ?? '';
}
