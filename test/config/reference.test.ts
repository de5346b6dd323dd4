import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { entryTypes } from '../../src/app/entries.ts';
import { loadConfig } from '../../src/config/config.ts';
import { envExample, flagsHelp, jsonSchema, markdownTable } from '../../src/config/reference.ts';
import { schema } from '../../src/config/schema.ts';
import { settingsOf } from '../../src/config/setting.ts';
import { directory, goodSecret, variable } from './place.ts';

const settings = settingsOf(schema);
const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('published copies are what the schema says now (else: npm run docs)', () => {
  it('.env.example', () => {
    expect(read('.env.example')).toBe(envExample());
  });

  it('the table of settings in README.md', () => {
    const table = /<!-- settings -->\n([\s\S]*)<!-- \/settings -->/.exec(read('README.md'))?.[1];
    expect(table?.trim()).toBe(markdownTable().trim());
  });
});

it('every setting has a line of help, and names of its own', () => {
  for (const { key, setting } of settings) expect(setting.help, key).toMatch(/^[A-Za-z0-9][^\n]{5,140}[^.\s]$/);
  for (const names of [settings.map(({ env }) => env), settings.map(({ flag }) => flag)]) {
    const given = names.filter((name) => name !== undefined);
    expect(new Set(given).size).toBe(given.length);
  }
});

it('names follow from the path', () => {
  const find = (key: string) => settings.find((named) => named.key === key);
  expect(find('http.trustProxy')).toMatchObject({ env: 'POSTERN_HTTP_TRUST_PROXY', flag: '--http-trust-proxy' });
  expect(find('database.url')).toMatchObject({ env: 'POSTERN_DATABASE_URL', flag: '--database-url-file' });
  expect(find('clients')).toMatchObject({ env: undefined, flag: undefined });
});

it('help names every flag with its default', () => {
  const help = flagsHelp();
  for (const { flag } of settings) if (flag) expect(help).toContain(`  ${flag}`);
  expect(help).toContain('  --port <number>\n        Port to listen on (4400 in dev and serve, 0 in testing)\n');
  expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

it('the example loads when its lines are taken in', async () => {
  const lines = envExample()
    .split('\n')
    .filter((line) => /^# POSTERN_[A-Z_]+=./.test(line) && !line.includes('_FILE='));
  expect(lines.length).toBeGreaterThan(50);
  const env = Object.fromEntries(lines.map((line) => line.slice(2).split('=', 2) as [string, string]));
  const config = await loadConfig({
    mode: 'serve',
    cwd: directory(),
    env: { ...env, POSTERN_ISSUER: 'https://id.example.org', POSTERN_SECRET: goodSecret },
  });
  expect(config.warnings).toEqual([]);
});

it('the JSON Schema describes the file: strict, with secrets marked', () => {
  const root = jsonSchema() as { additionalProperties: boolean; properties: Record<string, Record<string, unknown>> };
  expect(root.additionalProperties).toBe(false);
  expect(Object.keys(root.properties)).toEqual(Object.keys(schema));
  expect(root.properties.secret).toMatchObject({ writeOnly: true });
  const back = z.fromJSONSchema(root as Parameters<typeof z.fromJSONSchema>[0]);
  expect(back.safeParse({ port: 1, clients: [{ id: 'c' }], host: '127.0.0.1' }).success).toBe(true);
  for (const wrong of [{ port: 'x' }, { prot: 1 }, { clients: [{}] }])
    expect(back.safeParse(wrong).success).toBe(false);
});

it('the JSON Schema describes the lists as their rooms have them, secrets also by reference', () => {
  const root = jsonSchema(entryTypes);
  const back = z.fromJSONSchema(root as Parameters<typeof z.fromJSONSchema>[0]);
  const accepts = (data: unknown) => back.safeParse(data).success;
  const reference = variable('OF_BOB');
  expect(accepts({ accounts: [{ username: 'bob', passwordHash: reference }] })).toBe(true);
  expect(accepts({ clients: [{ id: 'c', kind: 'web', access: 'nobody', secret: { file: 'x' } }] })).toBe(true);
  expect(accepts({ attributes: [{ name: 'a', type: 'date' }] })).toBe(true);
  expect(accepts({ groups: [{ nmae: 'a' }] })).toBe(false);
  expect(accepts({ accounts: [{ username: 'bob', nmae: 'x' }] })).toBe(false);
  expect(accepts({ clients: [{ id: 'c', kind: 'wbe' }] })).toBe(false);
  expect(accepts({ attributes: [{ name: 'a', type: 'colour' }] })).toBe(false);
  expect(JSON.stringify(root)).toContain('"writeOnly":true');
});
