/** What opens addresses that are not public: the mode, and the administrator's list. */
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { createRules, parseAllowed } from '../../src/base/outbound-allow.ts';
import { failureOf, knowing, listen, outboundIn } from '../support/outbound-targets.ts';

it('I09 a notice to loopback arrives in dev and testing; the same URL is refused in serve until it is listed', async () => {
  const target = await listen();
  const url = target.url('localhost', '/backchannel-logout?key=secret-in-query');
  for (const mode of ['dev', 'testing'] as const) {
    expect(await outboundIn(mode).post(url, { form: {} })).toMatchObject({ status: 200 });
  }
  expect(target.seen.connections).toBe(2);

  const failure = await failureOf(outboundIn('serve').post(url, { form: {} }));
  expect(failure).toMatchObject({ code: 'forbidden', summary: 'refused: loopback address' });
  expect(failure.message).toBe(
    `http://localhost:${target.port} resolves to 127.0.0.1, a loopback address. Add localhost to outbound.allow, or use a public address.`,
  );
  expect(target.seen.connections).toBe(2);

  for (const entry of ['localhost', 'LOCALHOST.', `localhost:${target.port}`, '127.0.0.1', '127.0.0.0/8', '::1']) {
    expect(await outboundIn('serve', { allow: [entry] }).post(url, { form: {} }), entry).toMatchObject({ status: 200 });
  }
});

it('I09 a refusal in the log says which address, why and what to do, and shows no path', async () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', stream: { write: (line: string) => void lines.push(line) } });
  const { resolve } = knowing(['10.0.0.5']);
  const refused = outboundIn('serve', { resolve }).get('http://app.internal/hook/secret-in-path?key=secret-in-query');
  await refused.catch((error: unknown) => log.warn({ error }, 'not delivered'));
  expect(JSON.parse(lines.join()).error).toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('http://app.internal resolves to 10.0.0.5, a private address. Add app.internal'),
    cause: { name: 'OutboundFailure', code: 'address_refused', message: 'refused: private address' },
  });
  expect(lines.join()).not.toContain('secret');
});

it.each([
  ['10.0.0.5', 'http://10.0.0.5 is a private address. Add 10.0.0.5 to outbound.allow, or use a public address.'],
  [
    'app.internal:8080',
    'http://app.internal:8080 resolves to 10.0.0.5, a private address. Add app.internal to outbound.allow, or use a public address.',
  ],
  [
    '169.254.169.254',
    'http://169.254.169.254 is a cloud metadata address. Use a public address; where it is meant, add 169.254.169.254 to outbound.allow.',
  ],
  [
    '0.0.0.0',
    'http://0.0.0.0 is an unspecified address. Nothing can be called there: use the address of the app itself.',
  ],
])('I09 http://%s is refused with what to do', async (host, message) => {
  const outbound = outboundIn('serve', { resolve: knowing(['10.0.0.5']).resolve });
  expect(await failureOf(outbound.get(`http://${host}/path?query`))).toMatchObject({ message });
});

it.each([
  ['another name', 'localhost.example.org', 'localhost'],
  ['a name above', 'localhost', 'app.localhost'],
  ['another port', 'localhost:1', 'localhost'],
  ['another address', '127.0.0.2', '127.0.0.1'],
  ['another network', '10.0.0.0/8', '127.0.0.1'],
  ['the other family', '127.0.0.0/8', '[::1]'],
])('I09 the list opens what stands on it: not by %s', async (_what, entry, host) => {
  const target = await listen();
  expect(await failureOf(outboundIn('serve', { allow: [entry] }).get(target.url(host)))).toMatchObject({
    reason: 'address_refused',
  });
  expect(target.seen.connections).toBe(0);
});

it('I09 a listed name opens no link-local and no metadata address, whatever a name server says', async () => {
  const allow = ['app.internal'];
  for (const address of ['169.254.169.254', 'fe80::1', 'fd00:ec2::254', '0.0.0.0']) {
    const outbound = outboundIn('serve', { allow, resolve: knowing([address]).resolve });
    expect(await failureOf(outbound.get('http://app.internal/')), address).toMatchObject({ reason: 'address_refused' });
  }
});

it('I09 for a URL that came by open registration nothing opens a private address, and the answer names none', async () => {
  const target = await listen();
  for (const outbound of [outboundIn('dev'), outboundIn('serve', { allow: ['127.0.0.0/8', 'app.internal'] })]) {
    const failure = await failureOf(outbound.get(target.url(), { isPublicOnly: true }));
    expect(failure.reason).toBe('address_refused');
  }
  const { resolve } = knowing(['10.9.8.7']);
  const failure = await failureOf(outboundIn('dev', { resolve }).get('http://app.internal/', { isPublicOnly: true }));
  expect(failure.message).toBe(
    'http://app.internal does not lead to a public address. A URL that an app brought itself must.',
  );
  expect(target.seen.connections).toBe(0);
});

