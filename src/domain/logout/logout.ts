/**
 * logout: tells apps that somebody is signed out (OpenID Connect Back-Channel Logout 1.0), until they have confirmed it or
 * have been told often enough. Nobody waits for it: sessions have ended before, in a transaction with the rows that it works
 * through. Owns no table; it knows no page and not why somebody was signed out.
 */
import type { Clock } from '../../base/clock.ts';
import { randomId } from '../../base/ids.ts';
import type { Log } from '../../base/log.ts';
import type { Client, Clients } from '../clients/clients.ts';
import type { Deliveries, Delivery, DeliveryState, Outcome } from '../deliveries/deliveries.ts';
import type { Keys } from '../keys/keys.ts';
import { refusedText } from './refused.ts';
import { createLogoutTokens } from './token.ts';

/** One attempt over the network; it never rejects. `problem`: one sentence about what kept the app from answering. */
export type PostLogout = (
  url: string,
  form: Readonly<Record<string, string>>,
) => Promise<{ status: number; answer: string } | { problem: string }>;

type Dependencies = {
  deliveries: Pick<Deliveries, 'clientsDue' | 'claim' | 'settle' | 'settleUntold'>;
  clients: Pick<Clients, 'find'>;
  keys: Pick<Keys, 'signingSet' | 'version'>;
  clock: Clock;
  log: Log;
  issuer: string;
  post: PostLogout;
};
export type Logout = ReturnType<typeof createLogout>;

/** Requests under way to one app (security.md I10), and apps that are told at the same time. */
const perClient = 10;
const clientsAtOnce = 50;
const perTurn = 4;
/** Of the answer, so much is kept for whoever looks why an app did not confirm. */
const keptCharacters = 500;

/** Since this process began: attempts by what came of them. */
export type LogoutCounters = { confirmed: number; failed: number; givenUp: number };

export function createLogout(dependencies: Dependencies) {
  const { deliveries, log } = dependencies;
  const courier = randomId(12);
  const underWay = new Map<string, Promise<void>>();
  const { counters, note } = createNotes(log);
  const attempt = createAttempt(dependencies);
  const turn = createTurns();
  const drain = createDrain({ ...dependencies, courier, tell, isStopping: () => isStopping });
  let isStopping = false;
  /** Whose turn it was last: where there are more than fit, the others are next. */
  let last = '';

  /** Whether the app, if it can be told at all, has answered: with whatever. */
  async function tell(client: Client | undefined, delivery: Delivery): Promise<boolean> {
    const url = client?.backchannelLogoutUri;
    const cannotBeTold = delivery.sid === undefined && client?.backchannelLogoutSessionRequired === true;
    if (!client || url === undefined || cannotBeTold) {
      await deliveries.settleUntold(delivery, courier);
      return true;
    }
    await turn();
    const outcome = await attempt(client, url, delivery);
    note(delivery, outcome, await deliveries.settle(delivery, courier, outcome));
    return outcome.status !== undefined;
  }

  return {
    counters: (): LogoutCounters => ({ ...counters }),

    /** Begins to tell every app that something is due for, and returns; slow apps hold nobody up. */
    async deliverDue(): Promise<void> {
      for (const clientId of inTurn(await deliveries.clientsDue(), last)) {
        if (isStopping || underWay.size >= clientsAtOnce) return;
        if (underWay.has(clientId)) continue;
        last = clientId;
        const work = drain(clientId).finally(() => underWay.delete(clientId));
        underWay.set(clientId, work);
      }
    },

    /** Waits until nothing is under way any more. */
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },

    /** Takes nothing more, and waits for what is under way. */
    async stop(): Promise<void> {
      isStopping = true;
      await Promise.all(underWay.values());
    },
  };
}

