/**
 * The fixture: a private issuer in this process, by default in memory, on a free port of the loopback address. The same
 * builder as the server; only values differ.
 */
import { createApp, type Seams } from '../app.ts';
import type { Mode } from '../base/mode.ts';
import { type ConfigInput, loadConfig } from '../config/config.ts';
import { findFreePort } from './free-port.ts';
import { createRehearsing } from './rehearsing.ts';

export { type Problem, type Received, type Receiver, type ReceiverOptions, startReceiver } from './receiver.ts';
export type { Run } from './rehearsing.ts';

export type PosternOptions = ConfigInput & {
  /** `testing` unless told; tests of Postern itself also start `dev` and `serve`. */
  mode?: Mode;
} & Seams;

export type Postern = Awaited<ReturnType<typeof startPostern>>;

/** Starts an issuer. `stop` ends it; both may be called in any number of instances at once. */
export async function startPostern(options: PosternOptions = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(options.port ?? (await findFreePort()), options);
    } catch (error) {
      // Somebody took the port between its being found and its use. A store of the caller's own was closed by then.
      const mayRetry = options.port === undefined && options.store === undefined && attempt < mostAttempts;
      if (!mayRetry || !isPortTaken(error)) throw error;
    }
  }
}

const mostAttempts = 5;
const isPortTaken = (error: unknown): boolean =>
  error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';

async function startOn(port: number, options: PosternOptions) {
  const { mode = 'testing', clock, logStream, store, ...values } = options;
  const config = await loadConfig({
    mode,
    // The project of whoever tests may hold a file for its own `dev` or `serve`.
    ...{ env: {}, file: false },
    values: { host: ['127.0.0.1'], logLevel: logStream ? 'trace' : 'silent', ...defaults(mode, port), ...values, port },
  });
  const app = await createApp(config, { clock, logStream, store });
  await app.start().catch(async (error: unknown) => {
    await app.stop();
    throw error;
  });
  const rehearsals = createRehearsing(app.rehearsals);
  return { ...app, rehearsals, issuer: config.issuer, port, [Symbol.asyncDispose]: app.stop };
}

/** `serve` insists on an issuer and a secret of its own; a fixture makes them. */
function defaults(mode: Mode, port: number): ConfigInput {
  if (mode !== 'serve') return {};
  const secret = ['fixture-secret-that-seals-nothing-of-anybody-0123456789'];
  return { issuer: `http://localhost:${port}`, secret };
}
