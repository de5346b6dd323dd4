/** Closed-loop load: so many connections, each sending its next request when the last one is answered. */
import { quantile } from './statistics.ts';
import { connect, type Send } from './wire.ts';

/** One run of a flow on one connection; false or a throw counts as an error. */
export type Step = (send: Send, worker: number) => Promise<boolean>;

export type Sample = {
  runs: number;
  errors: number;
  perSecond: number;
  /** Milliseconds of one run of the flow. */
  p50: number;
  p99: number;
  slowest: number;
  firstProblem: string | undefined;
};

/** Runs `step` from `connections` connections for `seconds` and says how it went. */
export async function load(
  port: number,
  step: Step,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Sample> {
  const latencies: number[] = [];
  let errors = 0;
  let firstProblem: string | undefined;
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;

  async function worker(index: number) {
    const connection = connect(port);
    while (performance.now() < until) {
      const sentAt = performance.now();
      const problem = await step(connection.send, index).then(
        (fine) => (fine ? undefined : 'unexpected answer'),
        (error: Error) => error.message,
      );
      if (problem === undefined) latencies.push(performance.now() - sentAt);
      else {
        errors += 1;
        firstProblem ??= problem;
      }
    }
    connection.close();
  }

  await Promise.all(Array.from({ length: connections }, (_, index) => worker(index)));
  const elapsed = (performance.now() - startedAt) / 1000;
  return {
    runs: latencies.length,
    errors,
    perSecond: latencies.length / elapsed,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    slowest: latencies.reduce((slowest, latency) => Math.max(slowest, latency), 0),
    firstProblem,
  };
}
