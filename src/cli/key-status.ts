/** `postern key status`: all keys on one timeline, and what comes next. */
import type { App, KeyReadiness, Outlook } from '../app.ts';
import { answerOf } from './answers.ts';
import { barOf, type Frame, legend, nextText, readinessText, stepText } from './key-text.ts';
import { verb } from './verbs.ts';
import { timeText } from './words.ts';

const barWidth = 44;

type Algorithm = Outlook & { readiness: KeyReadiness | undefined };
type Status = {
  at: number;
  algorithms: Algorithm[];
  cookieKeys: ReturnType<App['dataKeys']['cookies']['list']>;
  cookieKeyRenewsAt: number;
};

export const status = verb({
  ...{ words: [], help: 'all keys on one timeline, what comes next and when, and which clients lag behind', flags: {} },
  async run({ withApp, tell }) {
    await withApp(async (app) => {
      const found = await statusOf(app);
      const { spanOf } = await import('../app.ts');
      const frame = { ...spanOf(found.algorithms, found.at), now: found.at, width: barWidth };
      tell(await answerOf('keyStatus', found), textOf(found, frame));
    });
  },
});

async function statusOf({ keys, dataKeys, clock, config, readiness }: App): Promise<Status> {
  const outlooks = await keys.outlook();
  const algorithms = outlooks.map(async (outlook): Promise<Algorithm> => {
    const pending = outlook.keys.find(({ state }) => state === 'pending');
    return { ...outlook, readiness: pending && (await readiness.of(pending.kid)) };
  });
  const cookieKeys = dataKeys.cookies.list();
  const youngest = Math.max(...cookieKeys.map(({ createdAt }) => createdAt));
  return {
    ...{ at: clock.now(), algorithms: await Promise.all(algorithms), cookieKeys },
    cookieKeyRenewsAt: youngest + config.keys.cookieSeconds * 1000,
  };
}

function textOf({ at, algorithms, cookieKeys, cookieKeyRenewsAt }: Status, frame: Frame): string {
  const [newest] = cookieKeys;
  const lines = [
    `${day(frame.from)} to ${day(frame.to)}; now it is ${timeText(at)}`,
    legend,
    ...algorithms.flatMap((algorithm) => ['', ...linesOf(algorithm, frame)]),
    '',
    `cookies: ${newest?.id} of ${timeText(newest?.createdAt)}; renewed ${timeText(cookieKeyRenewsAt)}`,
  ];
  return `${lines.join('\n')}\n`;
}

const day = (at: number): string => timeText(at).slice(0, 10);

function linesOf({ algorithm, keys, steps, readiness }: Algorithm, frame: Frame): string[] {
  const [next] = steps;
  return [
    `${algorithm}${keys.some(({ state }) => state === 'active') ? '' : ': nothing signs'}`,
    ...keys.flatMap((key) => [
      `  ${key.state.padEnd(8)}  ${key.kid}`,
      `  ${barOf(key.phases, frame).padEnd(frame.width)}  ${nextText(key)}`,
      ...(key.state === 'pending' && readiness ? readinessText(readiness).map((line) => `  ${line}`) : []),
    ]),
    ...(next ? [`  next: ${stepText(next, frame.now)}`] : []),
  ];
}
