/**
 * Reads a JSON body: UTF-8, up to 1 MiB, of a depth and a shape that no room has to fear. What is in it the rooms check;
 * here only members that the operation does not take are refused, so that what a room could do but this door may not
 * (a password for somebody else) never reaches it.
 */
import type { Context } from 'koa';
import type { z } from 'zod';
import { type FieldProblem, PosternError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import { type Issue, inWords, placeOf, problemsOf } from '../../base/problems.ts';
import { httpProblem } from '../errors.ts';

const mostBytes = 1024 * 1024;
const mostDepth = 32;
const mostProblems = 20;

/** The body of a request as JSON. Throws `invalid`: 415 for another content type, 413, and 400 for what is no such JSON. */
export async function readJson(ctx: Context, types: readonly string[]): Promise<unknown> {
  requireType(ctx, types);
  const text = decoded(await readBytes(ctx));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw httpProblem(400, 'The body is not JSON.');
  }
  const fields = harmful(value);
  if (fields.length > 0) throw httpProblem(400, 'The body holds what cannot be stored.', fields);
  return value;
}

/** Whether the request announces a body at all. */
export const hasBody = (ctx: Context): boolean =>
  Number(ctx.get('Content-Length') || 0) > 0 || ctx.get('Transfer-Encoding') !== '';

/**
 * The body as an object with no member beside those of the schema. Throws `invalid` with every problem the schema sees;
 * where all members are known, what is wrong with their values is for the room to say.
 */
export function requireMembers(schema: z.ZodObject, body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw httpProblem(422, 'The body must be a JSON object.');
  }
  const known = Object.keys(schema.shape);
  const unknown = Object.keys(body).filter((name) => !Object.hasOwn(schema.shape, name));
  if (unknown.length === 0) return body as Record<string, unknown>;
  const fields = unknown.slice(0, mostProblems).map((name): FieldProblem => {
    const message = known.length === 0 ? 'is not taken: nothing is' : `is not taken here${suggestion(name, known)}`;
    return { path: name.slice(0, 64), message };
  });
  const issues: Issue[] = schema.safeParse(body, inWords).error?.issues ?? [];
  const others = issues.filter((issue) => issue.code !== 'unrecognized_keys' || issue.path.length > 0);
  fields.push(...problemsOf(schema, others));
  throw new PosternError('invalid', 'The body holds members that this operation does not take.', { fields });
}

function requireType(ctx: Context, types: readonly string[]): void {
  const [type = '', ...parameters] = (ctx.get('Content-Type') || '').toLowerCase().split(';');
  const isForeign = parameters.some((parameter) => !/^\s*(charset="?utf-?8"?)?\s*$/.test(parameter));
  const isEncoded = ctx.get('Content-Encoding') !== '' && ctx.get('Content-Encoding') !== 'identity';
  if (types.includes(type.trim()) && !isForeign && !isEncoded) return;
  // What was sent stays unread.
  ctx.set('Connection', 'close');
  throw httpProblem(415, `Send the body as ${types.join(' or ')} in UTF-8, without a content encoding.`);
}

async function readBytes(ctx: Context): Promise<Buffer> {
  if (Number(ctx.get('Content-Length') || 0) > mostBytes) throw tooLarge(ctx);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // The stream must survive an early end: destroying it would cut the connection before the answer is written.
    for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw tooLarge(ctx);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof PosternError) throw error;
    throw httpProblem(400, 'The request ended before its body was complete.');
  }
  return Buffer.concat(chunks);
}

function tooLarge(ctx: Context): PosternError {
  ctx.set('Connection', 'close');
  return httpProblem(413, 'The body is larger than 1 MiB. Send less at once.');
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw httpProblem(400, 'The body is not UTF-8.');
  }
}

type Place = { value: unknown; name: PropertyKey | undefined; depth: number; parent: Place | undefined };

/** What JSON can say and no room means; walked without recursion, since the depth is one of the things that are limited. */
function harmful(root: unknown): FieldProblem[] {
  const open: Place[] = [{ value: root, name: undefined, depth: 0, parent: undefined }];
  const problems: FieldProblem[] = [];
  for (let place = open.pop(); place !== undefined && problems.length < mostProblems; place = open.pop()) {
    const { value, name, depth } = place;
    const parent = place;
    const message = depth > mostDepth ? `lies deeper than ${mostDepth} levels` : wrongWith(value, name);
    if (message !== undefined) problems.push({ path: placeOf(pathTo(place)).slice(0, 200), message });
    else if (typeof value === 'object' && value !== null) {
      const isList = Array.isArray(value);
      for (const [key, item] of Object.entries(value)) {
        open.push({ value: item, name: isList ? Number(key) : key, depth: depth + 1, parent });
      }
    }
  }
  return problems;
}

function pathTo(place: Place): PropertyKey[] {
  const path: PropertyKey[] = [];
  for (let at: Place | undefined = place; at?.name !== undefined; at = at.parent) path.unshift(at.name);
  return path;
}

function wrongWith(value: unknown, name: PropertyKey | undefined): string | undefined {
  if (name === '__proto__') return 'is a name that nothing may have';
  if (typeof name === 'string' && !isText(name)) return 'is a name with characters that cannot be stored';
  if (typeof value === 'string' && !isText(value)) return 'holds a NUL character or half a character';
  return typeof value === 'number' && !Number.isFinite(value) ? 'is a number too large' : undefined;
}

/** PostgreSQL takes neither NUL nor half a surrogate pair. */
const isText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
