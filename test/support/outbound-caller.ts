/**
 * A process of its own that calls out: what its environment does to a call, and what an answer does to its memory. Reads
 * `{ mode, allow, url, maxBytes, timeoutMilliseconds, warmUp, plain }` from its first argument and prints one line of JSON.
 */
import { get } from 'node:http';
import { createOutbound, outboundFailureOf } from '../../src/base/outbound.ts';

const { mode, allow = [], url, warmUp, plain, ...limits } = JSON.parse(process.argv[2] ?? '{}');

/** The same request as a program makes it that has no guard: the proof that a trap would catch one. */
function unguarded(): Promise<{ status?: number; error?: string }> {
  return new Promise((resolve) => {
    get(url, (response) => {
      response.resume();
      resolve({ status: response.statusCode });
    }).on('error', (error) => resolve({ error: error.message }));
  });
}

const outbound = createOutbound({ mode, allow, ...limits });
const attempt = (address: string) =>
  outbound.get(address).then(
    ({ status, body, milliseconds }) => ({ status, bytes: body.length, milliseconds }),
    (error: unknown) => ({ ...outboundFailureOf(error), message: (error as Error).message }),
  );

const rss = () => process.memoryUsage().rss / 1_048_576;
if (warmUp) for (let round = 0; round < 20; round += 1) await attempt(warmUp);
const before = rss();
let peak = before;
const watch = setInterval(() => {
  peak = Math.max(peak, rss());
}, 5);
const outcome = plain ? await unguarded() : await attempt(url);
clearInterval(watch);
const grownMebibytes = Math.round((Math.max(peak, rss()) - before) * 10) / 10;
process.stdout.write(`${JSON.stringify({ ...outcome, grownMebibytes })}\n`);
