import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isLocalRedirectUri,
  redirectUriMatches,
  redirectUriProblem,
} from '../../../src/domain/clients/redirect-uri.ts';
import { engineClientClass } from './engine.ts';

const web = { applicationType: 'web', allowPrivateHttp: false } as const;
const native = { applicationType: 'native', allowPrivateHttp: false } as const;

describe('what may be registered', () => {
  it.each([
    'https://rp.example/cb',
    'https://rp.example:8443/cb?tenant=a',
    'http://localhost:3000/cb',
    'http://app.localhost/cb',
    'http://127.0.0.2/cb',
    'http://[::1]:8080/cb',
  ])('a web client may have %s', (uri) => {
    expect(redirectUriProblem(uri, web)).toBeUndefined();
  });

  it.each(['com.example.app:/callback', 'http://127.0.0.1/cb', 'http://[::1]:80/cb', 'https://claimed.example/cb'])(
    'a native client may have %s',
    (uri) => {
      expect(redirectUriProblem(uri, native)).toBeUndefined();
    },
  );

  it.each([
    ['https://*.rp.example/cb', 'wildcard'],
    ['https://rp.example/*', 'wildcard'],
    ['https://rp.example/cb#part', 'fragment'],
    ['https://rp.example/cb#', 'fragment'],
    ['https://name:password@rp.example/cb', 'name or password'],
    ['https://rp.example@evil.example/cb', 'name or password'],
    ['https://@evil.example/cb', 'name or password'],
    ['http://rp.example/cb', 'https'],
    ['http://10.0.0.7/cb', 'https'],
    ['http://127.0.0.1.evil.example/cb', 'https'],
    ['http://localhost.evil.example/cb', 'https'],
    ['ftp://rp.example/cb', 'https'],
    ['com.example.app:/callback', 'applicationType native'],
  ])('A08 a web client must not have %s', (uri, problem) => {
    expect(redirectUriProblem(uri, web)).toContain(problem);
  });

  it.each([
    ['http://rp.example/cb', 'https'],
    ['http://127.0.0.2/cb', 'https'],
    ['https://localhost/cb', 'http on a loopback'],
    ['myapp:/callback', 'dot'],
    ['com.example.app://name@host/callback', 'name or password'],
  ])('A08 a native client must not have %s', (uri, problem) => {
    expect(redirectUriProblem(uri, native)).toContain(problem);
  });

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:https://a.example/1',
    'file:///etc/passwd',
    'about:blank',
  ])('A04 nobody may have %s', (uri) => {
    expect(redirectUriProblem(uri, web)).toBeDefined();
    expect(redirectUriProblem(uri, native)).toContain('scheme');
  });

  it.each([
    '',
    '/cb',
    'cb',
    'https:rp.example/cb',
    'https:///rp.example/cb',
    'https://rp.example\\@evil.example/cb',
    'https://rp.example/c b',
    'https://rp.example/cb ',
    ' https://rp.example/cb',
    'https://rp.example/\ncb',
    'https://rp.example/\u0000',
    'https://exämple.example/cb',
    'java\tscript:alert(1)',
    `https://rp.example/${'a'.repeat(2000)}`,
  ])('A08 URIs that parsers read differently are not URIs: %j', (uri) => {
    expect(redirectUriProblem(uri, web)).toBeDefined();
    expect(redirectUriProblem(uri, native)).toBeDefined();
  });

  it('private addresses may use http where that is allowed', () => {
    expect(redirectUriProblem('http://192.168.1.20/cb', { ...web, allowPrivateHttp: true })).toBeUndefined();
    expect(redirectUriProblem('http://rp.example/cb', { ...web, allowPrivateHttp: true })).toContain('https');
  });
});

describe('what counts as local', () => {
  it.each([
    'http://localhost/cb',
    'http://app.localhost:3000/cb',
    'https://localhost:8443/cb',
    'http://127.9.9.9/cb',
    'http://[::1]/cb',
    'http://10.1.2.3/cb',
    'http://172.16.0.1/cb',
    'http://172.31.255.255/cb',
    'https://192.168.0.1/cb',
    'http://[fd00::1]/cb',
    'http://[::ffff:10.0.0.1]/cb',
    'http://0x7f.1/cb',
  ])('%s does', (uri) => {
    expect(isLocalRedirectUri(uri)).toBe(true);
  });

  it.each([
    'https://rp.example/cb',
    'http://172.32.0.1/cb',
    'http://192.169.0.1/cb',
    'http://169.254.169.254/cb',
    'http://[fe80::1]/cb',
    'http://0.0.0.0/cb',
    'http://8.8.8.8/cb',
    'http://localhost.evil.example/cb',
    'http://localhost@evil.example/cb',
    'http://evil.example#@localhost/cb',
    'http://127.0.0.1.evil.example/cb',
    'com.example.app:/cb',
    'javascript:alert(1)//localhost',
    'not a uri',
  ])('%s does not', (uri) => {
    expect(isLocalRedirectUri(uri)).toBe(false);
  });
});

