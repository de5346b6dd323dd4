/** `postern dev` and `postern serve`: a server in the foreground until it is told to stop. */
import { loadForRooms } from '../app/entries.ts';
import { type App, createApp, demoClient } from '../app.ts';
import type { Mode } from '../base/mode.ts';
import type { Config } from '../config/config.ts';
import { inFile } from './file-problems.ts';
import { installLastResort } from './last-resort.ts';
import { asksForHelp, type Io } from './output.ts';

const serverHelp = `postern dev [flags]     an issuer on this machine, with sample people
postern serve [flags]   the sign-on of a team; needs an issuer and a secret

  --port <port>             4400 unless told
  --data <directory>        where the SQLite database lies (.postern)
  --issuer <address>        what browsers and apps call it
  --config <file>           settings in a file (postern.yaml)
  --strict-clients          dev: registered apps only, none on first use

All flags and settings: postern config reference --flags
`;

export const devCommand = (argv: readonly string[], io: Io): Promise<number> => serve('dev', argv, io);
export const serveCommand = (argv: readonly string[], io: Io): Promise<number> => serve('serve', argv, io);

async function serve(mode: Mode, argv: readonly string[], io: Io): Promise<number> {
  if (asksForHelp(argv)) {
    io.out(serverHelp);
    return 0;
  }
  // Database, keys and the secret of `dev` are for this user alone (security.md N10).
  process.umask(0o077);
  const { config, place } = await loadForRooms({ mode, argv });
  const app = await createApp(config);
  const removeLastResort = installLastResort({ log: app.log, stop: app.stop, exit: (status) => process.exit(status) });
  // Before anybody is told that it is ready: whoever reads that may stop it at once.
  const stopped = stopSignal(app);
  try {
    const started = await app.start();
    if (mode === 'serve') await offerSetup(app, io);
    if (mode === 'dev') io.out(welcome(config));
    else app.log.info({ issuer: config.issuer, addresses: started.addresses }, 'ready');
  } catch (error) {
    await app.stop();
    throw inFile(error, place);
  }
  await stopped;
  await app.stop();
  removeLastResort();
  return 0;
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process at once. */
function stopSignal({ log }: App): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
      asked = true;
      log.info({ signal }, 'stopping');
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/**
 * Where nobody can administer yet: a link that makes the first administrator, for whoever started the server. It goes to
 * standard output and into no log line; the one of an earlier start does not work any more (security.md M06).
 */
async function offerSetup({ accounts, config, log }: App, io: Io): Promise<void> {
  if (!(await accounts.needsSetup())) return;
  const { token } = await accounts.issueSetupLink({ by: { type: 'system' } });
  const address = `${config.issuer}/link?${new URLSearchParams({ token })}`;
  io.out(
    `Create the first administrator: ${address} (works once, within 24 hours; each start shows a new one until it is used)\n`,
  );
  log.warn(
    { issuer: config.issuer },
    'nobody can administer yet: the line above has the link that makes the first one',
  );
}

function welcome({ issuer, memory, database, strictClients }: Config): string {
  const kept = memory ? 'in memory, gone when it stops' : database.url === undefined ? database.file : 'PostgreSQL';
  const others = strictClients ? '' : '; any other id with a local redirect URI is registered on first use';
  return `
  Postern, a development issuer: anyone who can open it can be anyone.

  Start page   ${issuer}
  Issuer       ${issuer}
  Discovery    ${issuer}/.well-known/openid-configuration
  Admin        ${issuer}/admin, as alice; API ${issuer}/api/v1
  Client       ${demoClient.id}, secret ${demoClient.secret}${others}
  People       alice, bob, carol, dave (disabled); the password is the name
  Data         ${kept}

`;
}
