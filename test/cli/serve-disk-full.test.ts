import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/open.ts';
import { serve, until } from '../support/spawned.ts';

it('R04 R05 the file system takes no more bytes: 503 with Retry-After, no crash, reads go on; with room again all is well', async () => {
  const server = await serve({ mode: 'dev', fileBlocks: 1500 });
  const token = async () => {
    const response = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('demo:demo-secret')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: what a token endpoint answers, read by a test
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };
  const acknowledged: string[] = [];
  let answer = await token();
  for (; answer.status === 200; answer = await token()) acknowledged.push(answer.body.access_token);
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await fetch(`${server.issuer}/jwks`)).status).toBe(200);
  expect((await fetch(`${server.issuer}/.well-known/openid-configuration`)).status).toBe(200);
  expect((await fetch(`${server.issuer}/healthz`)).status).toBe(200);
  await until(async () => (await fetch(`${server.issuer}/readyz`)).status === 503);

  execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=unlimited:']);
  await until(async () => (await token()).status === 200);
  await until(async () => (await fetch(`${server.issuer}/readyz`)).status === 200);
  for (const accessToken of acknowledged.slice(-3)) {
    const response = await fetch(`${server.issuer}/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('demo:demo-secret')}` },
      body: new URLSearchParams({ token: accessToken }),
    });
    expect(await response.json()).toMatchObject({ active: true });
  }
  server.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ status: 0 });
  const db = await openDatabase({ kind: 'file', path: server.file });
  expect(await db.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
  await db.close();
}, 40_000);
