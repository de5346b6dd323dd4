/**
 * The back-channel logout endpoint of an app that is none: it judges what arrives and answers as §2.8 of OpenID Connect
 * Back-Channel Logout 1.0 says, or as it was told to. `postern receive` and the fixture are its doors.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, systemClock } from '../base/clock.ts';
import { PosternError } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import { createReceiver, type Problem, type ReceiverRules, shown, type Verdict } from '../domain/receiver/receiver.ts';
import { createServer } from '../http/listen.ts';
import { readFormRequest } from './form-request.ts';
import { fetchIssuerKeys } from './issuer-keys.ts';
import { createAnswers, send } from './receiver-answers.ts';

export { type Problem, problemText } from '../domain/receiver/receiver.ts';
export type { AnswerOptions } from './receiver-answers.ts';

export type EndpointOptions = ReceiverRules & {
  /** 127.0.0.1 unless told. */
  host?: string | undefined;
  /** A free one unless told. */
  port?: number | undefined;
  clock?: Clock | undefined;
  /** How long each answer is held back. */
  delayMilliseconds?: number | undefined;
  /** Called for every POST, and whatever else comes to the endpoint's own address, before it is answered. */
  onReceived?: ((received: Received) => void) | undefined;
};

/** One request and what became of it. `at`: epoch ms. `status`: what it is answered with. */
export type Received = Verdict & { readonly at: number; readonly status: number };

export type Endpoint = Awaited<ReturnType<typeof startEndpoint>>;

const path = '/backchannel-logout';

/**
 * Listens. Keys come from the issuer's discovery document. Throws `invalid` for an issuer that is no address, and what
 * listening throws; then nothing is left open.
 */
export async function startEndpoint(options: EndpointOptions) {
  const { host = '127.0.0.1', port = 0, clock = systemClock, delayMilliseconds = 0, onReceived, ...rules } = options;
  requireIssuer(rules.issuer);
  const receiver = createReceiver({ ...rules, clock, fetchKeys: () => fetchIssuerKeys(rules.issuer) });
  const answers = createAnswers();
  const stopping = new AbortController();

  async function judge(req: IncomingMessage, remember: boolean): Promise<{ status: number; verdict: Verdict }> {
    if (pathOf(req) !== path) return { status: 404, verdict: refused(shown(pathOf(req)), path, moveChange) };
    if (req.method !== 'POST') return { status: 405, verdict: refused(String(req.method), 'POST', postChange) };
    const form = await readFormRequest(req);
    if (!(form instanceof URLSearchParams)) {
      return { status: form.status, verdict: refused(form.received, form.expected, formChange) };
    }
    const [token, ...more] = form.getAll('logout_token');
    if (token === undefined) return { status: 400, verdict: refused('no logout_token', 'one', bodyChange) };
    if (more.length > 0)
      return { status: 400, verdict: refused(`${more.length + 1} of them`, 'one logout_token', once) };
    const verdict = await receiver.receive(token, { remember });
    return { status: verdict.ok ? 200 : 400, verdict };
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const isDelivery = req.method === 'POST' && pathOf(req) === path;
    const told = isDelivery ? answers.next() : undefined;
    // An app that answers so has not taken the token: the same one may come again.
    const { status, verdict } = await judge(req, told === undefined || told < 300);
    if (pathOf(req) === path || req.method === 'POST') {
      onReceived?.({ at: clock.now(), status: told ?? status, ...verdict });
    }
    if (isDelivery && delayMilliseconds > 0) await wait(delayMilliseconds, undefined, { signal: stopping.signal });
    send(req, res, { status, told, verdict });
  }

  const server = createServer({
    // Whatever fails here, the sender must not wait for it.
    handler: (req, res) => void answer(req, res).catch(() => res.destroy()),
    log: createLog({ level: 'silent', stream: { write: () => undefined } }),
  });
  const { port: bound } = await server.listen({ hosts: [host], port });
  return {
    /** What to register as `backchannel_logout_uri`. */
    url: `http://${nameOf(host)}:${bound}${path}`,
    answerWith: answers.answerWith,
    /** Answers that are held back are dropped. */
    async stop(): Promise<void> {
      stopping.abort();
      await server.stop({ seconds: 1 });
    },
  };
}

function requireIssuer(issuer: string): void {
  const url = URL.parse(issuer);
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') return;
  const message = 'must be an address without query and fragment, such as https://id.example.org';
  throw new PosternError('invalid', 'The receiver cannot start.', { fields: [{ path: 'issuer', message }] });
}

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0] ?? '';

/** How this machine reaches what listens on all of its addresses. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

const moveChange = 'Register the address that this receiver prints, letter by letter, as backchannel_logout_uri.';
const postChange = 'Send the logout token in the body of a POST (§2.5).';
const formChange = 'Send logout_token as a form field, and nothing around it (§2.5).';
const bodyChange = 'Send the token in the body, not in the address, in the field logout_token (§2.5).';
const once = 'Send each token in a request of its own.';

function refused(received: string, expected: string, change: string): Verdict {
  const problem: Problem = { step: 'request', received, expected, change };
  return { ok: false, problems: [problem], warnings: [] };
}
