/** Carries a plan out: hashes first, then writes everything in one transaction or nothing at all. */
import { availableParallelism } from 'node:os';
import { isStale } from '../../base/administered.ts';
import { type FieldProblem, isPosternError } from '../../base/errors.ts';
import type { Db } from '../../db/db.ts';
import { type Circumstances, causedBy } from '../audit/audit.ts';
import type { WrittenFile } from './file.ts';
import { draftPlan, type Plan, refuse } from './plan.ts';
import type { Rooms } from './rooms.ts';
import { type Action, type Kind, problemsOf, type Step, type Write } from './step.ts';

export type Progress = { done: number; total: number };
export type ApplyOptions = {
  /** Called while the work goes on: first passwords are hashed, then rows written, both counted together. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Adds what is missing; changes, adopts and removes nothing. The plan that is answered tells of all differences. */
  only?: 'additions' | undefined;
};

const mostAttempts = 3;

/**
 * Applies the file. Throws `invalid` with every problem by its path in the file, `conflict` when no administrator would be
 * left (M08). When somebody changes or adds a row meanwhile, it begins again.
 */
export async function applyFile(
  rooms: Rooms,
  file: WrittenFile,
  circumstances: Circumstances,
  options: ApplyOptions,
): Promise<Plan> {
  for (let attempt = 1; ; attempt++) {
    const { plan, steps } = await draftPlan(rooms, file);
    const wanted =
      options.only === undefined ? steps : steps.filter(({ change, waits }) => change.action === 'add' && !waits);
    try {
      if (wanted.length > 0) await carryOut(rooms, wanted, { ...circumstances, source: 'file' }, options);
      return plan;
    } catch (error) {
      const mayBeOutdated = isStale(error) || (attempt === 1 && isRefusal(error));
      if (!mayBeOutdated || attempt === mostAttempts) throw error;
    }
  }
}

/** What was fine when it was drafted: somebody may have added or removed it since, so it is looked at once more. */
const isRefusal = (error: unknown): boolean =>
  isPosternError(error) && (error.code === 'invalid' || error.code === 'conflict');

async function carryOut(
  rooms: Rooms,
  steps: readonly Step[],
  circumstances: Circumstances,
  { onProgress }: ApplyOptions,
): Promise<void> {
  let done = 0;
  const tell = () => onProgress?.({ done: ++done, total: steps.length * 2 });
  const ready = await prepared(inOrder(steps), tell);
  await rooms.db.transaction((tx) =>
    rooms.accounts.keepAdministratorIn(tx, async () => {
      const problems: FieldProblem[] = [];
      for (const { step, write } of ready) {
        await writeStep(step, write, { tx, circumstances, problems });
        tell();
      }
      refuse(problems);
      await rooms.audit.record(tx, { ...causedBy(circumstances), event: 'directory.applied', detail: counted(steps) });
    }),
  );
}

type Writing = { tx: Db; circumstances: Circumstances; problems: FieldProblem[] };

/** What a room refuses is collected: it is all rolled back in the end, and told at once. */
async function writeStep(step: Step, write: Write, { tx, circumstances, problems }: Writing): Promise<void> {
  try {
    await write(tx, circumstances);
  } catch (error) {
    const found = problemsOf(error, step.place);
    if (found === undefined) throw error;
    problems.push(...found);
  }
}

/** Hashes as many passwords at once as there are cores; the rest is ready at once. */
async function prepared(steps: readonly Step[], tell: () => void): Promise<{ step: Step; write: Write }[]> {
  const writes: Write[] = [];
  let next = 0;
  const worker = async () => {
    while (next < steps.length) {
      const index = next++;
      writes[index] = await (steps[index] as Step).prepare();
      tell();
    }
  };
  await Promise.all(Array.from({ length: Math.min(steps.length, availableParallelism()) }, worker));
  return steps.map((step, index) => ({ step, write: writes[index] as Write }));
}

/**
 * Names are freed before they are taken, among changes by the order in which they come; what others refer to comes before
 * them and goes after them.
 */
const order: readonly [Kind, ...Action[]][] = [
  ['group', 'add'],
  ['group', 'adopt', 'change'],
  ['attribute', 'add'],
  ['attribute', 'adopt', 'change'],
  ['account', 'remove'],
  ['account', 'adopt', 'change'],
  ['account', 'add'],
  ['client', 'remove'],
  ['client', 'adopt', 'change'],
  ['client', 'add'],
  ['group', 'remove'],
  ['attribute', 'remove'],
  ['brand', 'add', 'change', 'remove'],
];

const inOrder = (steps: readonly Step[]): Step[] =>
  order.flatMap(([kind, ...actions]) =>
    steps.filter(({ change }) => change.kind === kind && actions.includes(change.action)),
  );

function counted(steps: readonly Step[]) {
  const count = (...actions: Action[]) => steps.filter(({ change }) => actions.includes(change.action)).length;
  return { added: count('add'), changed: count('change', 'adopt'), removed: count('remove') };
}
