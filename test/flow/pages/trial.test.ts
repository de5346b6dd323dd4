/** "Try it": the start page as an app of its own, with answers and cookies that are not what it sent for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, createVisitor, type Visitor } from '../../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { expectHarmless } from '../../support/refusals.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({ mode: 'dev', memory: true });
});
afterAll(() => postern.stop());

async function begin(): Promise<{ visitor: Visitor; page: Answer }> {
  const visitor = createVisitor(postern.issuer);
  return { visitor, page: await visitor.submit(await visitor.open('/'), {}) };
}

/** What the browser keeps between the two steps, and the answer's parameters that fit it. */
function keptBy(visitor: Visitor): Record<string, string> {
  const cookie = [...visitor.jar.values()].find(({ name }) => name.endsWith('-try'));
  const { state } = JSON.parse(Buffer.from(cookie?.value ?? '', 'base64url').toString());
  return { state, iss: postern.issuer };
}

const done = (parameters: Record<string, string>) => `/start/done?${new URLSearchParams(parameters)}`;

it.each([
  ['/', '/'],
  ['/start', '/'],
  ['/', '/start'],
])('the start page at %s still works when %s was opened after it', async (first, second) => {
  const visitor = createVisitor(postern.issuer);
  const page = await visitor.open(first);
  await visitor.open(second);
  expect((await visitor.submit(page, {})).text).toContain('id="signin-title"');
});

describe('the answer to "try it"', () => {
  it.each([
    ['nothing', undefined],
    ['no JSON', 'e'],
    ['null', 'null'],
    ['a number', '1'],
    ['nothing in it', '{}'],
    ['a list', '[]'],
    ['texts that are none', '{"state":1,"nonce":{},"verifier":null,"parameters":[]}'],
    ['empty texts', '{"state":"","nonce":"","verifier":"","parameters":[]}'],
    ['no list of parameters', '{"state":"s","nonce":"n","verifier":"v","parameters":{"a":1}}'],
    ['parameters that are no pairs', '{"state":"s","nonce":"n","verifier":"v","parameters":["a",["a",{}]]}'],
  ])('is refused when the cookie holds %s', async (_, held) => {
    const name = `postern-${new URL(postern.issuer).port}-try`;
    const cookie = held === undefined ? '' : `${name}=${Buffer.from(held).toString('base64url')}`;
    const url = `${postern.issuer}${done({ state: '', code: 'x', iss: postern.issuer })}`;
    const response = await fetch(url, { headers: { cookie, accept: 'text/html' } });
    const text = await response.text();
    expectHarmless({ status: response.status, headers: response.headers, text });
    expect(response.status).toBe(422);
    expect(text).toContain('Try it again from the start page.');
  });

  it.each(['code', 'state', 'iss', 'error', 'error_description'])('is refused with two of %s', async (name) => {
    const { visitor } = await begin();
    const answer = await visitor.request(`${done({ ...keptBy(visitor), code: 'x', [name]: 'a' })}&${name}=b`);
    expectHarmless(answer);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(`The parameter ${name} is there more than once.`);
  });

  it('shows the refusal that the app would get, escaped, and lets the person try again', async () => {
    const { visitor } = await begin();
    const refusal = { error: 'login_required', error_description: '<b>End-User</b>' };
    const answer = await visitor.request(done({ ...keptBy(visitor), ...refusal }));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<code id="refused-error">login_required</code>');
    expect(answer.text).toContain('&lt;b&gt;End-User&lt;/b&gt;');
    const again = await visitor.submit(answer, {});
    expect(again.text).toContain('id="signin-title"');
  });

  it('does not show the refusal of another sign-in', async () => {
    const { visitor } = await begin();
    const answer = await visitor.request(done({ ...keptBy(visitor), state: 'another', error: 'server_error' }));
    expect(answer.status).toBe(422);
    expect(answer.text).not.toContain('id="refused-error"');
  });

  it.each([
    ['who cancels', { do: 'cancel' }],
    ['who is disabled', { account: 'dave' }],
  ])('tells somebody %s what the app gets', async (_, fields) => {
    const { visitor, page } = await begin();
    const answer = await visitor.submit(page, fields);
    expect(answer.text).toContain('<code id="refused-error">access_denied</code>');
  });

  it('has no link that repeats the spent code', async () => {
    const { visitor, page } = await begin();
    const consent = await visitor.submit(page, { account: 'alice' });
    const tokens = await visitor.submit(consent, { do: 'allow' });
    expect(tokens.text).toContain('id="tokens-title"');
    expect(tokens.text).toContain('href="/start?ui_locales=de"');
    expect(tokens.text).not.toMatch(/href="[^"]*code=/);
  });
});
