/** formats: the types of values that more than one setting has. Every message says what is expected, none repeats the value. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { colourForm } from '../base/colour.ts';
import { allowForm, parseAllowed } from '../base/outbound-allow.ts';

export function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

function issuerProblem(value: string): string | undefined {
  const url = parseUrl(value);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'must be an absolute https URL, for example https://id.example.org';
  }
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (value.includes('?') || value.includes('#')) return 'must not contain a query or a fragment';
  if (url.pathname !== '/') return 'must not have a path: Postern lives at the root of a host name of its own';
  return undefined;
}

/** A type whose check is a function that names the problem of a text, or undefined. */
function checked(problem: (value: string) => string | undefined): z.ZodType<string> {
  return z.string({ error: 'must be text' }).superRefine((value, context) => {
    const message = problem(value);
    if (message) context.addIssue({ code: 'custom', message });
  });
}

function urlWith(protocols: readonly string[], message: string): z.ZodType<string> {
  return checked((value) => (protocols.includes(parseUrl(value)?.protocol ?? '') ? undefined : message));
}

function networkProblem(value: string): string | undefined {
  const [address = '', prefix, ...rest] = value.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address) as 0 | 4 | 6];
  if (bits === 0 || address.includes('%') || rest.length > 0) {
    return 'must be an IP address or a network such as 10.0.0.0/8';
  }
  if (prefix === undefined) return undefined;
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return `has a prefix length beyond ${bits}`;
  return Number(prefix) === 0 ? 'must not name every address there is' : undefined;
}

function outboundTargetProblem(value: string): string | undefined {
  const problem = /^[0-9a-f.:]+\/\d+$/i.test(value) ? networkProblem(value) : undefined;
  return problem ?? (parseAllowed(value) ? undefined : allowForm);
}

/** 256 bit: what `openssl rand -base64 32` or `openssl rand -hex 32` prints. Ten different characters are no proof. */
function secretProblem(value: string): string | undefined {
  const message = 'is too weak: it needs 256 random bits. Make one with: openssl rand -base64 32';
  const isHex = /^[0-9a-f]+$/i.test(value);
  const isBase64 = /^[A-Za-z0-9+/_-]+={0,2}$/.test(value);
  const isLongEnough = isHex ? value.length >= 64 : isBase64 && value.replaceAll('=', '').length >= 43;
  return isLongEnough && new Set(value).size >= 10 ? undefined : message;
}

const line = (max: number) =>
  z
    .string({ error: 'must be text' })
    .min(1, { error: 'must not be empty' })
    .max(max, { error: `must not be longer than ${max} characters` })
    .refine((value) => !/\p{Cc}/u.test(value), { error: 'must not contain control characters' });

export const formats = {
  /** One line of text without control characters, 1 to `max` characters. */
  line,
  issuer: checked(issuerProblem),
  httpsUrl: urlWith(['https:'], 'must be an https URL'),
  helpUrl: urlWith(['https:', 'mailto:'], 'must be an https or mailto URL'),
  databaseUrl: urlWith(['postgres:', 'postgresql:'], 'must be a URL like postgres://name:password@host:5432/database'),
  network: checked(networkProblem),
  outboundTarget: checked(outboundTargetProblem),
  secret: checked(secretProblem),
  listenAddress: checked((value) =>
    isIP(value) > 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value)
      ? undefined
      : 'must be an IP address or a host name, without a port',
  ),
  colour: z.string({ error: 'must be text' }).regex(colourForm, {
    error: 'must be a colour like "#0b6e4f", in quotes',
  }),
  /** RFC 6749 §3.3 scope-token. */
  scope: z.string({ error: 'must be text' }).regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, {
    error: 'must be one scope: printable ASCII without spaces, quotes and backslashes (RFC 6749 §3.3)',
  }),
  /** RFC 8707 §2: an absolute URI without a fragment. */
  resourceIdentifier: checked((value) =>
    parseUrl(value) && !value.includes('#') && /^[\x21-\x7E]+$/.test(value)
      ? undefined
      : 'must be an absolute URI without a fragment, such as https://api.example.org (RFC 8707 §2)',
  ),
};
