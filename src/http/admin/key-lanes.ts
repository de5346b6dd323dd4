/** The life of keys as a picture: one lane for each, all on one axis of time. Pure. */
import { type KeyOutlook, type Outlook, spanOf } from '../../domain/keys/keys.ts';
import type { KeyLane, KeyLook, TimeAxis } from '../views.ts';
import { keyPath } from './rows.ts';

type Drawn = { axis: TimeAxis; lanes: KeyLane[] };
type Look = Pick<KeyOutlook, 'state' | 'isDamaged' | 'isRevoked'>;

/** However short it was, it can be seen. */
const leastPercent = 0.5;
const percent = (share: number): number => Math.round(share * 10_000) / 100;

export function lookOf({ state, isDamaged, isRevoked }: Look): KeyLook {
  if (isRevoked) return 'revoked';
  return isDamaged ? 'damaged' : state;
}

/** `clients`: how many there are of each algorithm. */
export function draw(outlooks: readonly Outlook[], now: number, clients: ReadonlyMap<string, number>): Drawn {
  const span = spanOf(outlooks, now);
  const placeOf = (at: number) => Math.min(100, Math.max(0, percent((at - span.from) / (span.to - span.from))));
  const lanes = outlooks.flatMap((outlook) =>
    outlook.keys.map((key) => laneOf(key, outlook, { now, placeOf, clients })),
  );
  return { axis: { ...span, now: placeOf(now) }, lanes };
}

type Canvas = { now: number; placeOf(at: number): number; clients: ReadonlyMap<string, number> };

function laneOf(key: KeyOutlook, { steps, isMade }: Outlook, canvas: Canvas): KeyLane {
  const { kid, algorithm, state, createdAt, phases } = key;
  const signing = phases.find((phase) => phase.state === 'active');
  const last = phases.at(-1);
  const isSigning = state === 'active';
  const publishing = steps.find(({ kind }) => kind === 'publish' || kind === 'replace');
  return {
    ...{ kid, algorithm, href: keyPath(kid), state: lookOf(key), createdAt },
    kind: signing === undefined ? 'never' : (state as KeyLane['kind']),
    isWaiting: key.waitsUntil !== undefined,
    signsAt: signing?.from ?? createdAt,
    stopsAt: signing?.to ?? key.retiredAt ?? createdAt,
    removesAt: last?.to ?? createdAt,
    nextAt: isSigning ? publishing?.at : undefined,
    isDropped: isSigning && !isMade,
    clients: state === 'retiring' ? undefined : canvas.clients.get(algorithm),
    bars: barsOf(phases, canvas),
  };
}

/** What has begun as what it is; all that has not as one plan. */
function barsOf(phases: KeyOutlook['phases'], { now, placeOf }: Canvas): KeyLane['bars'] {
  const begun = phases.filter(({ from }) => from <= now);
  const planned = phases.slice(begun.length);
  const plan =
    planned.length > 0 ? [{ state: 'planned' as const, from: planned[0]?.from ?? 0, to: planned.at(-1)?.to ?? 0 }] : [];
  return [...begun, ...plan].map(({ state: kind, from, to }) => {
    const x = Math.min(placeOf(from), 100 - leastPercent);
    return { kind, x, width: Math.max(leastPercent, Math.round((placeOf(to) - x) * 100) / 100) };
  });
}
