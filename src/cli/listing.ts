/** Lists that are written while they are read, page by page, so that 100,000 rows take no more memory than a few hundred. */
import type { PageOf, PageRequest } from '../base/paging.ts';
import { jsonText } from './output.ts';
import { type Column, createTable } from './table.ts';
import type { Call } from './verbs.ts';
import { numberFrom } from './words.ts';

/** The flags of every list that has pages. */
export const pagingFlags = {
  limit: { value: 'n', help: 'one page of at most n rows' },
  after: { value: 'cursor', help: 'the page that begins after the one before' },
} as const;
type PagingFlags = { limit?: string | undefined; after?: string | undefined };

const pageSize = 500;
const oneOnly = 50;
const mostOnOnePage = 1000;

export type Listing<Item> = {
  readonly columns: readonly Column[];
  readonly row: (item: Item) => readonly string[] | Promise<readonly string[]>;
  readonly json: (item: Item) => unknown;
  /** What is said when there is nothing. */
  readonly empty: string;
  readonly page: (request: PageRequest) => Promise<PageOf<Item>>;
};

/**
 * Writes one page when the flags ask for one (or `onePage` says so), else all of them: as a table, or as the API has it:
 * `{ "items": […], "next": … }`.
 */
export async function printPages<Item>(
  { io, json }: Pick<Call, 'io' | 'json'>,
  listing: Listing<Item>,
  { flags, onePage = false }: { flags: PagingFlags; onePage?: boolean },
): Promise<void> {
  const isOne = onePage || flags.limit !== undefined || flags.after !== undefined;
  const asked = flags.limit === undefined ? oneOnly : numberFrom('limit', flags.limit, [1, mostOnOnePage]);
  const writer = json ? createJsonWriter(io, listing) : createTableWriter(io, listing);
  let after = flags.after;
  do {
    const page = await listing.page({ limit: isOne ? asked : pageSize, after });
    await writer.items(page.items);
    await io.drained?.();
    after = page.next;
  } while (!isOne && after !== undefined);
  writer.end(after);
}

/** A list without pages. */
export function printAll<Item>(
  call: Pick<Call, 'io' | 'json'>,
  listing: Omit<Listing<Item>, 'page'>,
  items: Item[],
): Promise<void> {
  const page = async () => ({ items, next: undefined });
  return printPages(call, { ...listing, page }, { flags: {} });
}

function createJsonWriter<Item>(io: Call['io'], { json }: Listing<Item>) {
  let count = 0;
  return {
    async items(items: readonly Item[]): Promise<void> {
      let text = '';
      for (const item of items) {
        const shown = jsonText(await json(item), 2).replaceAll('\n', '\n    ');
        text += `${count++ === 0 ? '{\n  "items": [' : ','}\n    ${shown}`;
      }
      io.out(text);
    },
    end: (next: string | undefined) =>
      io.out(`${count === 0 ? '{\n  "items": []' : '\n  ]'},\n  "next": ${jsonText(next ?? null)}\n}\n`),
  };
}

function createTableWriter<Item>(io: Call['io'], { columns, row, empty }: Listing<Item>) {
  const table = createTable(io, columns);
  let count = 0;
  return {
    async items(items: readonly Item[]): Promise<void> {
      const rows: (readonly string[])[] = [];
      for (const item of items) rows.push(await row(item));
      table.rows(rows);
      count += rows.length;
    },
    /** What is not a row goes to standard error. */
    end(next: string | undefined): void {
      if (count === 0 && next === undefined) io.err(`${empty}\n`);
      if (next !== undefined) io.err(`There is more: --after ${next}\n`);
    },
  };
}
