/** Apps that differ in what they do with the issuer's keys. Each signs in with openid-client and then checks the ID token. */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  importJWK,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose';
import * as openid from 'openid-client';
import { createVisitor, signIn } from '../../src/testing/sign-in.ts';
import { redirectUris, type World } from './world.ts';

/** Rejects an ID token that it does not take. */
export type Check = (idToken: string) => Promise<unknown>;
export type KeyClient = ReturnType<typeof createKeyClient>;
type Of = { issuer: string; clientId: string };

export const checks = {
  /** As jose does it: cached, fetched again for an unknown kid. Its cool-down of 30 s is left out: tests do not wait. */
  good({ issuer, clientId }: Of, options: { timeoutDuration?: number } = {}): Check {
    const keySet = createRemoteJWKSet(new URL(`${issuer}/jwks`), { cooldownDuration: 0, ...options });
    return (idToken) => jwtVerify(idToken, keySet, { issuer, audience: clientId });
  },

  careless: (): Check => async () => undefined,

  /** Fetches the key set once in its life. */
  stubborn({ issuer, clientId }: Of): Check {
    let keySet: ReturnType<typeof createLocalJWKSet> | undefined;
    return async (idToken) => {
      keySet ??= createLocalJWKSet(await fetchKeys(issuer));
      return jwtVerify(idToken, keySet, { issuer, audience: clientId });
    };
  },

  /** Reads every key of the set, and gives up at the first that it does not know. */
  choking({ issuer, clientId }: Of): Check {
    return async (idToken) => {
      const { keys } = await fetchKeys(issuer);
      for (const jwk of keys) await importJWK(jwk, jwk.alg);
      return jwtVerify(idToken, createLocalJWKSet({ keys }), { issuer, audience: clientId });
    };
  },

  /** Lets everybody in when the key set cannot be fetched. */
  failingOpen(of: Of): Check {
    const check = checks.good(of);
    return async (idToken) => {
      const isThere = (await fetch(`${of.issuer}/jwks`)).ok;
      return isThere ? check(idToken) : undefined;
    };
  },
};

async function fetchKeys(issuer: string): Promise<JSONWebKeySet> {
  const response = await fetch(`${issuer}/jwks`);
  if (!response.ok) throw new Error(`The key set answered ${response.status}`);
  return (await response.json()) as JSONWebKeySet;
}

/** Where it is registered, and who signs in. */
export type Registered = {
  issuer: string;
  clientId: string;
  secret: string;
  redirectUri: string;
  person: { username: string; password: string };
};

export const registeredIn = ({ issuer, secrets, people }: World, clientId: 'app' | 'app2' = 'app'): Registered => ({
  ...{ issuer, clientId, secret: secrets[clientId], redirectUri: redirectUris[clientId] },
  person: { username: people.alice.username, password: people.alice.password },
});

type Options = { check: Check; asksUserinfo?: boolean; parameters?: Record<string, string> };

export function createKeyClient(registered: Registered, { check, asksUserinfo = true, parameters = {} }: Options) {
  const { issuer, clientId, secret, redirectUri, person } = registered;
  const given = { kid: '', idToken: '', refreshToken: '', accessToken: '' };
  const options = { execute: [openid.allowInsecureRequests] };
  const discovered = () => openid.discovery(new URL(issuer), clientId, {}, openid.ClientSecretBasic(secret), options);

  return {
    /** What it was handed last. */
    given,
    /** Whether it let the person in, who came in a browser of their own. */
    async signIn(): Promise<boolean> {
      const config = await discovered();
      const verifier = openid.randomPKCECodeVerifier();
      const url = openid.buildAuthorizationUrl(config, {
        ...{ redirect_uri: redirectUri, scope: 'openid profile', code_challenge_method: 'S256' },
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        ...parameters,
      });
      const answer = await signIn(createVisitor(issuer), url.href, person);
      const checks = { pkceCodeVerifier: verifier, idTokenExpected: true };
      const tokens = await openid.authorizationCodeGrant(config, answer, checks);
      const idToken = tokens.id_token as string;
      Object.assign(given, { idToken, kid: decodeProtectedHeader(idToken).kid, accessToken: tokens.access_token });
      given.refreshToken = tokens.refresh_token ?? '';
      try {
        await check(idToken);
      } catch {
        return false;
      }
      if (asksUserinfo) await openid.fetchUserInfo(config, tokens.access_token, openid.skipSubjectCheck);
      return true;
    },
    refresh: async () => openid.refreshTokenGrant(await discovered(), given.refreshToken),
  };
}
