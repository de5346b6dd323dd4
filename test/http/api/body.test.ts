import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readJson, requireMembers } from '../../../src/http/api/body.ts';

type Sent = { type?: string; headers?: Record<string, string> };

function contextOf(chunks: (string | Buffer)[], { type = 'application/json', headers = {} }: Sent = {}): Context {
  const all: Record<string, string> = { 'content-type': type, ...headers };
  const req = Readable.from(chunks.map((chunk) => Buffer.from(chunk as string)));
  return { req, get: (name: string) => all[name.toLowerCase()] ?? '', set: () => undefined } as unknown as Context;
}

const read = (text: string | Buffer, sent?: Sent) => readJson(contextOf([text], sent), ['application/json']);
const refusal = (httpStatus: number) => expect.objectContaining({ code: 'invalid', cause: { httpStatus } });

describe('a JSON body', () => {
  it('is read, also in pieces that cut a character', async () => {
    const bytes = Buffer.from('{"name":"Zoë","n":1.5,"list":[null,true]}');
    const pieces = [bytes.subarray(0, 12), bytes.subarray(12)];
    expect(await readJson(contextOf(pieces), ['application/json'])).toEqual({
      name: 'Zoë',
      n: 1.5,
      list: [null, true],
    });
  });

  it('keeps the last of two members of one name', async () => {
    expect(await read('{"a":1,"a":2}')).toEqual({ a: 2 });
  });

  it.each([
    ['no JSON', '{"a":'],
    ['nothing', ''],
    ['more than one value', '{} {}'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a NUL', '{"a":"\\u0000"}'],
    ['a name with a NUL', '{"\\u0000":1}'],
    ['half a character', '{"a":"\\ud800"}'],
    ['a number without an end', '{"a":1e999}'],
    ['__proto__', '{"a":{"__proto__":{"admin":true}}}'],
    ['__proto__ in disguise', '{"\\u005f_proto__":{"admin":true}}'],
    ['a depth without reason', `${'['.repeat(34)}${']'.repeat(34)}`],
    ['a depth that ends stacks', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ])('refuses %s with 400', async (_what, text) => {
    await expect(read(text)).rejects.toEqual(refusal(400));
  });

  it.each([
    ['a form', { type: 'application/x-www-form-urlencoded' }],
    ['text', { type: 'text/plain' }],
    ['nothing said', { type: '' }],
    ['another charset', { type: 'application/json; charset=utf-16' }],
    ['a compressed one', { headers: { 'content-encoding': 'gzip' } }],
  ])('refuses %s with 415', async (_what, sent) => {
    await expect(read('{}', sent)).rejects.toEqual(refusal(415));
  });

  it('refuses more than 1 MiB with 413, announced or not, and takes what is just as long', async () => {
    const text = (bytes: number) => `"${'a'.repeat(bytes - 2)}"`;
    const most = 1024 * 1024;
    expect(await read(text(most))).toHaveLength(most - 2);
    await expect(read(text(most + 1))).rejects.toEqual(refusal(413));
    await expect(read('{}', { headers: { 'content-length': String(most + 1) } })).rejects.toEqual(refusal(413));
  });

  it('says where what is wrong lies', async () => {
    await expect(read('{"a":[{"b":"\\u0000"},1e999]}')).rejects.toEqual(
      expect.objectContaining({
        fields: [
          expect.objectContaining({ path: 'a[1]' }),
          expect.objectContaining({ path: 'a[0].b', message: 'holds a NUL character or half a character' }),
        ],
      }),
    );
  });
});

describe('members', () => {
  const claims = z.strictObject({ locale: z.string() }).optional();
  const schema = z.strictObject({ name: z.string(), count: z.number().optional(), claims });
  const fieldsOf = (body: unknown): string[] => {
    try {
      requireMembers(schema, body);
    } catch (error) {
      return (error as { fields: { path: string }[] }).fields.map(({ path }) => path);
    }
    return [];
  };

  it('that are known go to the room as they are', () => {
    const body = { name: 1 };
    expect(requireMembers(schema, body)).toBe(body);
  });

  it('M03 that are not taken are named, with whatever else is wrong', () => {
    expect(fieldsOf({ name: 1, is_admin: true, passwordHash: 'x' })).toEqual(['is_admin', 'passwordHash', 'name']);
    expect(fieldsOf(JSON.parse('{"name":"a","constructor":{}}'))).toEqual(['constructor']);
    expect(fieldsOf({ name: 'a', nope: 1, claims: { locale: 'de', foo: 1 } })).toEqual(['nope', 'claims.foo']);
  });

  it.each([[null], [[]], ['text'], [1]])('are those of an object: %j is none', (body) => {
    expect(() => requireMembers(schema, body)).toThrow(refusal(422));
  });
});
