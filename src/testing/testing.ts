/**
 * The fixture: a private issuer in this process, by default in memory, on a free port of the loopback address. The same
 * builder as the server; only values differ.
 */
import { createApp } from '../app.ts';
import type { Clock } from '../base/clock.ts';
import type { LogStream } from '../base/log.ts';
import { type ConfigInput, loadConfig, type Mode } from '../config/config.ts';
import { findFreePort } from './free-port.ts';

export type PosternOptions = ConfigInput & {
  /** `testing` unless told; tests of Postern itself also start `dev` and `serve`. */
  mode?: Mode;
  clock?: Clock;
  /** Where log lines go; nowhere unless told. */
  logStream?: LogStream;
};

export type Postern = Awaited<ReturnType<typeof startPostern>>;

/** Starts an issuer. `stop` ends it; both may be called in any number of instances at once. */
export async function startPostern(options: PosternOptions = {}) {
  const { mode = 'testing', clock, logStream, ...values } = options;
  const port = values.port ?? (await findFreePort());
  const config = await loadConfig({
    mode,
    env: {},
    values: { host: ['127.0.0.1'], logLevel: logStream ? 'trace' : 'silent', ...defaults(mode, port), ...values, port },
  });
  const app = await createApp(config, { clock, logStream });
  await app.start().catch(async (error: unknown) => {
    await app.stop();
    throw error;
  });
  return { ...app, issuer: config.issuer, port, [Symbol.asyncDispose]: app.stop };
}

/** `serve` insists on an issuer and a secret of its own; a fixture makes them. */
function defaults(mode: Mode, port: number): ConfigInput {
  if (mode !== 'serve') return {};
  const secret = ['fixture-secret-that-seals-nothing-of-anybody-0123456789'];
  return { issuer: `http://localhost:${port}`, secret };
}
