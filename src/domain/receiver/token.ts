import { type Problem, shown } from './problem.ts';

export type JsonObject = Readonly<Record<string, unknown>>;
/** A logout token taken apart; nothing in it has been verified. */
export type TakenApart = { header?: JsonObject; claims?: JsonObject; problems: Problem[] };

/** A token with more objects and lists than this is no logout token, and its nesting could exhaust the stack. */
const mostBrackets = 200;

/** Reads a JWS in compact serialization (RFC 7515 §7.1) as far as it can be read. Never throws. */
export function takeApart(token: string): TakenApart {
  const parts = token.split('.');
  if (parts.length !== 3) return { problems: [wrongParts(parts.length)] };
  const [headerText = '', payloadText = '', signature = ''] = parts;
  const header = jsonObject(headerText);
  const claims = jsonObject(payloadText);
  const problems: Problem[] = [];
  if (!header) problems.push(unreadable('header'));
  if (!claims) problems.push(unreadable('payload'));
  if (signature === '') problems.push(unsigned);
  else if (!decoded(signature)) problems.push(noBase64url);
  return { header, claims, problems };
}

/**
 * The bytes of base64url without padding. Undefined for anything that is not written the one right way, so that a token
 * cannot be written in two.
 */
function decoded(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

function jsonObject(part: string): JsonObject | undefined {
  try {
    const bytes = decoded(part);
    const text = bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (text === undefined || (text.match(/[[{]/g)?.length ?? 0) > mostBrackets) return undefined;
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function wrongParts(count: number): Problem {
  const expected = 'a signed JWT: header, payload and signature with dots between';
  if (count === 5) {
    const change = 'Send it signed only: this receiver has registered no encryption (§2.6 step 1).';
    return { step: 'form', received: 'an encrypted JWT of 5 parts', expected, change };
  }
  const change = 'Send the logout token itself, in compact serialization (RFC 7515 §7.1).';
  return { step: 'form', received: `${shown(count)} ${count === 1 ? 'part' : 'parts'}`, expected, change };
}

const unreadable = (part: 'header' | 'payload'): Problem => ({
  step: 'form',
  received: `a ${part} that is no JSON object of reasonable depth in base64url`,
  expected: 'a JSON object in UTF-8, as base64url without padding',
  change: `Encode the ${part} as RFC 7515 §3.1 says.`,
});

const unsigned: Problem = {
  step: 'signature',
  received: 'an empty signature',
  expected: 'a signature by a key of the issuer',
  change: 'Sign the token with the key that signs ID tokens (§2.4).',
};

const noBase64url: Problem = {
  step: 'signature',
  received: 'a signature that is not base64url',
  expected: 'base64url without padding',
  change: 'Encode the signature as RFC 7515 §3.1 says.',
};
