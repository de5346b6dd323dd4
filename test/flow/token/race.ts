/** Spends one code, or one refresh token, eight times at once, in rounds, and looks at what came of it (B02, C02). */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { createVisitor, signIn } from '../../../src/testing/sign-in.ts';
import type { Reply, TwoServers } from '../../support/two-servers.ts';

/** Where requests go: one server, or two that share a database. */
export type Track = {
  issuer: string;
  ask(path: string, question: { form?: Record<string, string>; headers?: Record<string, string> }): Promise<Reply>;
  countEvents(event: 'code.reuse' | 'refresh_token.reuse'): Promise<number>;
};

export const rounds = 20;
const contenders = 8;
/** Rounds that run at once: each has a browser session and so a grant of its own. */
const lanes = 10;

const client = { client_id: 'race-app', redirect_uri: 'http://localhost:9/callback' };
const verifier = 'a-code-verifier-that-is-long-enough-for-rfc-7636-0123456789';
const code_challenge = createHash('sha256').update(verifier).digest('base64url');

/** Requests in turn to the one and to the other of two servers. */
export function trackOf(servers: TwoServers): Track {
  let turn = 0;
  const ask: Track['ask'] = (path, question) => servers.ask((turn++ % 2) as 0 | 1, path, question);
  return { issuer: servers.issuer, countEvents: servers.countEvents, ask };
}

/** B02: eight redemptions of one code, `rounds` times. */
export async function spendCodes(track: Track): Promise<void> {
  await inRounds(async (visitor) => {
    const form = await codeForm(track, visitor);
    await afterwardsNothingLives(track, await contend(track, form));
  }, track);
  expect(await track.countEvents('code.reuse')).toBeGreaterThanOrEqual(rounds);
}

/** C02: eight uses of one rotating refresh token, `rounds` times. */
export async function spendRefreshTokens(track: Track): Promise<void> {
  await inRounds(async (visitor) => {
    const first = await token(track, await codeForm(track, visitor));
    expect(first.status).toBe(200);
    const { refresh_token } = JSON.parse(first.text);
    const form = { grant_type: 'refresh_token', refresh_token, client_id: client.client_id };
    await afterwardsNothingLives(track, [first, ...(await contend(track, form))], 2);
  }, track);
  expect(await track.countEvents('refresh_token.reuse')).toBeGreaterThanOrEqual(rounds);
}

type Visitor = ReturnType<typeof createVisitor>;

async function inRounds(round: (visitor: Visitor) => Promise<void>, { issuer }: Track): Promise<void> {
  let left = rounds;
  const lane = async () => {
    const visitor = createVisitor(issuer);
    while (left-- > 0) await round(visitor);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function codeForm({ issuer }: Track, visitor: Visitor): Promise<Record<string, string>> {
  const parameters = {
    ...client,
    response_type: 'code',
    scope: 'openid',
    code_challenge,
    code_challenge_method: 'S256',
  };
  const url = `${issuer}/authorize?${new URLSearchParams(parameters)}`;
  const answer = await signIn(visitor, url, { username: 'alice', password: 'alice' });
  const code = answer.searchParams.get('code');
  expect(code, answer.href).not.toBeNull();
  return { ...client, grant_type: 'authorization_code', code: code as string, code_verifier: verifier };
}

const token = ({ ask }: Track, form: Record<string, string>) => ask('/token', { form });

const contend = (track: Track, form: Record<string, string>): Promise<Reply[]> =>
  Promise.all(Array.from({ length: contenders }, () => token(track, form)));

/** At most one contender got anything, the others a plain refusal; and since several tried, what was issued is dead. */
async function afterwardsNothingLives(track: Track, replies: Reply[], most = 1): Promise<void> {
  const winners = replies.filter((reply) => reply.status === 200);
  expect(winners.length).toBeLessThanOrEqual(most);
  for (const reply of replies) {
    if (reply.status === 200) continue;
    expect(reply.status, reply.text).toBe(400);
    expect(JSON.parse(reply.text).error).toBe('invalid_grant');
    expect(reply.text).not.toContain('    at ');
  }
  for (const winner of winners) {
    const { access_token, refresh_token } = JSON.parse(winner.text);
    const { client_id } = client;
    // Both servers are asked, each by its turn.
    for (const _ of [0, 1]) {
      const userinfo = await track.ask('/userinfo', { headers: { authorization: `Bearer ${access_token}` } });
      expect(userinfo.status).toBe(401);
    }
    for (const _ of [0, 1]) {
      const refreshed = await token(track, { grant_type: 'refresh_token', refresh_token, client_id });
      expect(refreshed.status, refreshed.text).toBe(400);
    }
  }
}
