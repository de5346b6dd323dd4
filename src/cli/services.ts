import { openStore } from '../app/store.ts';
import { type App, createApp } from '../app.ts';
import { isPosternError, PosternError } from '../base/errors.ts';
import type { Mode } from '../base/mode.ts';
import { loadConfig } from '../config/config.ts';
import type { Io } from './output.ts';
import { printWarnings } from './output.ts';

/** Runs `work` on the services over the database of `mode`, beside a running server, and closes it again. */
export async function withServices<Result>(
  options: { mode: Mode; argv: readonly string[]; io: Io },
  work: (app: App) => Promise<Result>,
): Promise<Result> {
  process.umask(0o077);
  const config = await loadConfig({ mode: options.mode, argv: options.argv }).catch((error: unknown) => {
    throw options.mode === 'serve' ? namingDev(error) : error;
  });
  printWarnings(options.io, config.warnings);
  if (config.memory) {
    const message = 'A database in memory ends with its server: there is nothing to work on. Name the one of a server.';
    throw new PosternError('invalid', message, { exitStatus: 64 });
  }
  const store = await openStore(config, { server: false });
  const app = await createApp({ ...config, logLevel: 'silent' }, { store });
  try {
    return await work(app);
  } finally {
    await app.stop();
  }
}

/** Whoever tries Postern with `dev` alone has no settings of `serve`: how to get at the database of `dev` stands there too. */
function namingDev(error: unknown): unknown {
  const lacksIssuer = isPosternError(error) && error.fields.some(({ path }) => path.startsWith('issuer '));
  if (!lacksIssuer) return error;
  const { message, code, fields, exitStatus } = error;
  const hint = 'For the database of postern dev, add --mode dev.';
  return new PosternError(code, `${message} ${hint}`, { fields, ...(exitStatus !== undefined && { exitStatus }) });
}
