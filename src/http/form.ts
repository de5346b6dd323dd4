import type { Context } from 'koa';
import { type FieldProblem, PosternError } from '../base/errors.ts';
import { httpProblem } from './errors.ts';

/** The fields of a posted form; no prototype, so a field may have any name. */
export type Form = Readonly<Record<string, string | undefined>>;

/** What a form may have besides: fields that may be repeated (checkboxes of one name), and its size, 16 KiB unless told. */
export type FormShape = { lists?: readonly string[]; mostKib?: number };

/** No form of ours is wrong in more places; a hostile one would be answered by a page of megabytes. */
const mostProblems = 20;

/** Reads a form without repeated fields; see `readFields`. */
export async function readForm(ctx: Context): Promise<Form> {
  return (await readFields(ctx)).form;
}

/**
 * Reads an application/x-www-form-urlencoded body. Throws `invalid`: 415 for any other content type, 413 for a larger
 * body, 400 for one that is cut off, repeats a field that is no list, or holds a NUL. How long it may take is the server's limit.
 */
export async function readFields(
  ctx: Context,
  { lists: listNames = [], mostKib = 16 }: FormShape = {},
): Promise<{ form: Form; lists: Readonly<Record<string, readonly string[]>> }> {
  requireFormType(ctx);
  const body = await readBody(ctx, mostKib);
  const form: Record<string, string> = Object.create(null);
  const lists: Record<string, string[]> = Object.fromEntries(listNames.map((name) => [name, []]));
  const fields: FieldProblem[] = [];
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    if (fields.length === mostProblems) break;
    if (name in form) fields.push({ path: name.slice(0, 64), message: 'is there more than once' });
    // PostgreSQL can't store it, and no field of a person means it.
    else if (value.includes('\0') || name.includes('\0'))
      fields.push({ path: name.slice(0, 64), message: 'holds a NUL character' });
    else if (listNames.includes(name)) lists[name]?.push(value);
    else form[name] = value;
  }
  if (fields.length > 0) throw httpProblem(400, 'The form can’t be read: a field is repeated or malformed.', fields);
  return { form, lists };
}

function requireFormType(ctx: Context): void {
  const [type = '', ...parameters] = (ctx.get('Content-Type') || '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  const encoded = ctx.get('Content-Encoding') !== '' && ctx.get('Content-Encoding') !== 'identity';
  const foreign = charset !== undefined && !/^charset="?utf-?8"?$/.test(charset);
  if (type.trim() === 'application/x-www-form-urlencoded' && !encoded && !foreign) return;
  // What was sent stays unread.
  ctx.set('Connection', 'close');
  throw httpProblem(415, 'Send this form as application/x-www-form-urlencoded in UTF-8.');
}

async function readBody(ctx: Context, mostKib: number): Promise<Buffer> {
  const mostBytes = mostKib * 1024;
  const chunks: Buffer[] = [];
  let bytes = Number(ctx.get('Content-Length') || 0);
  if (bytes > mostBytes) throw tooLarge(ctx, mostKib);
  bytes = 0;
  try {
    // The stream must survive an early end: destroying it would cut the connection before the answer is written.
    for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw tooLarge(ctx, mostKib);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof PosternError) throw error;
    throw httpProblem(400, 'The request ended before its form was complete.');
  }
  return Buffer.concat(chunks);
}

function tooLarge(ctx: Context, mostKib: number): PosternError {
  ctx.set('Connection', 'close');
  return httpProblem(413, `The form is larger than ${mostKib} KiB.`);
}
