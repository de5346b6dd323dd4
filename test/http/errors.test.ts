import type { IncomingMessage, ServerResponse } from 'node:http';
import Koa from 'koa';
import { afterEach, describe, expect, it } from 'vitest';
import { type ErrorCode, errorCodes, PosternError } from '../../src/base/errors.ts';
import { answerError, answerErrorBare, httpProblem, statusOfCode } from '../../src/http/errors.ts';
import { createMemoryLog, get, startFront } from './front.ts';

let front: Awaited<ReturnType<typeof startFront>>;
afterEach(() => front?.stop());

/** Throws `error` in a route and asks for it as a browser (html) or a program. */
async function ask(error: unknown, { accept = 'application/json', path = '/x', late = false } = {}) {
  const { log, lines } = createMemoryLog();
  const app = new Koa();
  app.use(async (ctx) => {
    if (late) ctx.res.write('half');
    answerError(ctx, error, {
      log,
      page: (_ctx, problem) => `<p>${problem.message}</p><code>${problem.reference}</code>`,
    });
  });
  front = await startFront({ route: app.callback() });
  const answer = await get(front.port, path, { Host: `localhost:${front.port}`, Accept: accept });
  await front.stop();
  return { ...answer, lines };
}

describe('answerError', () => {
  it('has a status for every code', () => {
    expect(Object.keys(statusOfCode).sort()).toEqual([...errorCodes].sort());
  });

  it.each(errorCodes.filter((code) => code !== 'internal'))(
    '%s is shown with its message and status',
    async (code: ErrorCode) => {
      const { status, body, lines } = await ask(
        new PosternError(code, 'Do this.', { fields: [{ path: 'a', message: 'b' }] }),
      );
      const shown = JSON.parse(body);
      expect(status).toBe(statusOfCode[code]);
      expect(shown).toMatchObject({ error: code, message: 'Do this.', fields: [{ path: 'a', message: 'b' }] });
      expect(lines).toContainEqual(expect.objectContaining({ reference: shown.reference, code, status }));
    },
  );

  it('N08 any other error is 500 with a reference; the whole error is in the log alone', async () => {
    const thrown = [new Error('db password hunter2'), new PosternError('internal', 'hunter2'), 'hunter2', null];
    for (const error of thrown) {
      const { status, body, lines } = await ask(error);
      expect(status).toBe(500);
      expect(body).not.toMatch(/hunter2|stack|\.ts/);
      const { reference, message } = JSON.parse(body);
      expect(message).toBe(`Something went wrong (${reference}).`);
      expect(lines).toContainEqual(
        expect.objectContaining({ level: 'error', reference, requestId: expect.any(String) }),
      );
    }
  });

  it('answers a browser with a page and programs and the API with JSON', async () => {
    const error = new PosternError('not_found', 'Nothing here.');
    const page = await ask(error, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
    expect(page.head).toContain('Content-Type: text/html; charset=utf-8');
    expect(page.body).toMatch(/^<p>Nothing here\.<\/p><code>E-[0-9A-Z]{4}-[0-9A-Z]{4}<\/code>$/);
    expect((await ask(error, { accept: '*/*' })).head).toContain('Content-Type: application/json');
    const problem = await ask(error, { accept: 'text/html', path: '/api/v1/clients' });
    expect(problem.head).toContain('Content-Type: application/problem+json');
    expect(JSON.parse(problem.body)).toEqual({
      ...{ type: 'about:blank', title: 'Not Found', status: 404, detail: 'Nothing here.', code: 'not_found' },
      instance: expect.stringMatching(/^E-[0-9A-Z]{4}-[0-9A-Z]{4}$/),
    });
  });

  it('says when to try again', async () => {
    const { head, status } = await ask(new PosternError('unavailable', 'The disk is full.', { retryAfterSeconds: 7 }));
    expect(status).toBe(503);
    expect(head).toContain('\r\nRetry-After: 7\r\n');
  });

  it('keeps the status of HTTP problems, its own and those of Koa', async () => {
    expect((await ask(httpProblem(415, 'No.'))).status).toBe(415);
    const koaError = Object.assign(new Error('secret detail'), { status: 405, expose: true });
    const answer = await ask(koaError);
    expect(answer.status).toBe(405);
    expect(answer.body).not.toContain('secret');
    expect((await ask(Object.assign(new Error('x'), { status: 404, expose: false }))).status).toBe(500);
    expect((await ask(Object.assign(new Error('x'), { status: 200, expose: true }))).status).toBe(500);
  });

  it('cuts an answer that has begun', async () => {
    const { body, lines } = await ask(new Error('late'), { late: true });
    expect(body).not.toContain('Something went wrong');
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error' }));
  });
});

describe('answerErrorBare', () => {
  const { log, lines } = createMemoryLog();
  const failWith = (error: unknown) => (req: IncomingMessage, res: ServerResponse) =>
    answerErrorBare(req, res, error, log);

  it('N08 gives one line with the reference of the log', async () => {
    front = await startFront({ route: failWith(new TypeError('inner')) });
    const answer = await get(front.port, '/x', { Host: `localhost:${front.port}` });
    expect(answer.status).toBe(500);
    const reference = /Reference: (E-\w{4}-\w{4})\n$/.exec(answer.body)?.[1];
    expect(lines).toContainEqual(
      expect.objectContaining({ reference, error: expect.objectContaining({ message: 'inner' }) }),
    );
    expect(answer.body).not.toContain('inner');
  });

  it('tells of a busy store with 503 and Retry-After', async () => {
    front = await startFront({ route: failWith(new PosternError('unavailable', 'Busy.', { retryAfterSeconds: 2 })) });
    const answer = await get(front.port, '/x', { Host: `localhost:${front.port}` });
    expect(answer.status).toBe(503);
    expect(answer.head).toContain('\r\nRetry-After: 2\r\n');
  });
});
