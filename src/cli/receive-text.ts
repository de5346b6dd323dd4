import { type Problem, problemText, type Received } from '../app/receiver.ts';
import { printable } from './output.ts';
import { secondsText } from './words.ts';

const width = 10;

/** One request as a block: what was answered, what is wrong line by line, and whom the token is about. */
export function receivedText({ at, ok, status, problems, warnings, ...token }: Received): string {
  const row = (name: string, text: string) => printable(`  ${name.padEnd(width)} ${text}`);
  const rows = [
    ...problems.map((problem) => row(problem.step, sentence(problem))),
    ...warnings.map((problem) => row(problem.step, `warning: ${problemText(problem)}`)),
    ...(['sub', 'sid', 'jti'] as const).flatMap((name) => {
      const value = token[name];
      return value === undefined ? [] : [row(name, value)];
    }),
  ];
  const head = `${secondsText(at)}  ${ok ? 'valid' : 'refused'}, answered ${status}`;
  return `${[head, ...rows].join('\n')}\n\n`;
}

const sentence = (problem: Problem): string => {
  const text = problemText(problem);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
};

/** The same for scripts; times as in every other JSON. */
export const receivedJson = ({ at, ok, ...rest }: Received) => ({ at: new Date(at).toISOString(), valid: ok, ...rest });