it('a list that names nothing is refused when the guard is made, with every place', () => {
  const allow = ['app.internal', '*.internal', 'http://app', '10.1', 'app:0', '[::1]:99999', '10.0.0.0/33'];
  const create = () => outboundIn('serve', { allow });
  expect(create).toThrow(
    expect.objectContaining({
      code: 'invalid',
      fields: [1, 2, 3, 4, 5, 6].map((index) => expect.objectContaining({ path: `outbound.allow[${index}]` })),
    }),
  );
});

describe('I09 an entry of the list', () => {
  it.each([
    ...[
      'app.internal',
      'app',
      'my_app',
      'app.internal.',
      'APP.internal',
      'app.internal:8443',
      'bücher.example',
      'localhost:1',
    ],
    ...['10.0.0.5', '10.0.0.5:80', '10.0.0.0/8', '::1', '[::1]', '[::1]:65535', 'fd00::/8', '169.254.169.254'],
  ])('%j can be read', (entry) => {
    expect(parseAllowed(entry)).toBeDefined();
  });

  it.each([
    ...[
      '',
      ' ',
      ':80',
      'app:',
      'app:0',
      'app:65536',
      'app:http',
      '*',
      '*.internal',
      'a b',
      'a,b',
      '.internal',
      '-a.internal',
    ],
    ...[
      'http://app',
      'app/path',
      'me@app',
      'app?x',
      'app#x',
      'app\\x',
      'app%2e',
      '10.1',
      '0x7f000001',
      '2130706433',
      '010.0.0.1',
    ],
    ...[
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/8:80',
      '10.0.0.0/8/8',
      'app/8',
      '[10.0.0.5]',
      '[app]',
      '[fd00::/8]:80',
      '[::1',
      '::1]',
      'fe80::1%eth0',
    ],
    ...['::ffff:10.0.0.0/104', '300.1.1.1', `${'a'.repeat(254)}`],
  ])('%j cannot', (entry) => {
    expect(parseAllowed(entry)).toBeUndefined();
  });

  it('opens what its kind of entry may open', () => {
    const target = { host: 'app.internal', port: 8080 };
    const opens = (allow: string[], address: string, at = target) =>
      createRules({ allow, isPrivateAllowed: false })(address, at, false).isAllowed;
    const byName = (address: string) => opens(['app.internal:8080'], address);
    const byAddress = (address: string) => opens(['0.0.0.0/0', '::/0'], address);
    const outcome = (address: string) => [byName(address), byAddress(address)];
    expect(['127.0.0.1', '10.0.0.1', 'fd00::1', '100.64.0.1'].map(outcome)).toEqual(Array(4).fill([true, true]));
    const byAddressAlone = ['169.254.1.1', '169.254.169.254', '192.0.2.1', '2001:db8::1', '::7f00:1', '64:ff9b::a00:1'];
    expect(byAddressAlone.map(outcome)).toEqual(Array(6).fill([false, true]));
    expect(['0.0.0.0', '::', '224.0.0.1', 'ff02::1', '255.255.255.255'].map(outcome)).toEqual(
      Array(5).fill([false, false]),
    );
    expect(opens(['app.internal:8080'], '10.0.0.1', { ...target, port: 80 })).toBe(false);
    expect(opens(['10.0.0.1:8080'], '10.0.0.1')).toBe(true);
    expect(opens(['10.0.0.1:80'], '10.0.0.1')).toBe(false);
    expect(opens(['BÜCHER.example'], '10.0.0.1', { ...target, host: 'xn--bcher-kva.example' })).toBe(true);
    expect(opens(['10.0.0.0/8'], '::ffff:10.1.2.3')).toBe(true);
  });

  it('judges an address in the spelling that is connected to', () => {
    const judge = createRules({ allow: [], isPrivateAllowed: true });
    const target = { host: 'app.internal', port: 80 };
    expect(judge('::ffff:7f00:1', target, false)).toEqual({
      address: '127.0.0.1',
      family: 4,
      kind: 'loopback',
      isAllowed: true,
    });
    expect(judge('::127.0.0.1', target, false).address).toBe('127.0.0.1');
    expect(judge('::1', target, true)).toEqual({ address: '::1', family: 6, kind: 'loopback', isAllowed: false });
  });
});
