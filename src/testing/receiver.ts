import { type AnswerOptions, type EndpointOptions, type Received, startEndpoint } from '../app/receiver.ts';
import { PosternError } from '../base/errors.ts';

export type { Problem, Received } from '../app/receiver.ts';
export type ReceiverOptions = Omit<EndpointOptions, 'onReceived'>;
export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

type Waiting = { resolve(received: Received): void; reject(error: Error): void };

/**
 * An app's back-channel logout endpoint on a free port of the loopback address, that validates logout tokens of `issuer`
 * for `clientId` and says what is wrong with a bad one. Any number of them at once; `stop` ends it.
 */
export async function startReceiver(options: ReceiverOptions) {
  const received: Received[] = [];
  const waiting: Waiting[] = [];
  let handedOut = 0;
  let isStopped = false;

  function onReceived(request: Received): void {
    received.push(request);
    const first = waiting.shift();
    if (!first) return;
    handedOut += 1;
    first.resolve(request);
  }

  const endpoint = await startEndpoint({ ...options, onReceived });

  async function stop(): Promise<void> {
    isStopped = true;
    for (const { reject } of waiting.splice(0)) reject(stoppedError());
    await endpoint.stop();
  }

  return {
    /** What to register as the client's `backchannel_logout_uri`. */
    url: endpoint.url,
    /** Everything that has arrived, oldest first, good and bad. */
    received: received as readonly Received[],

    /** The oldest request that no call of `next` has had, or the first one to come. Rejects with `unavailable` at `stop`. */
    next(): Promise<Received> {
      const due = received[handedOut];
      if (due) {
        handedOut += 1;
        return Promise.resolve(due);
      }
      if (isStopped) return Promise.reject(stoppedError());
      const promise = new Promise<Received>((resolve, reject) => waiting.push({ resolve, reject }));
      // Whoever gave up on it must not bring the test run down when the receiver stops.
      promise.catch(() => undefined);
      return promise;
    },

    /** Plays an app that is down: `answerWith(503)`, or `answerWith(503, { times: 3 })`; `answerWith()` ends it. */
    answerWith: (status?: number, answer?: AnswerOptions): void => endpoint.answerWith(status, answer),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const stoppedError = () => new PosternError('unavailable', 'The receiver was stopped before another request came.');
