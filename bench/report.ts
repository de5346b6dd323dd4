/** Writes what was measured into the README, each section between its own markers inside the bench block. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { type Goal, type Result, type Section, table } from './section.ts';

const openBlock = '<!-- bench -->';
const closeBlock = '<!-- /bench -->';

const met = (goal: Goal) => goal.measured <= goal.limit;
const digits = (goal: Goal) => (goal.limit < 10 ? 2 : 0);
const figure = (goal: Goal, value: number) => `${value.toFixed(digits(goal))} ${goal.unit}`;

function goalTable(goals: Goal[]): string {
  const rows = goals.map((goal) => [
    goal.what,
    `≤ ${figure(goal, goal.limit)}`,
    figure(goal, goal.measured),
    met(goal) ? 'met' : '**not met**',
  ]);
  return table(['figure to reach', 'goal', 'measured', ''], rows);
}

/** The Markdown of a section: heading, what was measured, and a line per goal. */
export function render(section: Section, result: Result): string {
  const goals = result.goals.length === 0 ? [] : ['', goalTable(result.goals)];
  const machine = `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), load generator on the same cores.`;
  return [`### ${section.title}`, '', result.markdown, ...goals, '', machine].join('\n');
}

/** Replaces the section in the file, or adds it; false when there is no file with a bench block. */
export function writeSection(file: string, section: Section, markdown: string): boolean {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const from = text.indexOf(openBlock);
  const to = text.indexOf(closeBlock);
  if (from < 0 || to < from) return false;
  const block = text.slice(from + openBlock.length, to);
  const open = `<!-- bench ${section.name} -->`;
  const close = `<!-- /bench ${section.name} -->`;
  const written = `${open}\n${markdown}\n${close}`;
  const start = block.indexOf(open);
  const end = block.indexOf(close);
  const next =
    start < 0
      ? `${block.trimEnd()}\n\n${written}\n\n`
      : `${block.slice(0, start)}${written}${block.slice(end + close.length)}`;
  writeFileSync(file, text.slice(0, from + openBlock.length) + next + text.slice(to));
  return true;
}
