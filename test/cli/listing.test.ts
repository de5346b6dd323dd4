import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { printPages } from '../../src/cli/listing.ts';
import { program } from '../support/program.ts';

type Row = { name: string };
const count = 1200;

async function listed(json: boolean) {
  const said: string[] = [];
  const lengths: number[] = [];
  const io = { out: (text: string) => void said.push(text), err: (text: string) => void said.push(text) };
  const all = Array.from({ length: count }, (_, index): Row => ({ name: `name-${index}` }));
  await printPages<Row>(
    { io, json },
    {
      columns: [{ title: 'name' }],
      row: ({ name }) => [name],
      json: (item) => item,
      empty: 'None.',
      async page({ limit, after = '0' }) {
        // How much was written before this page was asked for.
        lengths.push(said.length);
        const end = Number(after) + limit;
        return { items: all.slice(Number(after), end), next: end < count ? String(end) : undefined };
      },
    },
    { flags: {} },
  );
  return { out: said.join(''), lengths };
}

it('a list is written page by page, while it is read', async () => {
  const { out, lengths } = await listed(false);
  expect(out.split('\n')).toHaveLength(count + 2);
  expect(lengths).toEqual([0, 1, 2]);
});

it('as JSON it is one object all the same', async () => {
  const { out, lengths } = await listed(true);
  const { items, next } = JSON.parse(out);
  expect(items).toHaveLength(count);
  expect(items.at(-1)).toEqual({ name: 'name-1199' });
  expect(next).toBeNull();
  expect(lengths).toEqual([0, 1, 2]);
});

it('ends quietly when nobody reads on, as a shell counts it', async () => {
  const child = spawn(process.execPath, [program(), 'help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += String(chunk);
  });
  child.stdout.destroy();
  const status = await new Promise((resolve) => child.once('close', resolve));
  expect({ status, err }).toEqual({ status: 141, err: '' });
});
