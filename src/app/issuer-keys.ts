import { PosternError } from '../base/errors.ts';
import type { Published, PublishedKey } from '../domain/receiver/receiver.ts';

const mostBytes = 512 * 1024;

/**
 * Finds the keys of any issuer by its discovery document (OpenID Connect Discovery §4), within 5 seconds unless told and
 * without following redirects. Throws `unavailable` with a sentence about what could not be got from where.
 */
export async function fetchIssuerKeys(issuer: string, { seconds = 5 } = {}): Promise<Published> {
  const signal = AbortSignal.timeout(seconds * 1000);
  const place = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = await fetchObject(place, 'a discovery document', signal);
  if (document.issuer !== issuer) {
    // Discovery §4.3: it MUST be the same, letter by letter.
    throw unavailable(`${place} is the document of ${JSON.stringify(document.issuer)}, not of ${issuer}`);
  }
  const { jwks_uri: keysPlace, id_token_signing_alg_values_supported: algorithms } = document;
  if (typeof keysPlace !== 'string' || !/^https?:\/\//i.test(keysPlace) || !URL.canParse(keysPlace)) {
    throw unavailable(`${place} names no jwks_uri`);
  }
  const { keys } = await fetchObject(keysPlace, 'a key set', signal);
  if (!Array.isArray(keys)) throw unavailable(`${keysPlace} has no list of keys`);
  return {
    keys: keys.filter((key): key is PublishedKey => typeof key === 'object' && key !== null),
    algorithms: Array.isArray(algorithms) ? algorithms.map(String) : undefined,
  };
}

const unavailable = (message: string, cause?: unknown) => new PosternError('unavailable', message, { cause });

async function fetchObject(place: string, what: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const { status, text } = await fetchText(place, signal);
  if (status !== 200) throw unavailable(`${place} answered ${status}, not with ${what}`);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // It is no JSON, and that is what the next line says.
  }
  throw unavailable(`${place} answered with something that is not ${what}`);
}

async function fetchText(place: string, signal: AbortSignal): Promise<{ status: number; text: string }> {
  try {
    const headers = { accept: 'application/json' };
    const { status, body } = await fetch(place, { redirect: 'manual', signal, headers });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw unavailable(`${place} answered with more than ${mostBytes / 1024} KiB`);
      chunks.push(chunk);
    }
    return { status, text: Buffer.concat(chunks).toString() };
  } catch (error) {
    if (error instanceof PosternError) throw error;
    if (signal.aborted) throw unavailable(`${place} did not answer in time`, error);
    throw unavailable(`${place} could not be reached (${codeOf(error)})`, error);
  }
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return String(error);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
