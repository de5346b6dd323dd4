/** A plan as text for people. */
import type { Plan } from '../app.ts';
import { printable } from './output.ts';

const signs = { add: '+', change: '~', remove: '-', adopt: '^' };

/** What would be added, changed and removed, and whose access changes by that; empty for an empty plan. */
export function planText({ changes, access }: Plan): string {
  const rows = changes.flatMap(({ kind, id, action, fields }) => [
    `  ${signs[action]} ${kind.padEnd(9)} ${printable(id)}${action === 'adopt' ? '   (the file takes it over)' : ''}`,
    ...(action === 'add' ? [] : (fields ?? [])).map(
      ({ path, before, after }) => `        ${printable(path)}: ${valueText(before)} → ${valueText(after)}`,
    ),
  ]);
  const accessRows = access.map(({ clientId, ...change }) => {
    const parts = [
      namesText('gained by', change.gains, change.gainsCount),
      namesText('lost by', change.loses, change.losesCount),
    ];
    return `  ${printable(clientId)}: ${parts.filter((part) => part !== '').join('; ')}`;
  });
  return [...rows, ...(accessRows.length > 0 ? ['', 'Access', ...accessRows] : []), '']
    .map((line) => `${line}\n`)
    .join('');
}

/** `2 to add, 1 to change`, or what has been done. */
export function amountsText({ changes }: Plan, words: Record<keyof typeof signs, string>): string {
  const amounts = (Object.keys(signs) as (keyof typeof signs)[]).flatMap((action) => {
    const count = changes.filter((change) => change.action === action).length;
    return count === 0 ? [] : [`${count} ${words[action]}`];
  });
  return amounts.join(', ');
}

function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

function namesText(what: string, names: readonly string[], count: number): string {
  if (count === 0) return '';
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  return `${what} ${count}: ${names.map((name) => printable(name)).join(', ')}${more}`;
}