/** What came of attempts, counted and where it matters logged. */
function createNotes(log: Log) {
  const counters: LogoutCounters = { confirmed: 0, failed: 0, givenUp: 0 };
  const failing = new Set<string>();

  function note({ id, clientId, accountId, attempts }: Delivery, outcome: Outcome, state: DeliveryState | undefined) {
    const { isConfirmed, status, problem } = outcome;
    const about = { deliveryId: id, clientId, accountId, attempts: attempts + 1, status, problem };
    if (isConfirmed) {
      counters.confirmed += 1;
      failing.delete(clientId);
      return;
    }
    counters.failed += 1;
    if (state === 'given_up') {
      counters.givenUp += 1;
      log.error(about, 'an app did not confirm a sign-out and is not told again: see postern delivery show');
    } else if (!failing.has(clientId)) {
      // Once until it is well again: it may have much to hear.
      failing.add(clientId);
      log.warn(about, 'an app did not confirm a sign-out; it is told again: see postern delivery list');
    }
  }

  return { counters, note };
}

/** So many attempts begin with each turn of the event loop, however many may: people's requests come in between. */
function createTurns(): () => Promise<void> {
  let turn = Promise.resolve();
  let begun = perTurn;
  return () => {
    if (begun === perTurn) {
      begun = 0;
      turn = turn.then(() => new Promise((resolve) => setImmediate(resolve)));
    }
    begun += 1;
    return turn;
  };
}

/** Sorted, and beginning with the first one after that one. */
function inTurn(clientIds: readonly string[], last: string): string[] {
  const sorted = clientIds.toSorted();
  return [...sorted.filter((id) => id > last), ...sorted.filter((id) => id <= last)];
}

type Drain = Dependencies & {
  courier: string;
  tell(client: Client | undefined, delivery: Delivery): Promise<boolean>;
  isStopping(): boolean;
};

/**
 * Tells an app what is due, until nothing is. Once it has answered, others do the same beside it; when it does not, it is
 * left alone until the next time: a dead app takes one request at a time from those that are not.
 */
function createDrain({ deliveries, clients, log, courier, tell, isStopping }: Drain) {
  return async (clientId: string): Promise<void> => {
    const lanes = new Set<Promise<void>>();
    let [hasAnswered, isSilent] = [false, false];
    async function lane(): Promise<void> {
      while (!isStopping() && !isSilent) {
        const [delivery] = await deliveries.claim(clientId, courier, 1);
        if (!delivery) return;
        if (hasAnswered && lanes.size < perClient) open();
        if (await tell(await clients.find(clientId), delivery)) hasAnswered = true;
        else isSilent = true;
      }
    }
    function open(): void {
      const work: Promise<void> = lane()
        // A database that is away: what was claimed is free again in a while.
        .catch((error: unknown) =>
          log.error({ error, clientId }, 'an app was not told of a sign-out; it is tried again'),
        )
        .finally(() => lanes.delete(work));
      lanes.add(work);
    }
    open();
    while (lanes.size > 0) await Promise.all(lanes);
  };
}

/** One attempt, outside of any transaction; whatever happens becomes an outcome. */
function createAttempt({ keys, clock, issuer, post }: Dependencies) {
  const tokenFor = createLogoutTokens(keys.signingSet, keys.version);
  return async (client: Client, url: string, { accountId, sid }: Delivery): Promise<Outcome> => {
    const at = clock.now();
    const started = performance.now();
    const algorithm = client.idTokenSignedResponseAlg ?? 'RS256';
    const token = await tokenFor(algorithm, { issuer, clientId: client.id, accountId, sid, now: at });
    const result =
      token === undefined
        ? { problem: `There is no key to sign ${algorithm} with. See: postern key status` }
        : await post(url, { logout_token: token });
    const milliseconds = Math.round(performance.now() - started);
    if ('problem' in result) {
      return { isConfirmed: false, at, milliseconds, status: undefined, problem: result.problem, answer: '' };
    }
    const { status } = result;
    // §2.8, and what some frameworks answer to an empty page.
    const isConfirmed = status === 200 || status === 204;
    const problem = isConfirmed ? undefined : refusedText(status);
    return { isConfirmed, at, milliseconds, status, problem, answer: result.answer.slice(0, keptCharacters) };
  };
}
