/** What an outgoing call sends, what comes back, and what it says when nothing does. */
import { expect, it } from 'vitest';
import { isPosternError } from '../../src/base/errors.ts';
import { failureOf, knowing, listen, outboundIn } from '../support/outbound-targets.ts';

it('sends a form or a body with its length, asks for no compression, and lets nobody overrule that', async () => {
  const target = await listen();
  const outbound = outboundIn('dev');
  const headers = {
    'X-Own': '1',
    Host: 'evil.example',
    'Accept-Encoding': 'gzip',
    'Content-Length': '9',
    Connection: 'keep-alive',
  };
  const answer = await outbound.post(target.url('localhost', '/a/b?c=d#e'), { form: { 'a b': 'ü&' }, headers });
  expect(answer).toMatchObject({ status: 200, isTruncated: false, headers: { 'content-length': '2' } });
  expect(answer.body.toString()).toBe('ok');
  expect(answer.milliseconds).toBeGreaterThanOrEqual(0);
  const [head = '', body] = target.seen.requests.split('\r\n\r\n');
  expect(body).toBe('a+b=%C3%BC%26');
  const lines = head.toLowerCase().split('\r\n');
  expect(lines[0]).toBe('post /a/b?c=d http/1.1');
  expect(lines.slice(1).sort()).toEqual(
    [
      ...['accept-encoding: identity', 'connection: close', 'content-length: 13', `host: localhost:${target.port}`],
      ...['content-type: application/x-www-form-urlencoded', 'user-agent: postern', 'x-own: 1'],
    ].sort(),
  );
  await outbound.post(target.url(), { body: Buffer.from('{}'), contentType: 'application/json' });
  expect(target.seen.requests).toContain('content-type: application/json\r\ncontent-length: 2\r\n');
});

it('leaves no socket open, however many calls go to one host', async () => {
  const target = await listen((socket, text) => {
    // Never closes by itself.
    if (text.includes('\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  const outbound = outboundIn('dev');
  const answers = await Promise.all(Array.from({ length: 100 }, () => outbound.post(target.url(), { form: {} })));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(target.seen.connections).toBe(100);
  await expect.poll(target.open).toBe(0);
});

it('tells what went wrong on the way', async () => {
  const outbound = outboundIn('dev', {
    resolve: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })),
  });
  expect(await failureOf(outbound.get('http://nowhere.example.org/'))).toMatchObject({
    code: 'unavailable',
    reason: 'name_not_found',
    summary: 'name not found',
  });
  const closed = await listen((socket) => socket.end());
  expect(await failureOf(outbound.get(closed.url()))).toMatchObject({ reason: 'connection_closed' });
  const short = await listen((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok'));
  expect(await failureOf(outbound.get(short.url()))).toMatchObject({ reason: 'connection_closed' });
  const chatty = await listen((socket) => socket.end('220 mail.example.org ESMTP\r\n'));
  const failure = await failureOf(outbound.get(chatty.url('localhost', '/path?token=secret')));
  expect(failure).toMatchObject({ reason: 'not_http', summary: 'answer is not HTTP' });
  expect(failure.message).toMatch(new RegExp(`^http://localhost:${chatty.port} answered with something`));
});

it('tells that nobody listens, after it has tried every address', async () => {
  const target = await listen();
  const port = target.port;
  // 127.0.0.2 has no listener on that port.
  const { resolve } = knowing(['127.0.0.2', '127.0.0.3']);
  const outbound = outboundIn('dev', { resolve });
  expect(await failureOf(outbound.get(`http://app.internal:${port}/`))).toMatchObject({
    code: 'unavailable',
    reason: 'connection_refused',
    summary: 'connection refused',
  });
  const both = outboundIn('dev', { resolve: knowing(['127.0.0.2', '::1']).resolve });
  expect(await both.get(`http://app.internal:${port}/`)).toMatchObject({ status: 200 });
});

it('a mistake of the caller is no failure of the network', async () => {
  const target = await listen();
  const thrown = await outboundIn('dev')
    .get(target.url(), { headers: { x: 'a\r\nb: c' } })
    .catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(TypeError);
  expect(isPosternError(thrown)).toBe(false);
  expect(target.seen.bytes).toBe(0);
});
