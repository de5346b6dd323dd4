import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Verdict } from '../domain/receiver/receiver.ts';
import { problemText } from '../domain/receiver/receiver.ts';
import { endConnection } from '../http/answer.ts';

export type AnswerOptions = {
  /** How many deliveries get it; all of them unless told. */
  times?: number | undefined;
};

/** Statuses that deliveries get whatever they bring. */
export function createAnswers() {
  let told: { status: number; times: number } | undefined;
  return {
    /** From now on that status, from 200 to 599; without one, again what the token deserves. */
    answerWith(status?: number, { times = Number.POSITIVE_INFINITY }: AnswerOptions = {}): void {
      told = status === undefined ? undefined : { status, times };
    },
    next(): number | undefined {
      if (!told || told.times <= 0) return undefined;
      told.times -= 1;
      return told.status;
    },
  };
}

/** `status`: what the request deserves; `told`: what it gets instead. */
type Answer = { status: number; told: number | undefined; verdict: Verdict };

/** Answers as §2.8 says: nothing but the status where all is well, else a JSON object as in RFC 6749 §5.2. */
export function send(req: IncomingMessage, res: ServerResponse, { status, told, verdict }: Answer): void {
  const answered = told ?? status;
  res.statusCode = answered;
  res.setHeader('Cache-Control', 'no-store');
  if (status === 405) res.setHeader('Allow', 'POST');
  // What was sent stays unread.
  if (!req.complete) endConnection(res);
  const content = answered < 300 ? undefined : JSON.stringify(told === undefined ? errorOf(verdict) : playedError);
  if (content !== undefined) res.setHeader('Content-Type', 'application/json');
  if (answered !== 204) res.setHeader('Content-Length', Buffer.byteLength(content ?? ''));
  res.end(req.method === 'HEAD' ? undefined : content);
}

const playedError = { error: 'server_error', error_description: 'This receiver was told to answer so.' };
const mostCharacters = 2000;

function errorOf({ problems }: Verdict): { error: string; error_description: string } {
  const isOurs = problems.every(({ step }) => step === 'keys');
  const text = problems.map((problem) => `${problem.step}: ${problemText(problem)}`).join(' ');
  return {
    error: isOurs ? 'server_error' : 'invalid_request',
    error_description: plain(text).slice(0, mostCharacters),
  };
}

/** RFC 6749 §5.2: no quotation mark, no backslash, nothing but printable ASCII. */
const plain = (text: string): string =>
  text
    .replaceAll('"', "'")
    .replaceAll('§', 'section ')
    .replace(/[^\x20-\x7e]|\\/g, '?');
