/**
 * oidc: the only place that knows oidc-provider. Holds the current Provider generation and swaps it when the keys change;
 * a request keeps the one it began with. Its face to the doors: a callback, the public documents, the interactions.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PosternError } from '../base/errors.ts';
import type { Account } from '../domain/accounts/accounts.ts';
import type { EngineMetadata } from '../domain/clients/clients.ts';
import type { PublicJwk } from '../domain/keys/keys.ts';
import { type ApiToken, readApiToken } from './api-token.ts';
import { keySetPath, type PublicDocument } from './documents.ts';
import { createGenerations } from './generations.ts';
import { createInteractions } from './interactions.ts';
import { createOwnSignIn, type OwnSignIn } from './own-sign-in.ts';
import { type Preview, previewTokens } from './preview.ts';
import type { Generation } from './provider.ts';
import { fromEngineError, toEngineError, withErrors } from './refusals.ts';
import type { OidcDependencies, OidcServices } from './settings.ts';

export { acr } from './configuration.ts';
export { cookieNames } from './cookies.ts';
export { type PublicDocument, publicDocument, publicDocumentPaths } from './documents.ts';
export type { Interaction, Interactions } from './interactions.ts';
export type { OwnSignedIn, OwnSignIn, OwnSignInState } from './own-sign-in.ts';
export type { DeviceCodeFailure, EngineClient, EngineError, EnginePages, KeptSignOut } from './pages.ts';
export type { Preview } from './preview.ts';
export type { Caller, OidcSettings } from './settings.ts';
export { createTryIt, type TryIt, type TryItState } from './try-it.ts';

export type Oidc = Awaited<ReturnType<typeof createOidc>>;

export async function createOidc(services: OidcServices) {
  const dependencies = inEngineWords(services);
  const generations = await createGenerations(dependencies);
  const current = () => generations.current();

  return {
    interactions: createInteractions(() => current().provider, dependencies),

    /** Answers a request to one of the engine's routes; 404 for any other. */
    callback: (req: IncomingMessage, res: ServerResponse): void => {
      void current().callback(req, res);
    },

    ...publicDocuments(current),

    /** The keys of the key set. */
    publicKeys: (): readonly PublicJwk[] => current().publicKeys,

    /** What tokens of that person for that client would contain; see preview.ts for what it throws. */
    ...withErrors(
      {
        preview: (account: Account, clientId: string, scopes?: readonly string[]): Promise<Preview> =>
          previewTokens(current().provider, dependencies, { account, clientId, scopes }),
      },
      fromEngineError,
    ),

    /** The sign-in of one of Postern's own doors, whose client is `clientId`; see own-sign-in.ts for what it throws. */
    ownSignIn: (door: Parameters<typeof createOwnSignIn>[2]): OwnSignIn =>
      createOwnSignIn(() => current().provider, services, door),

    /** Whether that session of the issuer's still is, and still that person's. */
    async sessionIsAlive(uid: string, accountId: string): Promise<boolean> {
      const session = await services.records.findByUid(uid);
      return session?.accountId === accountId && Number(session.exp) * 1000 > services.clock.now();
    },

    /** What an access token is worth at Postern's own API, now; see api-token.ts. */
    async apiToken(token: string): Promise<ApiToken | undefined> {
      try {
        return await readApiToken(current().provider, dependencies, token);
      } catch (error) {
        throw fromEngineError(error);
      }
    },

    refresh: generations.refresh,
    follow: generations.follow,

    /** The engine's own check of client metadata, for the clients room. Throws `invalid`. */
    validateClient: (metadata: EngineMetadata): Promise<void> => validateClient(current().provider, metadata),
  };
}

async function validateClient({ Client }: Generation['provider'], metadata: EngineMetadata): Promise<void> {
  try {
    await Client.validate(metadata);
  } catch (error) {
    const description = (error as { error_description?: string }).error_description;
    if (description === undefined) throw error;
    throw new PosternError('invalid', `The client cannot be registered: ${description}.`, { cause: error });
  }
}

function publicDocuments(current: () => Generation) {
  return {
    /** Discovery or the key set, once the engine has answered it in this generation. */
    document: (path: string): PublicDocument | undefined => current().documents.find(path),

    /** To be called in the same turn when `document` was the answer to a request, or that it has not changed (304). */
    noteServed(path: string, req: IncomingMessage): void {
      if (path === keySetPath && req.method === 'GET') current().noteFetch(req);
    },
  };
}

/** Once and in front of the engine: whatever it asks for, a database that is away is 503 and no server error. */
function inEngineWords(services: OidcServices): OidcDependencies {
  const { accounts, clients, records, throttles, pages, recordEvent } = services;
  return {
    ...services,
    fullBuckets: new Map(),
    ...withErrors({ recordEvent }, toEngineError),
    accounts: withErrors(accounts, toEngineError),
    clients: withErrors(clients, toEngineError),
    records: withErrors(records, toEngineError),
    sessions: withErrors(services.sessions, toEngineError),
    throttles: withErrors(throttles, toEngineError),
    pages: withErrors(pages, toEngineError),
  };
}
