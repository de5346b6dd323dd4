/** Follows a rehearsal live: tells each step, hears what the person says, and knows when nothing more is to be waited for. */
import { createInterface } from 'node:readline';
import { variants } from '../app/rehearsal-words.ts';
import type { App, Rehearsal, Verdict } from '../app.ts';
import { PosternError } from '../base/errors.ts';
import { jsonText } from './output.ts';
import { stepJson, stepText } from './rehearse-text.ts';
import type { Call } from './verbs.ts';

export type Answers = ReturnType<typeof readAnswers>;
export type Stage = {
  app: App;
  call: Pick<Call, 'io' | 'json'>;
  answers: Answers;
  interrupted: { is: boolean; promise: Promise<void> };
};

const pollMilliseconds = 250;
/** After what decides something may follow that belongs to it. */
const settleMilliseconds = 1500;
/** So long without a step: the client has done what it does. */
const quietMilliseconds = 8000;
/** Where it may do either, the end is not missed by going on: what it does later still counts. */
const eitherMilliseconds = 3000;
const followMilliseconds = 5000;

/** What the person types: y when the app let them in, n when it refused. */
export function readAnswers({ json }: Pick<Call, 'json'>, input: NodeJS.ReadableStream = process.stdin) {
  const given: boolean[] = [];
  if (json) return { next: () => given.shift(), close: () => undefined };
  const lines = createInterface({ input, terminal: false });
  lines.on('line', (line) => {
    const [letter = ''] = line.trim().toLowerCase();
    if (letter === 'y' || letter === 'n') given.push(letter === 'y');
  });
  return {
    next: () => given.shift(),
    close(): void {
      lines.close();
      input.pause();
    },
  };
}

/**
 * Resolves when a server has taken up the beginning or the end, which takes a second; throws `unavailable` where there is
 * none: then there is nobody to sign in to.
 */
export async function followed({ app, interrupted }: Stage, id: string, kind: 'played' | 'restored'): Promise<void> {
  const until = app.clock.now() + followMilliseconds;
  while (!interrupted.is && !(await app.rehearsals.find(id)).steps.some((step) => step.kind === kind)) {
    if (app.clock.now() > until) {
      throw new PosternError('unavailable', 'No server takes part: is postern dev running on this data (--data)?');
    }
    await app.clock.sleep(pollMilliseconds);
  }
}

type Seen = { verdict: Verdict; overVerdict: Verdict; quiet: number; isTold: boolean };

/**
 * Whether nothing more is waited for. `overVerdict`: what it would be then; `quiet`: ms since the last step; `isTold`: that
 * was a word of the person. `eitherAfter`: the client may do what it likes, and has so many ms for it. A refusal by silence
 * counts soon, a failure only when the time is over.
 */
export function isEnough(
  { verdict, overVerdict, quiet, isTold }: Seen,
  { eitherAfter }: { eitherAfter?: number | undefined } = {},
): boolean {
  if (verdict.outcome === 'untried') return false;
  if (verdict.outcome !== 'unclear') return quiet > settleMilliseconds;
  if (eitherAfter !== undefined) return isTold || quiet > eitherAfter;
  return quiet > quietMilliseconds && overVerdict.outcome === 'passed';
}

/** The watch over one rehearsal: once while it runs, and where the client has to recover once more after its end. */
export function createWatch({ app, call, answers, interrupted }: Stage, rehearsal: Rehearsal) {
  const { id, variant, startedAt, endsAt } = rehearsal;
  let told = 0;

  async function look() {
    const { steps, verdict } = await app.rehearsals.result(id);
    for (const step of steps.slice(told)) {
      call.io.out(call.json ? `${jsonText({ id, step: stepJson(step) })}\n` : stepText(step));
    }
    told = steps.length;
    const last = steps.at(-1);
    const { verdict: overVerdict } = await app.rehearsals.result(id, { isOver: true });
    return { verdict, overVerdict, quiet: app.clock.now() - (last?.at ?? 0), isTold: last?.kind === 'told' };
  }

  return async ({ isRecovery }: { isRecovery: boolean }): Promise<void> => {
    const until = isRecovery ? app.clock.now() + endsAt - startedAt : endsAt;
    const { expects, answer } = variants[variant];
    const isEither = expects === 'either' && !isRecovery;
    const eitherAfter = isEither ? eitherMilliseconds + answer.afterSeconds * 1000 : undefined;
    let hinted = '';
    while (!interrupted.is && app.clock.now() < until) {
      const signedIn = answers.next();
      if (signedIn !== undefined) await app.rehearsals.tell(id, signedIn);
      const seen = await look();
      if (isEnough(seen, { eitherAfter })) return;
      const { says, doubt = '', outcome } = seen.verdict;
      const isWaiting = outcome === 'unclear' && !isEither && (seen.isTold || seen.quiet > quietMilliseconds);
      if (isWaiting && hinted !== says && !call.json) {
        hinted = says;
        call.io.out(`  … ${says} ${doubt}\n`);
      }
      await Promise.race([app.clock.sleep(pollMilliseconds), interrupted.promise]);
    }
    await look();
  };
}
