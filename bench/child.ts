/** A measured server process: started with the meter, asked over IPC, ended by its own id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type Usage = { cpuMicroseconds: number; rssBytes: number };
export type Child = {
  pid: number;
  /** Sends a question over IPC and resolves with the answer of the same name. */
  ask(question: string, extra?: Record<string, string>): Promise<Record<string, unknown>>;
  /** The next answer of that name that comes without a question. */
  next(answer: string): Promise<Record<string, unknown>>;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
};

export const inRepository = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Starts `node <script> …` with the meter and an IPC channel; what it prints is shown when it ends by itself. */
export function startChild(script: string, parameters: string[], env: Record<string, string> = {}): Child {
  const meter = new URL('meter.mjs', import.meta.url).href;
  const child = spawn(process.execPath, ['--import', meter, inRepository(script), ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  });
  let printed = '';
  let stopping = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      printed = (printed + text).slice(-4000);
    });
  }
  const ended = once(child, 'exit').then(([status]) => {
    if (!stopping) throw new Error(`${script} ended with ${status} while it was measured:\n${printed}`);
  });
  ended.catch(() => undefined);
  const next = (answer: string) => Promise.race([nextAnswer(child, answer), ended]) as ReturnType<Child['next']>;

  async function ask(question: string, extra: Record<string, string> = {}) {
    const answer = next(question);
    child.send({ ask: question, ...extra });
    return answer;
  }

  return {
    pid: child.pid as number,
    ask,
    next,
    async usage() {
      const { cpu, rss } = (await ask('usage')) as { cpu: NodeJS.CpuUsage; rss: number };
      return { cpuMicroseconds: cpu.user + cpu.system, rssBytes: rss };
    },
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), 12_000);
      await ended;
      clearTimeout(forced);
    },
  };
}

function nextAnswer(child: ChildProcess, answer: string): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    function listener(message: unknown) {
      const given = message as { answer?: string };
      if (given.answer !== answer) return;
      child.off('message', listener);
      resolve(given);
    }
    child.on('message', listener);
  });
}
