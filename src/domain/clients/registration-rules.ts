/** Rules across the members of a client, pure: each says what is wrong and where. */
import type { FieldProblem } from '../../base/errors.ts';
import type { SettledInput } from './kinds.ts';
import { isLoopbackOrHttps, redirectUriProblem } from './redirect-uri.ts';
import { orElsewhere, secretProblem } from './secrets.ts';
import { usesSecret } from './words.ts';

/** `isSample`: samples and first use, whose secrets may be weak and who decide about PKCE themselves. */
type Whose = { isSample: boolean; isDeclared?: boolean | undefined };

/** Everything that the members of a client, each of the right form, have against each other. */
export function crossProblems(client: SettledInput, whose: Whose): FieldProblem[] {
  const { isSample } = whose;
  return [
    ...grantProblems(client),
    ...responseTypeProblems(client),
    ...secretProblems(client, whose),
    ...keyProblems(client),
    ...signOutProblems(client),
    ...(client.pkce === 'optional' && client.method === 'none' && !isSample
      ? [{ path: 'pkce', message: 'must be required for a client that does not authenticate' }]
      : []),
  ];
}

function grantProblems({ grants, redirectUris, method }: SettledInput): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const asks = grants.filter((grant) => grant === 'authorization_code' || grant === 'implicit');
  if (asks.length > 0 && redirectUris.length === 0) {
    problems.push({ path: 'redirectUris', message: `must have at least one entry for the grant ${asks[0]}` });
  }
  if (asks.length === 0 && redirectUris.length > 0) {
    problems.push({ path: 'grantTypes', message: 'must have authorization_code, or leave the redirect URIs out' });
  }
  if (grants.length === 0) problems.push({ path: 'grantTypes', message: 'must have at least one entry' });
  if (grants.length === 1 && grants[0] === 'refresh_token') {
    problems.push({ path: 'grantTypes', message: 'must have a grant that refresh tokens come from' });
  }
  // RFC 6749 §4.4: only for clients that can keep a credential.
  if (method === 'none' && grants.includes('client_credentials')) {
    problems.push({
      path: 'grantTypes',
      message: 'must not have client_credentials for a client that does not authenticate',
    });
  }
  return problems;
}

function responseTypeProblems({ grants, types, redirectUris, grantTypes }: SettledInput): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const usesCode = grants.includes('authorization_code');
  const givesCode = types.some((type) => type !== 'id_token');
  const givesIdToken = types.some((type) => type !== 'code');
  if (!usesCode && givesCode) {
    problems.push({ path: 'responseTypes', message: 'must be left out without the grant authorization_code' });
  }
  if (usesCode && !givesCode) {
    problems.push({ path: 'responseTypes', message: 'must have code for the grant authorization_code' });
  }
  if (!givesIdToken && grantTypes?.includes('implicit')) {
    problems.push({ path: 'grantTypes', message: 'must not have implicit unless responseTypes has an id_token' });
  }
  if (!givesIdToken) return problems;
  redirectUris.forEach((uri, index) => {
    if (isLoopbackOrHttps(uri)) return;
    const message = 'must use https, or http on a loopback address, where an id_token is sent';
    problems.push({ path: `redirectUris[${index}]`, message });
  });
  return problems;
}

/** Where it is told of sign-outs: an address of its own, over TLS wherever somebody could listen in. */
function signOutProblems(client: SettledInput): FieldProblem[] {
  const { backchannelLogoutUri, frontchannelLogoutUri, redirectUris, method } = client;
  const problems: FieldProblem[] = [];
  const say = (path: string, message: string | undefined) => {
    if (message !== undefined) problems.push({ path, message });
  };
  // OpenID Connect Back-Channel Logout 1.0 §2.2: plain http for confidential clients alone.
  const toldByHttp = method === 'none' ? 'must use https: plain http is for clients with a secret alone' : undefined;
  say('backchannelLogoutUri', addressProblem(backchannelLogoutUri, toldByHttp));
  say('frontchannelLogoutUri', addressProblem(frontchannelLogoutUri));
  // OpenID Connect Front-Channel Logout 1.0 §2: scheme, host and port of a redirect URI.
  const origin = frontchannelLogoutUri === undefined ? undefined : URL.parse(frontchannelLogoutUri)?.origin;
  if (origin !== undefined && !redirectUris.some((uri) => URL.parse(uri)?.origin === origin)) {
    say('frontchannelLogoutUri', 'must have the scheme, host and port of one of the redirect URIs');
  }
  return problems;
}

/** `httpRefusal`: what is said of plain http to addresses that are not private; without it that is fine. */
function addressProblem(uri: string | undefined, httpRefusal?: string): string | undefined {
  if (uri === undefined) return undefined;
  const problem = redirectUriProblem(uri, { applicationType: 'web', allowPrivateHttp: true });
  if (problem === undefined) return undefined;
  const url = URL.parse(uri);
  // Loopback and private addresses are another matter: nobody listens in there.
  const isPlainHttp =
    url?.protocol === 'http:' && redirectUriProblem(uri.replace(/^http:/i, 'https:'), httpsOnly) === undefined;
  return isPlainHttp ? httpRefusal : problem;
}
const httpsOnly = { applicationType: 'web', allowPrivateHttp: false } as const;

function secretProblems(client: SettledInput, { isSample, isDeclared }: Whose): FieldProblem[] {
  const { secret, method } = client;
  const given = (['secret', 'secretHash', 'secretHashes'] as const).filter((path) => client[path] !== undefined);
  const problems: FieldProblem[] = [];
  for (const [index, path] of given.entries()) {
    if (!usesSecret(method)) {
      if (client[path]?.length === 0) continue;
      problems.push({ path, message: `must be left out for tokenEndpointAuthMethod ${method}` });
    } else if (index > 0) problems.push({ path, message: `must be left out beside ${given[0]}` });
  }
  const weakness = secret === undefined || isSample ? undefined : secretProblem(secret);
  const otherwise = isDeclared ? orElsewhere : ', or leave it out to get one made';
  if (weakness) problems.push({ path: 'secret', message: weakness + otherwise });
  return problems;
}

function keyProblems({ method, jwks, jwksUri, tokenEndpointAuthSigningAlg }: SettledInput): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (method === 'private_key_jwt' && !jwks && jwksUri === undefined) {
    problems.push({
      path: 'jwks',
      message: 'must hold the public keys for private_key_jwt, or jwksUri say where they are',
    });
  }
  if (jwks && jwksUri !== undefined) problems.push({ path: 'jwks', message: 'must be left out beside jwksUri' });
  const address = addressProblem(
    jwksUri,
    'must use https: whoever could change the keys on the way would be the client',
  );
  if (address !== undefined) problems.push({ path: 'jwksUri', message: address });
  if (method !== 'private_key_jwt' && tokenEndpointAuthSigningAlg !== undefined) {
    problems.push({ path: 'tokenEndpointAuthSigningAlg', message: 'must be left out unless private_key_jwt is used' });
  }
  jwks?.keys.forEach((key, index) => {
    if (key.kty === 'oct' || 'd' in key || 'priv' in key || 'k' in key) {
      problems.push({ path: `jwks.keys[${index}]`, message: 'must be a public key: leave the private members out' });
    }
  });
  return problems;
}
