import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/testing/sign-in.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { typed } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { type: 'operator' } as const;
const markup = '<img src=x onerror=alert(1)>';
const quoted = `"'><svg onload=alert(2)>{{7*7}}<%= 1 %>`;

let world: World;
beforeAll(async () => {
  world = await createWorld();
  const postLogoutRedirectUris = ['https://rp.example/'];
  const redirectUris = ['https://rp.example/cb'];
  await world.postern.clients.create({ id: 'x1', name: markup, redirectUris, postLogoutRedirectUris }, { by });
  await world.postern.clients.create({ id: `x2<b>"'&`, name: quoted, redirectUris }, { by });
  const device = { id: 'x3', name: markup, grantTypes: ['urn:ietf:params:oauth:grant-type:device_code'] } as const;
  await world.postern.clients.create(
    { ...device, grantTypes: [...device.grantTypes], applicationType: 'native', tokenEndpointAuthMethod: 'none' },
    { by },
  );
});
afterAll(() => world.stop());

/** No element that a page of ours does not have, no event attribute, no half-open quote. */
function expectNoMarkup(page: Answer, ...injected: string[]): void {
  expectHarmless(page);
  expect(page.text).not.toMatch(/<(?:img|b|script|iframe|style|object|embed|base)\b/i);
  // Without what stands between quotes, tags are ours alone: quotes that came from outside are entities.
  expect(page.text.replace(/"[^"]*"/g, '')).not.toMatch(/<[^>]*\son(?:error|load|focus|click)\s*=/i);
  for (const text of injected) if (/[<>"]/.test(text)) expect(page.text).not.toContain(text);
}

describe('names that are markup', () => {
  it.each(['x1', `x2<b>"'&`])(
    'G06 of the client %s: shown as it is written on sign-in, consent and in between',
    async (id) => {
      const visitor = world.visitor();
      const name = id === 'x1' ? markup : quoted;
      const signIn = await visitor.open(world.authorizeUrl('app', { client_id: id }));
      const consent = await visitor.submit(signIn, typed(world, 'alice'));
      expect(consent.text).toContain('id="consent-allow"');
      expect(consent.text).toContain(
        name
          .replace(/&/g, '&amp;')
          .replace(/</g, '&lt;')
          .replace(/>/g, '&gt;')
          .replace(/"/g, '&quot;')
          .replace(/'/g, '&#39;'),
      );
      const csrf = /name="csrf" value="([^"]+)"/.exec(consent.text)?.[1] ?? '';
      const body = new URLSearchParams({ csrf, do: 'allow' });
      const between = await visitor.request(consent.url, { method: 'POST', body });
      expect(between.text).toContain('id="continue-link"');
      for (const page of [signIn, consent, between]) expectNoMarkup(page, name);
    },
  );

  it('G06 on sign-out, signed-out, device and error pages too', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    const begun = await fetch(`${world.issuer}/device/code`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'x3', scope: 'openid' }),
    });
    const { user_code: userCode } = (await begun.json()) as { user_code: string };
    const pages = [
      await visitor.request('/logout?client_id=x1'),
      await visitor.request('/logout/success?client_id=x1'),
      await visitor.request(world.authorizeUrl('app', { client_id: 'x1', redirect_uri: 'https://evil.example/' })),
      await visitor.submit(await visitor.request('/device'), { user_code: userCode }),
    ];
    for (const page of pages) {
      expect(page.text).toContain('&lt;img src=x onerror=alert(1)&gt;');
      expectNoMarkup(page, markup);
    }
  });

  it('G06 addresses of a client are https or refused with 422’s error', async () => {
    const redirectUris = ['https://rp.example/cb'];
    for (const field of ['policyUri', 'tosUri', 'logoUri', 'clientUri']) {
      for (const uri of [
        'javascript:alert(1)',
        'data:text/html,x',
        'http://rp.example/',
        '//rp.example/',
        'JAVASCRIPT:1',
      ]) {
        const creation = world.postern.clients.create({ id: 'y', redirectUris, [field]: uri }, { by });
        await expect(creation).rejects.toMatchObject({ code: 'invalid', fields: [{ path: field }] });
      }
    }
  });

  it('G06 of a person: their name is text on every page that greets them', async () => {
    const person = { username: 'o"<i>x</i>', name: `${markup}'"`, password: 'quiet lantern over the bay' };
    await world.postern.accounts.create({ ...person, groups: ['engineering'] }, { by });
    const visitor = world.visitor();
    const signIn = await visitor.open(world.authorizeUrl('app'));
    const consent = await visitor.submit(signIn, { username: person.username, password: person.password });
    expect(consent.text).toContain('id="consent-allow"');
    const signOut = await visitor.request('/logout');
    for (const page of [consent, signOut]) {
      expectNoMarkup(page, person.name);
      expect(page.text).not.toContain('<i>');
    }
  });
});

