/** Where an outgoing call may go. The targets are real listeners on loopback that count what reaches them. */
import { expect, it } from 'vitest';
import { failureOf, knowing, listen, outboundIn } from '../support/outbound-targets.ts';

/** Every way to write this machine that a URL takes; those in `spelled` lead to the listener where loopback is open. */
const spelled = [
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0X7F.1',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
  ],
  ...['[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::FFFF:7F00:1]'],
  ...['localhost', 'LocalHost', 'localhost.', 'app.localhost', 'app.localhost.'],
  ...['１２７.0.0.1', '127。0。0。1', '%31%32%37.0.0.1', '①②⑦.0.0.1', 'ⓛocalhost'],
];

const never = ['0.0.0.0', '0', '0x0', '[::]', '[::ffff:0.0.0.0]', '224.0.0.1', '[ff02::1]', '255.255.255.255'];
const tunnelled = [
  ...['[::127.0.0.1]', '[::7f00:1]', '[64:ff9b::127.0.0.1]', '[64:ff9b:1::127.0.0.1]', '[2002:7f00:1::]'],
  ...['[2001:0:7f00:1::]', '[::ffff:0:127.0.0.1]', '[64:ff9b::a9fe:a9fe]'],
];
const linkLocal = [
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '[fe80::1]',
  '[::ffff:169.254.169.254]',
  '[fd00:ec2::254]',
];
const internal = ['10.0.0.1', '10.1', '0xa000001', '172.16.0.1', '192.168.1.1', '[fd12:3456::1]', '[::ffff:10.0.0.1]'];
const special = [
  '100.64.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '203.0.113.7',
  '240.0.0.1',
  '[2001:db8::1]',
  '[100::1]',
  '[4000::1]',
];

it.each([...spelled, ...never, ...tunnelled, ...linkLocal, ...internal, ...special])(
  'I05 http://%s is refused in serve, and not one byte arrives',
  async (host) => {
    const target = await listen();
    const outbound = outboundIn('serve');
    for (const call of [
      outbound.post(target.url(host), { form: { logout_token: 'x' } }),
      outbound.get(target.url(host), { isPublicOnly: true }),
    ]) {
      expect(await failureOf(call)).toMatchObject({ code: 'forbidden', reason: 'address_refused' });
    }
    expect(target.seen).toMatchObject({ connections: 0, bytes: 0 });
  },
);

it.each(spelled)('I05 http://%s is really this machine: it arrives in dev', async (host) => {
  const target = await listen();
  expect(await outboundIn('dev').post(target.url(host), { form: { a: 'b' } })).toMatchObject({ status: 200 });
  expect(target.seen.connections).toBe(1);
});

it.each([...never, ...tunnelled, ...linkLocal])('I05 http://%s is refused in dev and testing too', async (host) => {
  const target = await listen();
  for (const mode of ['dev', 'testing'] as const) {
    expect(await failureOf(outboundIn(mode).get(target.url(host)))).toMatchObject({ reason: 'address_refused' });
  }
  expect(target.seen).toMatchObject({ connections: 0, bytes: 0 });
});

it.each([
  [['127.0.0.1'], 'loopback'],
  [['::1'], 'loopback'],
  [['::ffff:127.0.0.1'], 'loopback'],
  [['10.0.0.5', '127.0.0.1'], 'private'],
  [['169.254.169.254'], 'metadata'],
  [['0.0.0.0'], 'unspecified'],
  [['fe80::1%lo'], 'reserved'],
  [['not an address'], 'reserved'],
])('I05 a name that leads to %j is refused, and not one byte arrives', async (addresses, kind) => {
  const target = await listen();
  const outbound = outboundIn('serve', { resolve: knowing(addresses).resolve });
  const failure = await failureOf(outbound.get(target.url('app.example.org')));
  expect(failure).toMatchObject({ reason: 'address_refused', kind });
  expect(target.seen).toMatchObject({ connections: 0, bytes: 0 });
});

it('I05 of the addresses of a name only those are called that are allowed', async () => {
  const target = await listen();
  const { resolve } = knowing(['169.254.169.254', '::1', '10.0.0.5', '127.0.0.1']);
  const outbound = outboundIn('serve', { resolve, allow: ['127.0.0.1'] });
  expect(await outbound.get(target.url('app.example.org'))).toMatchObject({ status: 200 });
  expect(target.seen).toMatchObject({ connections: 1, hosts: ['127.0.0.1'] });
});

it.each([
  'file:///etc/passwd',
  'ftp://127.0.0.1/',
  'gopher://127.0.0.1/',
  'data:text/plain,x',
  'unix:/run/postern.sock',
  'ws://127.0.0.1/',
  'http://',
  '//127.0.0.1/',
  '/path',
  '',
  'http://me@127.0.0.1/',
  'http://:secret-in-url@127.0.0.1/',
  'http://127.0.0.1:0/',
  'http://127.0.0.1:65536/',
])('I05 %j is not called', async (url) => {
  const failure = await failureOf(outboundIn('dev').get(url));
  expect(failure).toMatchObject({ code: 'forbidden', reason: 'url_refused' });
  expect(failure.message).not.toContain('secret');
});

it('I06 a name is looked up once, and what was judged is what is connected to', async () => {
  const target = await listen();
  // The first address stands for a public one: it is the only one that is allowed here.
  const { resolve, asked } = knowing(['127.0.0.1'], ['::1']);
  const outbound = outboundIn('serve', { resolve, allow: ['127.0.0.1'] });
  expect(await outbound.get(target.url('rebinding.example.org'))).toMatchObject({ status: 200 });
  expect(asked).toEqual(['rebinding.example.org']);
  expect(target.seen.hosts).toEqual(['127.0.0.1']);

  const failure = await failureOf(outbound.get(target.url('rebinding.example.org')));
  expect(failure).toMatchObject({ reason: 'address_refused', kind: 'loopback' });
  expect(asked).toHaveLength(2);
  expect(target.seen.connections).toBe(1);
});

it('I06 a rebinding name stays refused when its first address does not answer', async () => {
  const target = await listen();
  const { resolve, asked } = knowing(['127.0.0.2'], ['127.0.0.1']);
  const outbound = outboundIn('serve', { resolve, allow: ['127.0.0.2'], timeoutMilliseconds: 300 });
  const failure = await failureOf(outbound.get(target.url('rebinding.example.org')));
  expect(failure.reason).not.toBe('address_refused');
  expect(asked).toHaveLength(1);
  expect(target.seen).toMatchObject({ connections: 0, bytes: 0 });
});

it.each([301, 302, 303, 307, 308])(
  'I07 a %i to an address inside is an answer, and nobody follows it',
  async (status) => {
    const inside = await listen();
    const outside = await listen((socket) =>
      socket.end(
        `HTTP/1.1 ${status} Moved\r\nlocation: ${inside.url('localhost', '/admin')}\r\ncontent-length: 0\r\n\r\n`,
      ),
    );
    const outbound = outboundIn('serve', { allow: [`127.0.0.1:${outside.port}`] });
    const answer = await outbound.post(outside.url(), { form: { a: 'b' } });
    expect(answer.status).toBe(status);
    expect(answer.headers.location).toBe(inside.url('localhost', '/admin'));
    expect(outside.seen.connections).toBe(1);
    expect(inside.seen).toMatchObject({ connections: 0, bytes: 0 });
  },
);
