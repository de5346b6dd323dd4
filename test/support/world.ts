/** The common fixture of security.md: clients app, app2, spa and cli, people alice, bob, admin and dave, who is disabled. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVisitor, signIn, type Visitor } from '../../src/testing/sign-in.ts';
import { type Postern, type PosternOptions, startPostern } from '../../src/testing/testing.ts';
import { createTestDatabase } from './postgres.ts';

export type World = Awaited<ReturnType<typeof createWorld>>;
type ClientName = keyof typeof redirectUris;
type PersonName = 'alice' | 'bob' | 'admin' | 'dave';

/** The one redirect URI of each client; cli, being native, may use any port of it. */
export const redirectUris = {
  app: 'https://rp.example/cb',
  app2: 'https://rp2.example/cb',
  spa: 'https://spa.example/cb',
  cli: 'http://127.0.0.1/cb',
} as const;

export const verifier = 'a-code-verifier-that-is-long-enough-for-rfc-7636-0123456789';
export const challenge = createHash('sha256').update(verifier).digest('base64url');

const by = { type: 'system' } as const;
const browserGrants = ['authorization_code', 'refresh_token'] as const;
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
/** In `serve` a client lets nobody in unless it says so. */
const access = 'everybody';

export type WorldOptions = PosternOptions & { kind?: 'sqlite' | 'postgresql' };

/**
 * Starts a Postern with everybody in it; takes what `startPostern` takes, and `mode: 'serve'` gets a folder of its own for
 * its database. `kind: 'postgresql'` gets a database of its own on a real server. Stop it by `stop()`.
 */
export async function createWorld({ kind = 'sqlite', ...options }: WorldOptions = {}) {
  const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
  const isHomeless = options.mode === 'serve' && options.data === undefined && options.database === undefined;
  const folder = isHomeless ? await mkdtemp(join(tmpdir(), 'postern-world-')) : undefined;
  const postern = await startPostern({
    ...(folder !== undefined && { data: folder }),
    ...(server && { database: { url: server.url }, secret: ['a-secret-of-this-test-alone-0123456789-0123456789'] }),
    ...options,
  });
  const stop = async () => {
    await postern.stop();
    await server?.drop();
    if (folder !== undefined) await rm(folder, { recursive: true });
  };
  try {
    const secrets = await addClients(postern);
    const people = await addPeople(postern);
    const { issuer } = postern;

    return {
      postern,
      issuer,
      secrets,
      people,
      stop,
      visitor: () => createVisitor(issuer),
      basic: (client: 'app' | 'app2') => basic(client, secrets[client]),

      /** An authorization request with PKCE; `undefined` leaves a parameter out. */
      authorizeUrl(client: ClientName, changes: Record<string, string | undefined> = {}): string {
        const parameters = {
          ...{ client_id: client, redirect_uri: redirectUris[client], response_type: 'code', scope: 'openid profile' },
          ...{ code_challenge: challenge, code_challenge_method: 'S256', state: 'a-state', nonce: 'a-nonce' },
          ...changes,
        };
        return `${issuer}/authorize?${new URLSearchParams(defined(parameters))}`;
      },

      /** Signs a person in and allows what is asked; the address that the app gets. */
      signIn(visitor: Visitor, url: string, person: PersonName = 'alice'): Promise<URL> {
        const { username, password } = people[person];
        return signIn(visitor, url, { username, password });
      },

      /** A request to /token; a confidential client proves itself by Basic. */
      async token(client: ClientName, form: Record<string, string | undefined>) {
        const isConfidential = client === 'app' || client === 'app2';
        const response = await fetch(`${issuer}/token`, {
          method: 'POST',
          headers: isConfidential ? { authorization: basic(client, secrets[client]) } : {},
          body: new URLSearchParams(defined({ ...(!isConfidential && { client_id: client }), ...form })),
        });
        // biome-ignore lint/suspicious/noExplicitAny: what a token endpoint answers, read by tests
        return { status: response.status, headers: response.headers, body: (await response.json()) as any };
      },

      /** What a code is exchanged with, when the request was made by `authorizeUrl`. */
      codeForm: (client: ClientName, code: string | null) => ({
        grant_type: 'authorization_code',
        code: code ?? '',
        redirect_uri: redirectUris[client],
        code_verifier: verifier,
      }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

function defined(values: Record<string, string | undefined>): [string, string][] {
  return Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

async function addClients({ clients }: Postern): Promise<{ app: string; app2: string }> {
  const secrets = { app: '', app2: '' };
  for (const id of ['app', 'app2'] as const) {
    const origin = new URL(redirectUris[id]).origin;
    const addresses = { redirectUris: [redirectUris[id]], postLogoutRedirectUris: [`${origin}/`] };
    const grantTypes = [...browserGrants, 'client_credentials' as const];
    const { secret } = await clients.create({ id, name: `The ${id}`, access, ...addresses, grantTypes }, { by });
    secrets[id] = secret ?? '';
  }
  const isPublic = { tokenEndpointAuthMethod: 'none' } as const;
  const spa = { id: 'spa', redirectUris: [redirectUris.spa], postLogoutRedirectUris: ['https://spa.example/'] };
  await clients.create({ ...spa, ...isPublic, access, grantTypes: [...browserGrants] }, { by });
  const cli = { id: 'cli', applicationType: 'native', redirectUris: [redirectUris.cli] } as const;
  await clients.create({ ...cli, ...isPublic, access, grantTypes: [...browserGrants, deviceGrant] } as never, { by });
  return secrets;
}

async function addPeople({ accounts, groups: { ensureIn }, db }: Postern) {
  // In `serve` a group has to be there before anybody is put into it.
  await db.transaction((tx) => ensureIn(tx, ['engineering', 'admins'], { by }));
  const add = async (username: PersonName, groups: string[], disabled = false) => {
    const password = `quiet lantern over ${username} seven`;
    const email = `${username}@example.test`;
    const input = {
      username,
      name: `${username} of the tests`,
      email,
      emailVerified: true,
      groups,
      disabled,
      password,
    };
    const { id } = await accounts.create(input, { by });
    return { id, username, password };
  };
  return {
    alice: await add('alice', ['engineering']),
    bob: await add('bob', ['engineering']),
    admin: await add('admin', ['admins']),
    dave: await add('dave', [], true),
  };
}
