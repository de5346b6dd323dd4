/** What the room `records` promises, as a map in memory, and whether answers that came in parallel keep that promise. */
import fc from 'fast-check';
import type { Model, Records } from '../../src/domain/records/records.ts';

const grants = ['grant-1', 'grant-2'] as const;
const grantable = ['AccessToken', 'RefreshToken', 'AuthorizationCode'] as const;
const free = ['Session', 'Interaction', 'ReplayDetection'] as const;

/** One thing that somebody asks of the room. `number` is what the payload tells apart. */
export type Step = {
  kind: 'upsert' | 'find' | 'consume' | 'remove' | 'removeByGrant' | 'revokeGrant' | 'claim' | 'replace';
  model: Model;
  id: string;
  grant: string;
  number: number;
  /** Which of the two who share the database is asked. */
  node: 0 | 1;
};
type Found = { number: number; consumed: boolean } | null;
export type Answer = boolean | Found;

type Entry = { number: number; grant?: string; consumed: boolean };
type State = { entries: Record<string, Entry>; revoked: string[] };

/** Much about few things, so that they meet. */
const target = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      model: fc.constantFrom(...grantable),
      id: fc.constantFrom('a', 'b'),
      grant: fc.constantFrom(...grants),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ model: fc.constantFrom(...free), id: fc.constant('a'), grant: fc.constant('') }),
  },
  { weight: 1, arbitrary: fc.constantFrom(...grants).map((id) => ({ model: 'Grant' as const, id, grant: id })) },
);

const step: fc.Arbitrary<Step> = fc
  .record({
    target,
    kind: fc.constantFrom<Step['kind']>(
      ...(['upsert', 'upsert', 'find', 'find', 'consume', 'consume', 'remove', 'removeByGrant'] as const),
      ...(['revokeGrant', 'claim', 'replace'] as const),
    ),
    number: fc.nat(1_000_000),
    node: fc.constantFrom<0 | 1>(0, 1),
  })
  .map(({ target: { model, id, grant }, kind, number, node }) => ({
    ...{ model, id, grant, number, node },
    kind: fitting(kind, model),
  }));

/** Rounds; what is in one round happens at the same time. */
export const rounds: fc.Arbitrary<Step[][]> = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), {
  minLength: 2,
  maxLength: 6,
});

/** A grant goes by revocation only, and has to be there for what is issued under it. */
function fitting(kind: Step['kind'], model: Model): Step['kind'] {
  if (model === 'Grant') return kind === 'upsert' || kind === 'find' ? kind : 'revokeGrant';
  const isGrantable = (grantable as readonly string[]).includes(model);
  if (!isGrantable && (kind === 'revokeGrant' || kind === 'removeByGrant')) return 'find';
  return isGrantable && (kind === 'claim' || kind === 'replace') ? 'consume' : kind;
}

export const everything: Step[] = [...grantable, ...free]
  .flatMap((model) => ['a', 'b'].map((id): [Model, string] => [model, id]))
  .concat(grants.map((grant): [Model, string] => ['Grant', grant]))
  .flatMap(([model, id]) =>
    ([0, 1] as const).map((node) => ({ kind: 'find' as const, model, id, grant: '', number: 0, node })),
  );

export const firstState: State = {
  entries: Object.fromEntries(grants.map((grant) => [`Grant ${grant}`, { number: 0, consumed: false }])),
  revoked: [],
};

export async function seedGrants(records: Records): Promise<void> {
  for (const grant of grants) await records.upsert('Grant', grant, { number: 0 }, 3600);
}

/** Asks the room. */
export async function perform(records: Records, { kind, model, id, grant, number }: Step): Promise<Answer> {
  const payload = grant === '' || model === 'Grant' ? { number } : { number, grantId: grant };
  const whole = model === 'Session' ? { ...payload, uid: `uid of ${id}` } : payload;
  switch (kind) {
    case 'upsert':
      return records.upsert(model, id, whole, 3600);
    case 'claim':
      return records.claim(model, id, whole, 3600);
    case 'replace':
      return records.replace(model, id, whole, 3600);
    case 'consume':
      return records.consume(model, id);
    case 'remove':
      return records.remove(model, id);
    case 'removeByGrant':
      return records.removeByGrant(model, grant).then(() => true);
    case 'revokeGrant':
      return records.revokeGrant(grant).then(() => true);
    default: {
      const found = await records.find(model, id);
      return found ? { number: found.number as number, consumed: found.consumed !== undefined } : null;
    }
  }
}

/** What the map answers, and what it holds afterwards. */
function expected(state: State, { kind, model, id, grant, number }: Step): { answer: Answer; next: State } {
  const place = `${model} ${id}`;
  const entries = { ...state.entries };
  const entry = entries[place];
  const yes = (revoked = state.revoked) => ({ answer: true, next: { entries, revoked } });
  const no = { answer: false, next: state };
  const without = (drop: (name: string, held: Entry) => boolean) => {
    for (const [name, held] of Object.entries(entries)) if (drop(name, held)) delete entries[name];
  };
  switch (kind) {
    case 'find':
      return { answer: entry ? { number: entry.number, consumed: entry.consumed } : null, next: state };
    case 'upsert':
      if (entry?.consumed || (grant !== '' && state.revoked.includes(grant))) return no;
      entries[place] = { number, consumed: false, ...(grant !== '' && model !== 'Grant' && { grant }) };
      return yes();
    case 'claim':
      if (entry) return no;
      entries[place] = { number, consumed: false };
      return yes();
    case 'replace':
      if (!entry) return no;
      entries[place] = { ...entry, number };
      return yes();
    case 'consume':
      if (!entry || entry.consumed) return no;
      entries[place] = { ...entry, consumed: true };
      return yes();
    case 'remove':
      if (!entry) return no;
      delete entries[place];
      return yes();
    case 'removeByGrant':
      without((name, held) => held.grant === grant && name.startsWith(`${model} `));
      return yes();
    default:
      without((name, held) => held.grant === grant || name === `Grant ${grant}`);
      return yes([...new Set([...state.revoked, grant])].toSorted());
  }
}

/** The states in which the map can be when it was asked the steps of one round in any order and gave these answers. */
export function explain(states: readonly State[], round: readonly { step: Step; answer: Answer }[]): State[] {
  if (round.length === 0) return [...states];
  const reached = new Map<string, State>();
  round.forEach(({ step: first, answer }, index) => {
    const fittingStates = states
      .map((state) => expected(state, first))
      .filter((outcome) => JSON.stringify(outcome.answer) === JSON.stringify(answer))
      .map((outcome) => outcome.next);
    if (fittingStates.length === 0) return;
    for (const state of explain(fittingStates, round.toSpliced(index, 1))) reached.set(JSON.stringify(state), state);
  });
  return [...reached.values()];
}
