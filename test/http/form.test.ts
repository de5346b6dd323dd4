import { connect } from 'node:net';
import Koa from 'koa';
import { afterEach, describe, expect, it } from 'vitest';
import { answerError } from '../../src/http/errors.ts';
import { readFields, readForm } from '../../src/http/form.ts';
import { createMemoryLog, parseAnswer, readAll, sendRaw, startFront } from './front.ts';

let front: Awaited<ReturnType<typeof startFront>>;
afterEach(() => front?.stop());

async function start(limits = {}) {
  const app = new Koa();
  const { log } = createMemoryLog();
  app.use(async (ctx) => {
    try {
      ctx.body = { ...(await readForm(ctx)) };
    } catch (error) {
      answerError(ctx, error, { log, page: () => '' });
    }
  });
  front = await startFront({ route: app.callback(), limits });
  return front.port;
}

const formType = 'application/x-www-form-urlencoded';

function post(port: number, body: string | Buffer, headers: Record<string, string> = {}) {
  const all = {
    Host: `localhost:${port}`,
    'Content-Type': formType,
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return sendRaw(port, `POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

describe('readForm', () => {
  it('reads fields of any name, with nothing inherited', async () => {
    const port = await start();
    const answer = await post(port, 'username=alice&password=a%26b+c&__proto__=1&constructor=2&empty=', {
      'Content-Type': `${formType}; charset=UTF-8`,
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('{"username":"alice","password":"a&b c","__proto__":"1","constructor":"2","empty":""}');
    expect((await post(port, '')).body).toBe('{}');
  });

  it('O01 a form over 16 KiB gets 413, announced or not, and the connection ends', async () => {
    const port = await start();
    expect((await post(port, `a=${'x'.repeat(16 * 1024 - 2)}`)).status).toBe(200);
    const announced = await post(port, `a=${'x'.repeat(16 * 1024)}`);
    expect(announced.status).toBe(413);
    expect(announced.head).toContain('\r\nConnection: close');
    const head = `POST / HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: ${formType}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunked = await sendRaw(port, `${head}4001\r\n${'x'.repeat(16 * 1024 + 1)}\r\n`);
    expect(chunked.status).toBe(413);
  });

  it('O01 an endless chunked body is cut off', async () => {
    const port = await start();
    const socket = connect(port, '127.0.0.1');
    const ended = readAll(socket);
    socket.write(
      `POST / HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: ${formType}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const pour = () => {
      while (socket.writable && socket.write(`400\r\n${'x'.repeat(1024)}\r\n`));
    };
    socket.on('drain', pour);
    pour();
    expect(parseAnswer(await ended).status).toBe(413);
  });

  it('O04 a body that does not come in time gets 408 and the connection ends', async () => {
    const port = await start({ requestTimeoutSeconds: 0.2, headersTimeoutSeconds: 0.2, checkIntervalSeconds: 0.05 });
    const answer = await post(port, 'a=1', { 'Content-Length': '10' });
    expect(answer.status).toBe(408);
  });

  it('other content types get 415', async () => {
    const port = await start();
    const others = [
      'multipart/form-data; boundary=x',
      'application/json',
      'text/plain',
      `${formType}; charset=utf-16`,
      '',
    ];
    for (const type of others) expect((await post(port, 'a=1', { 'Content-Type': type })).status, type).toBe(415);
    expect((await post(port, 'a=1', { 'Content-Encoding': 'gzip' })).status).toBe(415);
  });

  it('repeated fields and NUL get 400 with the field, without the value', async () => {
    const port = await start();
    for (const body of ['user=secret1&user=secret2', 'user=secret%00', 'us%65r=secret1&user=secret2']) {
      const answer = await post(port, body);
      expect(answer.status, body).toBe(400);
      expect(JSON.parse(answer.body).fields[0].path, body).toBe('user');
      expect(answer.body, body).not.toContain('secret');
    }
  });

  it('a form that is wrong everywhere is answered shortly', async () => {
    const port = await start();
    const answer = await post(port, 'user=x&'.repeat(2000));
    expect([answer.status, JSON.parse(answer.body).fields.length]).toEqual([400, 20]);
  });

  it('bytes that are no UTF-8 and lone percent signs are read as text, not refused', async () => {
    const port = await start();
    const answer = await post(port, 'a=%ff&b=%&c=%zz');
    expect(JSON.parse(answer.body)).toEqual({ a: '\ufffd', b: '%', c: '%zz' });
  });

  it('keeps every value of a field that is a list, and a size of its own', async () => {
    const app = new Koa();
    const { log } = createMemoryLog();
    app.use(async (ctx) => {
      try {
        const { form, lists } = await readFields(ctx, { lists: ['groups', 'none'], mostKib: 32 });
        ctx.body = { form: { ...form, long: form.long?.length }, lists };
      } catch (error) {
        answerError(ctx, error, { log, page: () => '' });
      }
    });
    front = await startFront({ route: app.callback() });
    const long = 'x'.repeat(20_000);
    const answer = await post(front.port, `groups=a&name=n&groups=b&long=${long}`);
    expect(JSON.parse(answer.body)).toEqual({
      form: { name: 'n', long: 20_000 },
      lists: { groups: ['a', 'b'], none: [] },
    });
    expect((await post(front.port, 'groups=a&name=n&name=m')).status).toBe(400);
    expect((await post(front.port, 'groups=a%00')).status).toBe(400);
    expect((await post(front.port, `long=${long}${long}`)).status).toBe(413);
  });
});
