/** The query of a request against an allow-list: what is not named, or is there twice, is refused (security.md M11). */
import { z } from 'zod';
import { inWords } from '../../base/problems.ts';
import { httpProblem } from '../errors.ts';

/** What every list takes: how many at once, and after which place. */
export const page = z.object({
  limit: z.coerce.number<string>().int().min(1).max(200).default(50).describe('At most so many items, 200 at most.'),
  after: z.string().min(1).max(2048).optional().describe('The `next` of the page before.'),
});

const nothing = z.object({});

/** The query as the schema has it. Throws `invalid` (400) with every problem. */
export function readQuery(schema: z.ZodObject | undefined, querystring: string): Record<string, unknown> {
  const { shape } = schema ?? nothing;
  const given = [...new URLSearchParams(querystring)];
  const names = Object.keys(shape).join(', ');
  const fields = given
    .filter(([name]) => !Object.hasOwn(shape, name))
    .map(([name]) => ({ path: name.slice(0, 64), message: `is not taken here; what is: ${names || 'nothing'}` }));
  const repeated = Object.keys(shape).filter((name) => given.filter(([other]) => other === name).length > 1);
  fields.push(...repeated.map((path) => ({ path, message: 'is there more than once' })));
  const nul = given.filter(([name, value]) => Object.hasOwn(shape, name) && value.includes('\0'));
  fields.push(...nul.map(([path]) => ({ path, message: 'holds a NUL character' })));
  const parsed = (schema ?? nothing).safeParse(Object.fromEntries(given), inWords);
  const issues = parsed.error?.issues ?? [];
  fields.push(...issues.map(({ path, message }) => ({ path: String(path[0]), message })));
  if (parsed.data === undefined || fields.length > 0) throw httpProblem(400, 'The query can’t be used.', fields);
  return parsed.data;
}
