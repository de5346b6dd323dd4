/** Open-loop load: so many requests a second, whether the ones before are answered or not, each with its time. */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as cast from './cast.ts';
import type { Prepared } from './flows.ts';
import { connect, header, type Reply, request, type Send } from './wire.ts';

/** `at`: when it was sent, on the clock of `performance.now`. */
export type Timed = { at: number; milliseconds: number };
/** Verifies what the server has signed, as an app does; a rejection counts as a failure. */
export type Verify = (token: string) => Promise<unknown>;
export type Steady = ReturnType<typeof createSteady>;

type Kind = (send: Send) => Promise<void>;
type Tokens = { access_token: string; id_token?: string; refresh_token?: string };

const basic = (id: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${cast.secret}`).toString('base64')}` });
const perRound = 5;

export function createSteady(prepared: Prepared, requestsPerSecond: number, verify: Verify) {
  const timed: Timed[] = [];
  const failures: string[] = [];
  const idle: ReturnType<typeof connect>[] = [];
  const kinds = kindsOf(prepared, verify);
  let isOver = false;
  let running: Promise<void> | undefined;

  /** On a connection of its own for that time: one connection takes one request at a time. */
  async function perform(kind: Kind): Promise<void> {
    // The one that was idle longest: none gets so old that the server closes it while a request is on its way.
    const connection = idle.shift() ?? connect(prepared.target.port);
    const send: Send = async (text) => {
      const at = performance.now();
      const reply = await connection.send(text);
      timed.push({ at, milliseconds: performance.now() - at });
      return reply;
    };
    await kind(send).catch((error: Error) => void failures.push(error.message));
    idle.push(connection);
  }

  async function run(): Promise<void> {
    const underWay = new Set<Promise<void>>();
    for (let round = 0, startedAt = performance.now(); !isOver; round += 1) {
      for (const kind of kinds) {
        const work: Promise<void> = perform(kind).finally(() => underWay.delete(work));
        underWay.add(work);
        const due =
          startedAt +
          ((round * kinds.length + kinds.indexOf(kind) + 1) * perRound * 1000) / kinds.length / requestsPerSecond;
        await delay(Math.max(0, due - performance.now()));
      }
    }
    await Promise.all(underWay);
  }

  return {
    timed,
    failures,
    start(): void {
      running = run();
    },
    async stop(): Promise<void> {
      isOver = true;
      await running;
      for (const connection of idle) connection.close();
    },
  };
}

/** A code flow (two requests), userinfo, a rotating refresh and a JWT access token. */
function kindsOf({ target, cookie, accessToken, refreshTokens }: Prepared, verify: Verify): Kind[] {
  const tokensOf = (reply: Reply): Tokens => {
    if (reply.status !== 200) throw new Error(`${target.name}: ${reply.status} ${reply.body}`);
    return JSON.parse(reply.body.toString()) as Tokens;
  };
  const post = (send: Send, client: string, form: Record<string, string>) =>
    send(request(target.host, 'POST', '/token', basic(client), form)).then(tokensOf);

  return [
    async (send) => {
      const verifier = randomBytes(32).toString('base64url');
      const code_challenge = createHash('sha256').update(verifier).digest('base64url');
      const asked = { client_id: cast.webClient, response_type: 'code', redirect_uri: cast.callback, state: 'x' };
      const query = new URLSearchParams({ ...asked, scope: 'openid', code_challenge, code_challenge_method: 'S256' });
      const answer = await send(request(target.host, 'GET', `/authorize?${query}`, { cookie }));
      const code = new URL(header(answer, 'location') ?? 'about:blank').searchParams.get('code') ?? '';
      const form = { grant_type: 'authorization_code', code, redirect_uri: cast.callback, code_verifier: verifier };
      await verify((await post(send, cast.webClient, form)).id_token ?? '');
    },
    async (send) => {
      tokensOf(await send(request(target.host, 'GET', '/userinfo', { authorization: `Bearer ${accessToken}` })));
    },
    async (send) => {
      // None of them is used twice at once.
      const presented = refreshTokens.shift();
      if (presented === undefined) throw new Error('no refresh token is free: the server is too slow for this load');
      const form = { grant_type: 'refresh_token', refresh_token: presented };
      const next = await post(send, cast.webClient, form);
      refreshTokens.push(next.refresh_token ?? '');
      await verify(next.id_token ?? '');
    },
    async (send) => {
      const form = { grant_type: 'client_credentials', resource: 'urn:bench:rs256', scope: cast.resourceScope };
      await verify((await post(send, cast.machineClient, form)).access_token);
    },
  ];
}
