/** `postern receive`: the back-channel logout endpoint of an app, in the foreground, until Ctrl-C. */
import { type Received, startEndpoint } from '../app/receiver.ts';
import { PosternError } from '../base/errors.ts';
import { type Flags, type Given, readArguments } from './arguments.ts';
import { untilInterrupted } from './interrupted.ts';
import { asksForHelp, type Io, jsonText } from './output.ts';
import { receivedJson, receivedText } from './receive-text.ts';
import { numberFrom, wrong } from './words.ts';

const usage = 'postern receive --issuer <address> --client-id <id> [flags]';
const defaultPort = '4499';

const receiveHelp = `${usage}

Plays an app that is signed out: a back-channel logout endpoint that checks each logout token of any provider
as OpenID Connect Back-Channel Logout 1.0 says, and tells everything that is wrong with it. Ctrl-C ends it;
the exit status is 1 if anything was refused.

  --issuer <address>       whose tokens; the keys come from its discovery document
  --client-id <id>         for which client
  --port <port>            ${defaultPort} unless told; 0 for a free one
  --host <address>         127.0.0.1 unless told
  --json                   for scripts: a line with the url, then a line for each request
  --status <code>          answers so, whatever comes: an app that is down
  --times <n>              only the first n deliveries
  --delay <milliseconds>   answers late
  --alg <algorithm>        the id_token_signed_response_alg of the client
  --audience <id>          another audience that the app trusts; may be repeated
`;

const flags = {
  issuer: { value: 'address', help: 'whose tokens' },
  'client-id': { value: 'id', help: 'for which client' },
  port: { value: 'port', help: 'where it listens' },
  host: { value: 'address', help: 'where it listens' },
  json: { help: 'for scripts' },
  status: { value: 'code', help: 'answers so' },
  times: { value: 'n', help: 'only the first n' },
  delay: { value: 'milliseconds', help: 'answers late' },
  alg: { value: 'algorithm', help: 'of the client' },
  audience: { value: 'id', help: 'another audience', many: 'each' },
} as const satisfies Flags;

export async function receiveCommand(argv: readonly string[], io: Io): Promise<number> {
  if (asksForHelp(argv)) {
    io.out(receiveHelp);
    return 0;
  }
  const { json, status, times, ...options } = optionsOf(argv);
  const counts = { valid: 0, refused: 0 };
  const onReceived = (received: Received) => {
    counts[received.ok ? 'valid' : 'refused'] += 1;
    io.out(json ? `${jsonText(receivedJson(received))}\n` : receivedText(received));
  };
  const endpoint = await startEndpoint({ ...options, onReceived });
  if (status !== undefined) endpoint.answerWith(status, { times });
  // Before anybody is told that it is ready: whoever reads that may stop it at once.
  const interrupted = untilInterrupted();
  io.out(json ? `${jsonText({ url: endpoint.url })}\n` : welcome(endpoint.url, options));
  await interrupted.promise;
  await endpoint.stop();
  const summary = `${counts.valid + counts.refused} received: ${counts.valid} valid, ${counts.refused} refused.\n`;
  if (json) io.err(summary);
  else io.out(summary);
  return counts.refused === 0 ? 0 : 1;
}

const welcome = (url: string, { issuer, clientId }: { issuer: string; clientId: string }): string =>
  `Register as backchannel_logout_uri: ${url}
Waiting for logout tokens of ${issuer} for ${clientId}. Ctrl-C ends it.

`;

/** Throws `invalid` (exit 64) with what is missing or wrong. */
function optionsOf(argv: readonly string[]) {
  const { given, settings } = readArguments(argv, { words: [], flags }, usage);
  const own = given as Given<typeof flags>;
  const { issuer, 'client-id': clientId, host, alg } = own;
  if (issuer === undefined || clientId === undefined || settings.length > 0) throw misused(own, settings);
  if (own.times !== undefined && own.status === undefined) throw wrong('times', 'needs --status: what to answer');
  const number = (flag: 'status' | 'times' | 'delay', bounds: [number, number]) => {
    const text = own[flag];
    return text === undefined ? undefined : numberFrom(flag, text, bounds);
  };
  return {
    ...{ issuer, clientId, host, alg, json: own.json === true, trustedAudiences: own.audience },
    port: numberFrom('port', own.port ?? defaultPort, [0, 65_535]),
    status: number('status', [200, 599]),
    times: number('times', [1, 1_000_000]),
    delayMilliseconds: number('delay', [0, 600_000]),
  };
}

/** Flags of settings are no flags here: nothing is opened that they could be about. */
function misused(own: Given<typeof flags>, settings: readonly string[]): PosternError {
  const missing = (['issuer', 'client-id'] as const).filter((name) => own[name] === undefined);
  const foreign = settings.filter((argument) => argument.startsWith('--')).map((flag) => flag.split('=', 1)[0] ?? '');
  const fields = [
    ...missing.map((name) => ({ path: `--${name}`, message: 'is missing' })),
    ...foreign.map((path) => ({ path, message: 'is not a flag here' })),
  ];
  return new PosternError('invalid', `The command is: ${usage}`, { fields, exitStatus: 64 });
}
