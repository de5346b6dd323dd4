/** Postern as it is shipped: `bin/postern.js serve` from `dist` on a SQLite file, with its settings in a file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, createBrowser, type Page } from './browser.ts';
import * as cast from './cast.ts';
import { startChild } from './child.ts';
import { freePort, type Target } from './target.ts';
import { connect, request } from './wire.ts';

export const posternScript = 'bin/postern.js';

/** Settings other than those of the cast: everything stays as `serve` has it, but one address may ask often. */
function settings(port: number, directory: string) {
  return {
    issuer: `http://localhost:${port}`,
    host: ['127.0.0.1'],
    port,
    data: directory,
    logLevel: 'warn',
    secret: `${cast.secret}`,
    resources: cast.resources.map(({ identifier, algorithm }) => ({
      identifier,
      algorithm,
      format: 'jwt',
      scopes: [cast.resourceScope],
      seconds: cast.lifetimes.accessToken,
    })),
    accounts: [{ ...cast.person, emailVerified: true }],
    clients: [
      {
        id: cast.webClient,
        secret: cast.secret,
        redirectUris: [cast.callback],
        access: 'everybody',
        grantTypes: ['authorization_code', 'refresh_token'],
        rotateRefreshToken: true,
        resourceServer: true,
      },
      {
        id: cast.machineClient,
        secret: cast.secret,
        grantTypes: ['client_credentials'],
        responseTypes: [],
        scope: cast.resourceScope,
      },
    ],
  };
}

/**
 * Writes `postern.yaml` (JSON is YAML) into a new directory; returns the arguments that start Postern with it. Clients among
 * the `extra` settings are added to the cast's.
 */
export function posternArguments(directory: string, port: number, extra: Record<string, unknown> = {}): string[] {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'postern.yaml');
  const own = settings(port, join(directory, 'data'));
  const { clients = [], ...others } = extra as { clients?: object[] };
  const all = { ...own, ...others, clients: [...own.clients, ...clients] };
  writeFileSync(file, JSON.stringify(all, null, 2), { mode: 0o600 });
  return ['serve', '--config', file];
}

/** Resolves when discovery answers 200 on the port. Throws after 20 s. */
export async function whenReady(port: number): Promise<void> {
  const text = request(`localhost:${port}`, 'GET', '/.well-known/openid-configuration');
  const giveUpAt = performance.now() + 20_000;
  while (performance.now() < giveUpAt) {
    const connection = connect(port);
    const status = await connection.send(text).then(
      (reply) => reply.status,
      () => 0,
    );
    connection.close();
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error('discovery did not answer within 20 seconds');
}

/** Starts Postern with its database in `directory` (made when absent) and waits for its first answer; `extra` are further settings. */
export async function startPostern(
  name: string,
  directory: string,
  extra: Record<string, unknown> = {},
): Promise<Target> {
  const port = await freePort();
  return startPosternAt(name, port, posternArguments(directory, port, extra));
}

/** The same with arguments that are there already, for a database that was filled before. */
export async function startPosternAt(name: string, port: number, parameters: string[]): Promise<Target> {
  const child = startChild(posternScript, parameters);
  await Promise.race([whenReady(port), child.next('ready')]);
  const host = `localhost:${port}`;
  return { name, port, host, child, signIn: () => signIn(createBrowser(port, host)) };
}

export const authorizationPath = `/authorize?${new URLSearchParams({
  client_id: cast.webClient,
  response_type: 'code',
  redirect_uri: cast.callback,
  scope: cast.scope,
  prompt: 'consent',
  state: 'x',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
})}`;

/** Signs the person in through the pages, allows the client, and returns the session's Cookie header. */
async function signIn(browser: Browser): Promise<string> {
  let page: Page & { left?: string } = await browser.open(authorizationPath);
  const { username, password } = cast.person;
  for (let step = 0; step < 4 && page.left === undefined; step += 1) {
    page = page.html.includes('id="username"')
      ? await browser.submit(page, 'username', { username, password })
      : await browser.submit(page, 'consent-allow');
  }
  browser.close();
  if (!page.left?.includes('code='))
    throw new Error(`no code after signing in: ${page.left ?? page.html.slice(0, 2000)}`);
  return browser.cookieHeader('/authorize');
}