describe('matching', () => {
  it.each(['/cb/', '/cb/..%2fx', '/CB', '/cb?x=1', '/cb#f', '/cb%00', '/cb ', ''])(
    'A03 https://rp.example%s is not https://rp.example/cb',
    (rest) => {
      expect(redirectUriMatches(['https://rp.example/cb'], `https://rp.example${rest}`, 'web')).toBe(false);
      expect(redirectUriMatches(['https://rp.example/cb'], `https://rp.example${rest}`, 'native')).toBe(false);
    },
  );

  it('A02 a name before the host is not the host', () => {
    expect(redirectUriMatches(['https://rp.example/cb'], 'https://rp.example@evil.example/cb', 'web')).toBe(false);
    expect(redirectUriMatches(['http://127.0.0.1/cb'], 'http://127.0.0.1:80@evil.example/cb', 'native')).toBe(false);
  });

  it('A07 native clients choose their port on loopback, web clients do not', () => {
    const registered = ['http://127.0.0.1/cb', 'http://[::1]:9/cb'];
    expect(redirectUriMatches(registered, 'http://127.0.0.1:51234/cb', 'native')).toBe(true);
    expect(redirectUriMatches(registered, 'http://[::1]:51234/cb', 'native')).toBe(true);
    expect(redirectUriMatches(registered, 'http://localhost:51234/cb', 'native')).toBe(false);
    expect(redirectUriMatches(registered, 'http://127.0.0.1.evil/cb', 'native')).toBe(false);
    expect(redirectUriMatches(registered, 'http://localhost@x/cb', 'native')).toBe(false);
    expect(redirectUriMatches(registered, 'https://127.0.0.1:1/cb', 'native')).toBe(false);
    expect(redirectUriMatches(registered, 'http://127.0.0.1:51234/cb', 'web')).toBe(false);
  });
});

const part = (...values: string[]) => fc.constantFrom(...values);
const structured = fc.record({
  scheme: part('http', 'https', 'HTTP', 'com.example.app'),
  user: part('', '', '', 'u@', 'u:p@', '@'),
  host: part('127.0.0.1', '[::1]', 'localhost', '127.0.0.1.evil', 'rp.example', 'LOCALHOST', '127.1', '[0:0::1]'),
  port: part('', '', ':', ':0', ':80', ':8080', ':51234', ':99999', ':8o', ':80:80'),
  rest: part('', '/', '/cb', '/cb/', '/cb?x=1', '/cb?u=http://127.0.0.1:8/', '?x', '#f', '/cb@x:1', '\\cb'),
});
type Structured = typeof structured extends fc.Arbitrary<infer Value> ? Value : never;
const textOf = ({ scheme, user, host, port, rest }: Structured) => `${scheme}://${user}${host}${port}${rest}`;

describe('P09 the matcher over random pairs', () => {
  it('P09 says what the engine says', async () => {
    const ClientClass = await engineClientClass();
    const clients = (['web', 'native'] as const).map((applicationType) => ({
      applicationType,
      client: new ClientClass({
        client_id: 'p09',
        postern_origin: 'admin',
        postern_scopes: true,
        token_endpoint_auth_method: 'none',
        application_type: applicationType,
        redirect_uris: ['https://rp.example/cb'],
      }),
    }));
    const anyUri = fc.oneof(structured.map(textOf), fc.webUrl(), fc.string(), structured.map(textOf));
    fc.assert(
      fc.property(fc.array(anyUri, { maxLength: 4 }), anyUri, fc.boolean(), (registered, other, takesRegistered) => {
        const presented = takesRegistered ? (registered[0] ?? other) : other;
        for (const { applicationType, client } of clients) {
          client.redirectUris = registered;
          expect(redirectUriMatches(registered, presented, applicationType)).toBe(client.redirectUriAllowed(presented));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('P09 accepts equal bytes, and for native clients a loopback twin that differs in its port alone', () => {
    const port = fc.oneof(
      fc.constant(''),
      fc.integer({ min: 0, max: 65535 }).map((number) => `:${number}`),
    );
    const plain = fc.record({ ...structuredParts, port });
    fc.assert(
      fc.property(plain, plain, fc.boolean(), (left, right, twins) => {
        const twin = twins ? { ...left, port: right.port } : right;
        const [registered, presented] = [textOf(left), textOf(twin)];
        const isEqual = registered === presented;
        const isLoopback = left.scheme === 'http' && ['127.0.0.1', '[::1]', 'localhost'].includes(left.host);
        const differsInPort = textOf({ ...left, port: '' }) === textOf({ ...twin, port: '' });
        expect(redirectUriMatches([registered], presented, 'web')).toBe(isEqual);
        expect(redirectUriMatches([registered], presented, 'native')).toBe(isEqual || (isLoopback && differsInPort));
      }),
      { numRuns: 3000 },
    );
  });
});

const structuredParts = {
  scheme: part('http', 'https'),
  user: fc.constant(''),
  host: part('127.0.0.1', '[::1]', 'localhost', 'rp.example', '127.0.0.1.evil'),
  rest: part('/', '/cb', '/cb/', '/cb?x=1'),
};
