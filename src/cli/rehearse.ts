/** `postern key rehearse`: plays hostile key sets against an app and tells, step by step, what it does about them. */
import type { App, Verdict } from '../app.ts';
import { PosternError } from '../base/errors.ts';
import { untilInterrupted } from './interrupted.ts';
import { printAll } from './listing.ts';
import { jsonText, printable } from './output.ts';
import type { Stage } from './rehearse-watch.ts';
import { createTable } from './table.ts';
import { type Call, operator, verb } from './verbs.ts';
import { numberFrom, wrong } from './words.ts';

type Judged = { variant: string; verdict: Verdict };
type Input = { variant: string; clientId: string; seconds: number | undefined };

const words = () => import('../app/rehearsal-words.ts');
const texts = () => import('./rehearse-text.ts');
const watching = () => import('./rehearse-watch.ts');

export const rehearse = verb({
  words: ['[<variant>]'],
  help: 'plays hostile key sets against an app of dev, and says what it does about them',
  mode: 'dev',
  flags: {
    client: { value: 'id', help: 'the app: its tokens are signed by another key' },
    seconds: { value: 'n', help: 'how long a variant lasts at most (default: 300)' },
    list: { help: 'which variants there are' },
    end: { help: 'ends the one that runs' },
  },
  more: `
Plays one variant, or all of them one after another, beside a running postern dev. While it lasts, the key set is
another for everybody who uses the issuer, and the tokens of the app alone are signed by a key of the rehearsal.
Everything is as before when it ends: by what the app did, by Ctrl-C, or when its time is over. Sign in to the app
once before, so that it has the present keys. The exit status is 0 if the app passed, 1 if it failed, and 75 if that
was not decided. With --json each step is one line (JSON Lines).`,
  async run(call) {
    if (call.flags.list) return printVariants(call);
    if (call.flags.end) return call.withApp((app) => endRunning(app, call));
    const [named = 'all'] = call.words;
    const { client: clientId, seconds: typed } = call.flags;
    if (clientId === undefined) throw wrong('client', 'has to be there: the client_id of the app');
    const seconds = typed === undefined ? undefined : numberFrom('seconds', typed, [1, 3600]);
    const names = named === 'all' ? (await words()).variantNames : [named];
    const judged: Judged[] = [];
    await call.withApp(async (app) => {
      const { readAnswers } = await watching();
      const stage = { app, call, answers: readAnswers(call), interrupted: untilInterrupted() };
      try {
        for (const variant of names) {
          if (!stage.interrupted.is) judged.push(await play(stage, { variant, clientId, seconds }));
        }
      } finally {
        stage.answers.close();
      }
    });
    if (!call.json && judged.length > 1) printSummary(call, judged);
    tellOutcome(clientId, judged);
  },
});

const strangerText = (clientId: string): string =>
  `No client has the id ${printable(clientId)} yet. An app gets one here by its first sign-in; see postern client list.\n`;

async function printVariants(call: Call): Promise<void> {
  const { variantNames, variants } = await words();
  await printAll(
    call,
    {
      columns: [{ title: 'variant' }, { title: 'plays', shrinks: true }, { title: 'a good client', shrinks: true }],
      row: (variant) => [variant, variants[variant].plays, variants[variant].good],
      json: (variant) => {
        const { plays, expects, good, failure, mend } = variants[variant];
        return { variant, plays, expects, good, failure, mend };
      },
      empty: '',
    },
    [...variantNames],
  );
}

async function endRunning({ rehearsals }: App, { tell }: Call): Promise<void> {
  const running = await rehearsals.running();
  if (!running) return tell({ ended: null }, 'No rehearsal runs.\n');
  await rehearsals.end(running.id, operator);
  tell({ ended: running.id }, `Ended ${running.variant}: the key set is as before.\n`);
}

/** One variant from its beginning to what is to be said of it. */
async function play(stage: Stage, input: Input): Promise<Judged> {
  const { app, call, interrupted } = stage;
  const { variants } = await words();
  const { headText, taskText, recoveryText, verdictText } = await texts();
  const { createWatch, followed } = await watching();
  const rehearsal = await app.rehearsals.start(input, operator);
  const { id, variant, clientId } = rehearsal;
  const tell = (json: object, text: string) =>
    call.io.out(call.json ? `${jsonText({ id, variant, clientId, ...json })}\n` : text);
  const watch = createWatch(stage, rehearsal);
  try {
    if (!call.json) call.io.out(headText(rehearsal));
    if (clientId !== undefined && !(await app.clients.find(clientId))) call.io.err(strangerText(clientId));
    await followed(stage, id, 'played');
    tell({ state: 'playing' }, taskText(rehearsal));
    await watch({ isRecovery: false });
  } finally {
    await app.rehearsals.end(id, operator);
  }
  const { outcome } = (await app.rehearsals.result(id)).verdict;
  if (variants[variant].expects === 'either' && outcome === 'unclear' && !interrupted.is) {
    await followed(stage, id, 'restored');
    tell({ state: 'restored' }, recoveryText(rehearsal));
    await watch({ isRecovery: true });
  }
  const { verdict } = await app.rehearsals.result(id, { isOver: true });
  tell({ verdict }, verdictText(verdict));
  return { variant, verdict };
}

function printSummary({ io }: Call, judged: readonly Judged[]): void {
  const table = createTable(io, [{ title: 'variant' }, { title: 'outcome' }, { title: 'seen', shrinks: true }]);
  table.rows(judged.map(({ variant, verdict }) => [variant, verdict.outcome, verdict.says]));
  const passed = judged.filter(({ verdict }) => verdict.outcome === 'passed');
  io.out(`Passed ${passed.length} of ${judged.length}.\n`);
}

/** Throws for the exit status: 1 when the client failed, 75 when that was not decided. */
function tellOutcome(clientId: string, judged: readonly Judged[]): void {
  const named = (...outcomes: string[]) =>
    judged.flatMap(({ variant, verdict }) => (outcomes.includes(verdict.outcome) ? [variant] : [])).join(', ');
  const failed = named('failed');
  if (failed !== '') throw new PosternError('conflict', `${clientId} failed: ${failed}.`);
  const open = named('unclear', 'untried');
  if (open === '') return;
  throw new PosternError(
    'unavailable',
    `Not decided: ${open}. Begin again, and sign in to ${clientId} while it lasts.`,
  );
}
