import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve, until } from '../support/spawned.ts';

/** A connection on which requests are sent by hand, in pieces. */
async function wire(port: number) {
  const socket: Socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return { send: (piece: string) => socket.write(piece), text: () => text, closed };
}

const form = 'grant_type=client_credentials';

/** A token request whose last bytes are not sent yet. */
async function halfRequest(port: number, authority: string) {
  const connection = await wire(port);
  const lines = [
    ...['POST /token HTTP/1.1', `Host: ${authority}`, 'Content-Type: application/x-www-form-urlencoded'],
    ...[`Authorization: Basic ${btoa('demo:demo-secret')}`, `Content-Length: ${form.length}`, '', ''],
  ];
  connection.send(lines.join('\r\n') + form.slice(0, 5));
  return { ...connection, finish: () => connection.send(form.slice(5)) };
}

describe('R22 SIGTERM', () => {
  it('R22 not ready at once, nothing new, what is in flight is answered, exit 0, and the database is closed', async () => {
    const server = await serve({ mode: 'dev' });
    const authority = new URL(server.issuer).host;
    const idle = await wire(server.port);
    const probe = await wire(server.port);
    probe.send(`GET /readyz HTTP/1.1\r\nHost: ${authority}\r\n`);
    const request = await halfRequest(server.port, authority);
    // Both are on their way in before the signal: a request that is answered comes after them.
    expect((await fetch(`${server.issuer}/readyz`)).status).toBe(200);
    server.kill('SIGTERM');
    await server.saying('"msg":"stopping"');
    await until(async () => (await fetch(`${server.issuer}/healthz`).catch(() => undefined)) === undefined);
    probe.send('\r\n');
    await until(() => probe.text().includes('\r\n\r\n'));
    expect(probe.text()).toMatch(/^HTTP\/1\.1 503 /);
    request.finish();
    await request.closed;
    expect(request.text()).toMatch(/^HTTP\/1\.1 200 /);
    expect(request.text()).toMatch(/connection: close/i);
    expect(request.text()).toContain('"access_token"');
    await idle.closed;
    expect(await server.ended).toMatchObject({ status: 0, signal: null });
    // Closing the last connection writes the log back into the file.
    expect(existsSync(`${server.file}-wal`)).toBe(false);
  }, 60_000);

  it('R22 a second SIGTERM ends it at once, whatever is in flight', async () => {
    const server = await serve({ mode: 'dev' });
    await halfRequest(server.port, new URL(server.issuer).host);
    expect((await fetch(`${server.issuer}/readyz`)).status).toBe(200);
    server.kill('SIGTERM');
    await server.saying('"msg":"stopping"');
    const asked = performance.now();
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ status: 143 });
    expect(performance.now() - asked).toBeLessThan(3000);
  }, 60_000);

  it('R22 a request that never ends is cut after http.stopSeconds', async () => {
    const server = await serve({ mode: 'dev', argv: ['--http-stop-seconds', '1'] });
    const request = await halfRequest(server.port, new URL(server.issuer).host);
    expect((await fetch(`${server.issuer}/readyz`)).status).toBe(200);
    server.kill('SIGINT');
    await request.closed;
    expect(request.text()).not.toMatch(/ 200 /);
    expect(await server.ended).toMatchObject({ status: 0 });
  }, 60_000);
});

describe('O14 an error that nobody has caught', () => {
  it.each([
    ['a rejection', `Promise.reject(new Error('injected'))`],
    ['an exception', `setImmediate(() => { throw new Error('injected') })`],
  ])(
    'O14 %s: what is in flight is answered, then the server exits with 1',
    async (_name, statement) => {
      const server = await serve({ mode: 'dev', preload: `process.on('SIGUSR2', () => { ${statement} })` });
      const request = await halfRequest(server.port, new URL(server.issuer).host);
      expect((await fetch(`${server.issuer}/readyz`)).status).toBe(200);
      server.kill('SIGUSR2');
      await server.saying('injected');
      request.finish();
      await request.closed;
      expect(request.text()).toMatch(/^HTTP\/1\.1 200 /);
      expect(request.text()).not.toContain('injected');
      expect(await server.ended).toMatchObject({ status: 1, err: '' });
      await serve({ mode: 'dev', folder: server.folder, port: server.port });
    },
    60_000,
  );
});
