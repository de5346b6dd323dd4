import { type Configuration, errors } from 'oidc-provider';
import { type Outbound, outboundFailureOf } from '../base/outbound.ts';

/** Statuses whose answers have no body (Fetch §2.2.3): a Response must not be given one. */
const bodiless: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/**
 * The engine's way out: the key sets that clients publish (`jwks_uri`), through the guard of all outgoing calls, which
 * follows no redirect and reads no more than it may. Nothing else goes out by it.
 */
export function createEngineFetch({ get }: Pick<Outbound, 'get'>): NonNullable<Configuration['fetch']> {
  return async (url, options) => {
    if (options?.method !== 'GET') throw new errors.InvalidRequest('this outgoing request is switched off');
    try {
      const { status, headers, body } = await get(String(url), { headers: { accept: 'application/json' } });
      return new Response(bodiless.has(status) ? null : new Uint8Array(body), { status, headers: textsOf(headers) });
    } catch (error) {
      const failure = outboundFailureOf(error);
      if (failure === undefined) throw error;
      // What the client is told: no address, and nothing about who answers inside.
      throw new errors.InvalidClientMetadata('jwks_uri could not be fetched', failure.summary);
    }
  };
}

const textsOf = (headers: Readonly<Record<string, string | string[] | undefined>>): [string, string][] =>
  Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((text): [string, string] => [name, text]),
  );
