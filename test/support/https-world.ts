/** Postern as a team runs it: `serve`, an https issuer, behind a proxy that ends TLS (here: `fetch` plays the proxy). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { findFreePort } from '../../src/testing/free-port.ts';
import type { PosternOptions } from '../../src/testing/testing.ts';
import { ask } from './two-servers.ts';
import { createWorld, type World } from './world.ts';

export const httpsIssuer = 'https://id.example.test';

/** The common fixture in `serve` behind https://id.example.test. `stop` gives `fetch` back. */
export async function createHttpsWorld(options: PosternOptions = {}): Promise<World> {
  const data = await mkdtemp(join(tmpdir(), 'postern-https-'));
  const port = await findFreePort();
  const world = await createWorld({ mode: 'serve', issuer: httpsIssuer, data, port, ...options });
  vi.stubGlobal('fetch', createProxy(port));
  return {
    ...world,
    async stop() {
      vi.unstubAllGlobals();
      await world.stop();
      await rm(data, { recursive: true });
    },
  };
}

/** Carries requests for the issuer to its port, with its name as Host, as a proxy does. */
function createProxy(port: number): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(String(input));
    if (url.origin !== httpsIssuer) throw new TypeError(`The proxy knows no ${url.origin}`);
    const body = init.body === undefined || init.body === null ? undefined : String(init.body);
    const form = body === undefined ? undefined : Object.fromEntries(new URLSearchParams(body));
    const reply = await ask({ port, host: url.host }, `${url.pathname}${url.search}`, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(form && { form }),
    });
    const headers = new Headers();
    for (const [name, value] of Object.entries(reply.headers)) {
      for (const each of [value ?? []].flat()) headers.append(name, each);
    }
    const isBodyless = reply.status === 204 || reply.status === 304;
    return new Response(isBodyless ? null : reply.text, { status: reply.status, headers });
  };
}