const injections = [
  '<script>alert(1)</script>',
  '"><script>alert(1)</script>',
  "' onfocus=alert(1) autofocus='",
  '</title><img src=x onerror=alert(1)>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what a template engine might read
  '<%= process.env %>${7*7}',
  'javascript:alert(1)',
];

describe('parameters that are markup', () => {
  const places: [string, (value: string) => Promise<Answer>][] = [
    ['client_id', (value) => world.visitor().open(world.authorizeUrl('app', { client_id: value }))],
    ['redirect_uri', (value) => world.visitor().open(world.authorizeUrl('app', { redirect_uri: value }))],
    ['login_hint', (value) => world.visitor().open(world.authorizeUrl('app', { login_hint: value }))],
    ['ui_locales', (value) => world.visitor().open(world.authorizeUrl('app', { ui_locales: value }))],
    [
      'ui_locales of the page',
      (value) => world.visitor().open(`/logout/success?ui_locales=${encodeURIComponent(value)}`),
    ],
    [
      'error and description',
      (value) =>
        world
          .visitor()
          .open(
            `/logout/success?${new URLSearchParams({ error: value, error_description: value, error_hint: value })}`,
          ),
    ],
    ['user_code', (value) => world.visitor().open(`/device?user_code=${encodeURIComponent(value)}`)],
    ['a path', (value) => world.visitor().open(`/${encodeURIComponent(value)}`)],
    ['id_token_hint', (value) => world.visitor().open(`/logout?id_token_hint=${encodeURIComponent(value)}`)],
    ['logout client_id', (value) => world.visitor().open(`/logout?client_id=${encodeURIComponent(value)}`)],
    [
      'user_code in the form',
      async (value) => {
        const visitor = world.visitor();
        return visitor.submit(await visitor.open('/device'), { user_code: value });
      },
    ],
    [
      'username in the form',
      async (value) => {
        const visitor = world.visitor();
        return visitor.submit(await visitor.open(world.authorizeUrl('app')), { username: value, password: 'x' });
      },
    ],
  ];

  it.each(places)('G07 %s: escaped, in no address and no header', async (_, open) => {
    for (const value of injections) {
      const page = await open(value);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expectNoMarkup(page, value);
      expect(page.text).not.toContain("' onfocus=alert(1)");
      expect(page.text).not.toMatch(/(?:href|action|src|url)=["']?javascript:/i);
    }
  });

  it('G08 state with markup: the app gets it letter for letter, the page keeps it in its attribute', async () => {
    for (const state of injections) {
      const visitor = world.visitor();
      await world.signIn(visitor, world.authorizeUrl('app'));
      const page = await visitor.request(world.authorizeUrl('app', { response_mode: 'form_post', state }));
      expect(page.text.match(/<script/g)).toHaveLength(1);
      const value = /name="state" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
      expect(value).not.toMatch(/[<>"']/);
      const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
      expect(value.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? '')).toBe(state);
    }
  });
});
