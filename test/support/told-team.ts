/** The team with apps that have a real endpoint for logout tokens each, and people who are signed in to several of them. */
import { signIn, type Visitor } from '../../src/testing/sign-in.ts';
import { type PosternOptions, type Received, type Receiver, startReceiver } from '../../src/testing/testing.ts';
import { until } from './spawned.ts';
import { by, createTeam, payloadOf, type Team, type TeamApp } from './team.ts';

export type ToldTeam = Awaited<ReturnType<typeof createToldTeam>>;
export type ToldApp = TeamApp & { receiver: Receiver };
type Person = Awaited<ReturnType<Team['person']>>;
type Tokens = { access_token: string; refresh_token: string; id_token: string };

export const offline = { scope: 'openid offline_access', prompt: 'consent' };

export async function createToldTeam(kind: 'sqlite' | 'postgresql' = 'sqlite', options: PosternOptions = {}) {
  const team = await createTeam(kind, options);
  const receivers: Receiver[] = [];
  const { deliveries, logout, access } = team.postern;

  return {
    ...team,

    async stop() {
      await team.stop();
      for (const receiver of receivers) await receiver.stop();
    },

    /** An app of its own with a receiver behind its `backchannelLogoutUri`; open to everybody unless told. */
    async told(input: Parameters<Team['app']>[0] = {}): Promise<ToldApp> {
      const app = await team.app({ access: 'everybody', ...input });
      const { idTokenSignedResponseAlg: alg } = input as { idTokenSignedResponseAlg?: string };
      const receiver = await startReceiver({ issuer: team.issuer, clientId: app.id, alg });
      receivers.push(receiver);
      await team.postern.clients.update(app.id, { backchannelLogoutUri: receiver.url }, { by });
      return { ...app, receiver };
    },

    /** That browser goes to the app; signs in and allows where it is asked to. The tokens, and the `sid` of the ID token. */
    async enter(visitor: Visitor, app: ToldApp, { typed }: Person, changes: Record<string, string> = {}) {
      const back = await signIn(visitor, app.authorizeUrl(changes), typed);
      const { status, body } = await app.redeem(back.searchParams.get('code'));
      if (status !== 200) throw new Error(`No tokens: ${back.href} ${JSON.stringify(body)}`);
      const tokens = body as Tokens;
      return { ...tokens, sid: String(payloadOf(tokens.id_token).sid) };
    },

    /**
     * Until there are so many rows about that person: who has lost access is found a moment later. The job does it at its
     * intervals; here it is done at once, unless `byJob`.
     */
    async arrived(accountId: string, count: number, { byJob = false } = {}): Promise<void> {
      if (!byJob) await access.endLost();
      await until(async () => (await deliveries.list({ limit: count, accountId })).items.length === count);
    },

    /**
     * Until nothing waits any more that has to be told of that person: what each app was told. The courier does not wait
     * for its turn.
     */
    async settled(accountId: string) {
      await until(async () => {
        await logout.deliverDue();
        return (await deliveries.list({ limit: 1, accountId, state: 'waiting' })).items.length === 0;
      });
      const { items } = await deliveries.list({ limit: 1000, accountId });
      return items.map(({ clientId, sid, state, reason, by: { type } }) => ({
        clientId,
        sid,
        state,
        reason,
        by: type,
      }));
    },
  };
}

/** Every token that reached these apps was in order; who they were about, by which `sid`. */
export function heardBy(app: ToldApp): { sub: string | undefined; sid: string | undefined }[] {
  return app.receiver.received.map((received: Received) => {
    if (!received.ok || received.warnings.length > 0) throw new Error(JSON.stringify(received));
    return { sub: received.sub, sid: received.sid };
  });
}
