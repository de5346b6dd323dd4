import { type DestinationStream, destination, type Logger, pino } from 'pino';

export type Log = Logger;
/** Where log lines go instead of standard output. */
export type LogStream = DestinationStream;

export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What a log line may hold. Anything else is left out: an allow-list can't forget a new secret. */
const allowed = new Set([
  ...[
    'level',
    'time',
    'pid',
    'msg',
    'event',
    'requestId',
    'reference',
    'method',
    'path',
    'status',
    'milliseconds',
    'ip',
  ],
  ...['clientId', 'accountId', 'error', 'code', 'detail', 'issuer', 'address', 'addresses', 'mode', 'count', 'kid'],
  ...['algorithm', 'name', 'names', 'signal', 'hint', 'version', 'seconds', 'warning', 'model', 'reason', 'scope'],
  ...['deliveryId', 'attempts', 'problem'],
]);

/** An error as name, code, message and stack; its other members may hold anything and stay out. */
function errorLine(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack } = error;
  const code = (error as { code?: unknown }).code;
  const detail = (error as { error_detail?: unknown }).error_detail;
  const cause = error.cause === undefined ? undefined : errorLine(error.cause);
  return { name, message, stack, code: typeof code === 'string' ? code : undefined, detail, cause };
}

/** JSON lines; writes to standard output unless told otherwise. Members that are not on the list are dropped. */
export function createLog(options: { level: LogLevel; stream?: DestinationStream }): Log {
  return pino(
    {
      level: options.level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (line) => Object.fromEntries(Object.entries(line).filter(([name]) => allowed.has(name))),
      },
      serializers: { error: errorLine },
    },
    options.stream ?? destination({ fd: 1, sync: false }),
  );
}
