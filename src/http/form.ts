import type { Context } from 'koa';
import { type FieldProblem, PosternError } from '../base/errors.ts';
import { httpProblem } from './errors.ts';

/** The fields of a posted form; no prototype, so a field may have any name. */
export type Form = Readonly<Record<string, string | undefined>>;

const mostBytes = 16 * 1024;

/**
 * Reads an application/x-www-form-urlencoded body of up to 16 KiB. Throws `invalid`: 415 for any other content type,
 * 413 for a larger body, 400 for one that is cut off, repeats a field or holds a NUL. How long it may take is the server's limit.
 */
export async function readForm(ctx: Context): Promise<Form> {
  requireFormType(ctx);
  const body = await readBody(ctx);
  const form: Record<string, string> = Object.create(null);
  const fields: FieldProblem[] = [];
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    if (name in form) fields.push({ path: name.slice(0, 64), message: 'is there more than once' });
    // PostgreSQL can't store it, and no field of a person means it.
    else if (value.includes('\0') || name.includes('\0'))
      fields.push({ path: name.slice(0, 64), message: 'holds a NUL character' });
    else form[name] = value;
  }
  if (fields.length > 0) throw httpProblem(400, 'The form can’t be read: a field is repeated or malformed.', fields);
  return form;
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

async function readBody(ctx: Context): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = Number(ctx.get('Content-Length') || 0);
  if (bytes > mostBytes) throw tooLarge(ctx);
  bytes = 0;
  try {
    // The stream must survive an early end: destroying it would cut the connection before the answer is written.
    for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw tooLarge(ctx);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof PosternError) throw error;
    throw httpProblem(400, 'The request ended before its form was complete.');
  }
  return Buffer.concat(chunks);
}

function tooLarge(ctx: Context): PosternError {
  ctx.set('Connection', 'close');
  return httpProblem(413, `The form is larger than ${mostBytes / 1024} KiB.`);
}
