import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectHarmless } from '../../support/refusals.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let names: string[];
beforeAll(async () => {
  world = await createWorld({ mode: 'serve' });
  const visitor = world.visitor();
  await world.signIn(visitor, world.authorizeUrl('app'));
  names = [...visitor.jar.keys()];
});
afterAll(() => world.stop());

/** One request on a bare socket: no client mends or refuses what is in it. */
function raw(method: string, path: string, headers: Record<string, string>, body = ''): Promise<string> {
  const form = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  const all = { Host: new URL(world.issuer).host, Connection: 'close', ...(method === 'POST' && form), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(world.postern.port, '127.0.0.1', () => {
      socket.write(Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`, 'latin1'));
    });
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}

function parse(answer: string) {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Headers();
  for (const line of lines) headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim());
  return { status: Number(first.split(' ')[1]), headers, text: rest.join('\r\n\r\n') };
}

const cookies = [
  ...[
    '%',
    '%%%',
    '=',
    ';',
    ';;;;',
    '=x',
    'x',
    '__proto__=1',
    'constructor=1; toString=2',
    'a=%zz',
    'a="',
    '\xff\xfe=\xc3',
  ],
  ...['x'.repeat(3072), `x=${'y'.repeat(3072)}`, 'a=b,c=d', ' ; ; a', 'a=b\tc'],
];
const oddValues = ['', '%', '%zz', '%00', '"', 'x'.repeat(3072), '__proto__', '{}', '\xff', '=.=', '../../x', 'a b'];
const pages = [
  '/authorize/x',
  '/interaction/x',
  '/logout',
  '/logout/confirm',
  '/device',
  '/device/x',
  '/start',
  '/userinfo',
];

describe('a malformed Cookie header', () => {
  it.each(pages)('O10 is no server error at %s', async (path) => {
    for (const cookie of cookies) {
      for (const method of ['GET', 'POST']) {
        const answer = parse(await raw(method, path, { Cookie: cookie }, 'a=b'));
        expectHarmless(answer);
        expect(answer.status).toBeGreaterThanOrEqual(200);
      }
    }
  });

  it('O10 is no session, whatever stands in the cookies of one', async () => {
    const path = new URL(world.authorizeUrl('app', { prompt: 'none' })).search;
    expect(names).toContain(`postern-${world.postern.port}`);
    for (const value of oddValues) {
      const cookie = names.map((name) => `${name}=${value}`).join('; ');
      for (const all of [cookie, `${cookie}; ${cookie}`]) {
        const answer = parse(await raw('GET', `/authorize${path}`, { Cookie: all.slice(0, 12_000) }));
        expectHarmless(answer);
        expect(answer.headers.get('location')).toContain('error=login_required');
        const interaction = parse(await raw('GET', '/interaction/x', { Cookie: all.slice(0, 12_000) }));
        expectHarmless(interaction);
        expect(interaction.status).toBeGreaterThanOrEqual(400);
      }
    }
  });
});

const authorizations = [
  ...[
    'Basic',
    'Basic ',
    'Basic !!!',
    'Basic =',
    'Basic ====',
    'Basic YQ',
    'Basic YQ==',
    'Basic Og==',
    'basic !',
    'BASIC !!!',
  ],
  ...[
    'Basic __proto__',
    'Basic X19wcm90b19fOjE=',
    'Basic  ',
    'Basic YXBwOiU=',
    'Basic JTolJQ==',
    'Basic AAA6AAA=',
    '%',
    ',',
  ],
  ...[`Basic ${'A'.repeat(3072)}`, `Basic ${Buffer.from(`app:${'x'.repeat(2000)}`).toString('base64')}`, 'Basic a b c'],
  ...[
    'Bearer',
    'Bearer !!!',
    'Bearer  x',
    `Bearer ${'x'.repeat(3072)}`,
    'DPoP',
    'DPoP x',
    'Digest username="app"',
    '\xff\xfe',
  ],
];

describe('a malformed Authorization header', () => {
  it.each(['/token', '/introspect', '/revoke', '/par', '/device/code', '/userinfo'])(
    'O10 gets a 4xx at %s',
    async (path) => {
      for (const authorization of authorizations) {
        const body = 'grant_type=client_credentials&token=x&client_id=app';
        const answer = parse(await raw('POST', path, { Authorization: authorization }, body));
        expectHarmless(answer);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.text).not.toContain('"access_token"');
      }
    },
  );

  it.each(['DPoP', 'Origin', 'Accept-Language', 'Accept', 'User-Agent', 'Referer', 'If-None-Match', 'Sec-Fetch-Site'])(
    'O10 is no server error in %s either',
    async (name) => {
      const path = `/authorize${new URL(world.authorizeUrl('app')).search}`;
      for (const value of [
        ...oddValues,
        'e30.e30.e30',
        'q=;;q',
        '*;q=x',
        'null',
        '[',
        'http://[',
        `${'en,'.repeat(900)}`,
      ]) {
        for (const [method, place] of [
          ['GET', path],
          ['POST', '/token'],
          ['GET', '/start'],
          ['GET', '/userinfo'],
        ] as const) {
          expectHarmless(parse(await raw(method, place, { [name]: value }, 'grant_type=client_credentials')));
        }
      }
    },
  );
});
