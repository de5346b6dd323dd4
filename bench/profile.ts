/** Where Postern's CPU goes in one flow: a V8 CPU profile, summed up by package and by function. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Flow, prepare } from './flows.ts';
import { load } from './load.ts';
import type { Options } from './section.ts';
import type { Target } from './target.ts';

type Frame = { functionName: string; url: string; lineNumber: number };
type Profile = { nodes: { id: number; callFrame: Frame }[]; samples: number[]; timeDeltas: number[] };

/** Puts load on `flow` for three seconds under the profiler and returns the summary as text. */
export async function profileFlow(target: Target, flow: Flow, options: Options): Promise<string> {
  const prepared = await prepare(target, 16);
  await load(target.port, flow.step(prepared), { connections: 16, seconds: 2 });
  const file = join(options.directory, 'flow.cpuprofile');
  await target.child.ask('startProfile');
  await load(target.port, flow.step(prepared), { connections: 16, seconds: 3 });
  await target.child.ask('stopProfile', { file });
  return `${flow.name}\n${summary(JSON.parse(readFileSync(file, 'utf8')))}`;
}

function place({ functionName, url }: Frame): string {
  if (functionName.startsWith('(')) return functionName;
  const inPackage = url.split('node_modules/').at(-1);
  if (url.includes('node_modules/'))
    return (inPackage ?? '')
      .split('/')
      .slice(0, url.includes('/@') ? 2 : 1)
      .join('/');
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  if (url === '') return 'native';
  return url.split('/').slice(-2).join('/');
}

function summary(profile: Profile): string {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const byPlace = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let busy = 0;
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id);
    const spent = profile.timeDeltas[index] ?? 0;
    if (!frame || frame.functionName === '(idle)' || frame.functionName === '(program)') return;
    busy += spent;
    const short = frame.url.split('node_modules/').at(-1)?.split('/').slice(-3).join('/');
    const name = `${frame.functionName || '(anonymous)'} ${short}:${frame.lineNumber + 1}`;
    byPlace.set(place(frame), (byPlace.get(place(frame)) ?? 0) + spent);
    byFunction.set(name, (byFunction.get(name) ?? 0) + spent);
  });
  return [...top(byPlace, busy, 16), '', ...top(byFunction, busy, 30)].join('\n');
}

function top(spent: Map<string, number>, total: number, count: number): string[] {
  return [...spent]
    .sort((left, right) => right[1] - left[1])
    .slice(0, count)
    .map(([name, time]) => `${((time / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
}
