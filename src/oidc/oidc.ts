/**
 * oidc: the only place that knows oidc-provider. Holds the current Provider generation and swaps it when the keys change;
 * a request keeps the one it began with. Its face to the doors: a callback, the public documents, the interactions.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PosternError } from '../base/errors.ts';
import type { EngineMetadata } from '../domain/clients/clients.ts';
import type { PublicDocument } from './documents.ts';
import { createInteractions } from './interactions.ts';
import { buildGeneration, type Generation } from './provider.ts';
import { toEngineError, withErrors } from './refusals.ts';
import type { OidcDependencies, OidcServices } from './settings.ts';

export { acr } from './configuration.ts';
export { cookieNames } from './cookies.ts';
export { type PublicDocument, publicDocumentPaths } from './documents.ts';
export type { Interaction, Interactions } from './interactions.ts';
export type { DeviceCodeFailure, EngineClient, EngineError, EnginePages } from './pages.ts';
export type { Caller, OidcSettings } from './settings.ts';
export { createTryIt, type TryIt, type TryItState } from './try-it.ts';

export type Oidc = Awaited<ReturnType<typeof createOidc>>;

export async function createOidc(services: OidcServices) {
  const dependencies = inEngineWords(services);
  let generation: Generation = buildGeneration(dependencies, await dependencies.keys.signingSet());

  return {
    interactions: createInteractions(() => generation.provider, dependencies),

    /** Answers a request to one of the engine's routes; 404 for any other. */
    callback: (req: IncomingMessage, res: ServerResponse): void => {
      void generation.callback(req, res);
    },

    /** Discovery or the key set, once the engine has answered it in this generation. */
    document: (path: string): PublicDocument | undefined => generation.documents.find(path),

    /** Builds the next generation from the present keys and swaps it in; requests in flight finish on the old one. */
    async refresh(): Promise<void> {
      generation = buildGeneration(dependencies, await dependencies.keys.signingSet());
    },

    /** The engine's own check of client metadata, for the clients room. Throws `invalid`. */
    async validateClient(metadata: EngineMetadata): Promise<void> {
      try {
        await generation.provider.Client.validate(metadata);
      } catch (error) {
        const description = (error as { error_description?: string }).error_description;
        if (description === undefined) throw error;
        throw new PosternError('invalid', `The client cannot be registered: ${description}.`, { cause: error });
      }
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
    throttles: withErrors(throttles, toEngineError),
    pages: withErrors(pages, toEngineError),
  };
}
