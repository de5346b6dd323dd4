import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { z } from 'zod';
import { type ConfigInput, loadWithOrigins } from '../../src/config/config.ts';
import { printedYaml } from '../../src/config/print.ts';
import { schema } from '../../src/config/schema.ts';
import { type NamedSetting, settingsOf } from '../../src/config/setting.ts';
import { line } from '../../src/domain/clients/text.ts';
import { directory, load } from './place.ts';

/** These have rules between them; their combinations are in problems.test.ts. */
const related = [
  ...['memory', 'sharedDatabase', 'passwords.memoryKib', 'passwords.parallelism'],
  ...['admin.idleSeconds', 'admin.sessionSeconds'],
  ...['keys.publishAheadSeconds', 'keys.activeSeconds', 'keys.maxAgeSeconds'],
];
const lines = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
/** A client's name is more than blanks, which `load` checks by the rules of its room. */
const clientNames = lines.filter((text) => line.safeParse(text).success);
const usernames = fc.string({ unit: fc.constantFrom(...'aäß1#:-"\'~{}[]&*!|>%@`?,.'), minLength: 1, maxLength: 20 });
const networks = fc.constantFrom('10.0.0.0/8', '127.0.0.1', '::1', 'fd00::/8');

const special: Record<string, fc.Arbitrary<unknown>> = {
  // 0 is for testing alone.
  port: fc.integer({ min: 1, max: 65_535 }),
  issuer: fc.constantFrom('https://id.example.org', 'http://localhost:1'),
  logLevel: fc.constantFrom('debug', 'fatal'),
  host: fc.array(fc.constantFrom('127.0.0.1', '::1', 'localhost'), { minLength: 1 }),
  'brand.name': lines,
  'brand.accent': fc.constantFrom('#fff', '#0b6e4f'),
  'brand.helpUrl': fc.constantFrom('mailto:help@example.org', 'https://help.example.org/?a=b#c'),
  'brand.privacyUrl': fc.webUrl({ validSchemes: ['https'] }),
  'http.trustProxy': fc.array(networks),
  'outbound.allow': fc.array(fc.oneof(networks, fc.constantFrom('app.internal', 'app.internal:8443', '[::1]:80'))),
  'admin.groups': fc.constantFrom(['admins'], ['wheel', 'root']),
  'keys.algorithms': fc.constantFrom(['RS256'], ['ES256', 'RS256']),
  'keys.overrides': fc.constantFrom([], [{ algorithm: 'ES256', activeSeconds: 999_999 }]),
  'admin.readGroups': fc.constantFrom([], ['auditors']),
  resources: fc.constantFrom([], [{ identifier: 'urn:example:api', scopes: ['a', 'b:c'], format: 'opaque' as const }]),
  groups: fc.constantFrom([], [{ name: 'engineering', description: 'Builds things' }]),
  attributes: fc.constantFrom([], [{ name: 'department', type: 'string' }]),
  accounts: fc
    .uniqueArray(usernames, { maxLength: 3 })
    .map((names) => names.map((username) => ({ username, name: username }))),
  clients: clientNames.map((name) => [
    { id: 'c', name, redirectUris: ['https://app.example.org/cb'], firstParty: true },
  ]),
};

function arbitraryOf({ key, setting }: NamedSetting): fc.Arbitrary<unknown> | undefined {
  if (related.includes(key) || key.startsWith('lifetimes.') || setting.secret) return undefined;
  if (special[key]) return special[key];
  if (setting.kind === 'boolean') return fc.boolean();
  if (setting.kind === 'path') return lines;
  if (setting.kind !== 'integer') return undefined;
  const { minValue, maxValue } = setting.type as z.ZodNumber;
  return fc.integer({ min: minValue ?? 0, max: maxValue ?? 0 });
}

const someValues = fc
  .record(
    Object.fromEntries(
      settingsOf(schema).flatMap((named) => [[named.key, arbitraryOf(named)]].filter(([, arbitrary]) => arbitrary)),
    ),
    {
      requiredKeys: [],
    },
  )
  .map((byKey) => {
    const root: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(byKey)) {
      const path = key.split('.');
      let level = root;
      for (const step of path.slice(0, -1)) {
        level[step] ??= {};
        level = level[step] as Record<string, unknown>;
      }
      level[path.at(-1) ?? key] = value;
    }
    return root as ConfigInput;
  });

it('has values to try for every setting that stands alone', () => {
  const without = settingsOf(schema).filter((named) => !arbitraryOf(named) && !named.setting.secret);
  expect(without.map((named) => named.key).filter((key) => !key.startsWith('lifetimes.'))).toEqual(related);
});

it('what is printed loads to the same configuration', async () => {
  const cwd = directory();
  await fc.assert(
    fc.asyncProperty(someValues, async (values) => {
      const loaded = await loadWithOrigins({ mode: 'dev', env: {}, cwd, values, file: undefined });
      writeFileSync(join(cwd, 'printed.yaml'), await printedYaml(loaded));
      const again = await load({ cwd, file: 'printed.yaml' });
      const { declaresBrand } = loaded.config;
      expect({ ...again, source: undefined, declaresBrand }).toEqual(loaded.config);
    }),
    { numRuns: 100 },
  );
});

it('tells where every value came from', async () => {
  const cwd = directory({ 'postern.yaml': 'brand: { name: Castle }\n' });
  const loaded = await loadWithOrigins({ mode: 'dev', cwd, env: { POSTERN_PORT: '1' }, argv: ['--memory'] });
  const text = await printedYaml(loaded);
  expect(text).toContain('port: 1 # POSTERN_PORT\n');
  expect(text).toContain('memory: true # --memory\n');
  expect(text).toContain('  name: Castle # postern.yaml:1:16\n');
  expect(text).toContain('logLevel: info # default\n');
});
