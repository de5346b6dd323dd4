/**
 * Who may import whom, which package and which table has which owner. The data below is the architecture document:
 * change it together with the code and with the README's account of it.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { factsOf, readTree } from '../support/source-facts.ts';
import { findProblems, type Rules } from './boundaries.ts';

const rules: Rules = {
  rings: {
    base: [],
    config: ['base'],
    db: ['base'],
    domain: ['base', 'db'],
    oidc: ['base', 'domain'],
    http: ['base', 'config', 'domain', 'oidc'],
    jobs: ['base', 'config', 'domain', 'oidc'],
    app: ['base', 'config', 'db', 'domain', 'oidc', 'http', 'jobs'],
    cli: ['base', 'config', 'app'],
    testing: ['base', 'config', 'app'],
    main: ['cli'],
  },
  exceptions: [
    { from: 'oidc', to: 'config', typeOnly: true },
    { from: 'cli/migrate.ts', to: 'db' },
  ],
  doors: { oidc: 'oidc/oidc.ts' },
  edges: {
    keys: ['audit'],
    rehearsals: ['audit', 'keys'],
    clients: ['attributes', 'audit', 'groups', 'sessions'],
    records: ['audit'],
    deliveries: ['audit'],
    logout: ['clients', 'deliveries', 'keys'],
    sessions: ['audit', 'deliveries', 'records'],
    accounts: ['api-keys', 'attributes', 'audit', 'groups', 'sessions', 'throttles'],
    'data-keys': ['audit'],
    readiness: ['clients', 'keys'],
    groups: ['audit'],
    attributes: ['audit'],
    'api-keys': ['audit'],
    'key-uses': ['clients', 'keys'],
    access: ['accounts', 'api-keys', 'attributes', 'audit', 'clients', 'groups', 'sessions'],
    directory: ['access', 'accounts', 'attributes', 'audit', 'clients', 'groups', 'installation'],
  },
  packages: {
    '@koa/router': ['http'],
    '@node-rs/argon2': ['domain/accounts/password.ts'],
    '@zxcvbn-ts/language-common': ['domain/accounts'],
    'better-sqlite3': ['db'],
    eta: ['http/templates.ts'],
    'ipaddr.js': ['base', 'config', 'domain/readiness', 'domain/throttles'],
    jose: ['domain/keys', 'domain/receiver/signature.ts'],
    knex: ['db'],
    koa: ['http', 'oidc'],
    'oidc-provider': ['oidc'],
    pg: ['db'],
    pino: ['base/log.ts'],
    read: ['cli'],
    yaml: ['config'],
    zod: ['base/names.ts', 'config', 'domain', 'http/api'],
  },
  nodeModules: { 'node:process': [], 'node:sqlite': [], 'node:child_process': ['cli'] },
  globals: {
    'process.env': ['config/config.ts'],
    'Date.now': ['base/clock.ts'],
    'new Date()': ['base/clock.ts'],
    console: ['base/log.ts', 'cli/output.ts'],
  },
  computedImports: ['db/migrate.ts'],
  tables: {
    records: 'domain/records',
    revoked_grants: 'domain/records',
    leases: 'db/lease.ts',
    data_keys: 'domain/data-keys',
    keys: 'domain/keys',
    rehearsals: 'domain/rehearsals',
    key_set_fetches: 'domain/readiness',
    client_addresses: 'domain/readiness',
    client_life: 'domain/readiness',
    client_key_uses: 'domain/readiness',
    audit_events: 'domain/audit',
    accounts: 'domain/accounts',
    account_names: 'domain/accounts',
    account_groups: 'domain/accounts',
    account_links: 'domain/accounts',
    throttle_buckets: 'domain/throttles',
    clients: 'domain/clients',
    installation: 'domain/installation',
    groups: 'domain/groups',
    attributes: 'domain/attributes',
    api_keys: 'domain/api-keys',
    sign_outs: 'domain/deliveries',
    deliveries: 'domain/deliveries',
    delivery_attempts: 'domain/deliveries',
  },
};

const root = join(import.meta.dirname, '../..');
const parse = (tree: Record<string, string>) => Object.entries(tree).map(([path, source]) => factsOf(path, source));

describe('the house', () => {
  const sources = readTree(join(root, 'src'));
  const tree = parse(sources);

  it('keeps its boundaries', () => {
    expect(findProblems(tree, rules)).toEqual([]);
  });

  it('is seen whole: every file of src is TypeScript, and no import escapes the parser', () => {
    expect(
      Object.keys(readTree(join(root, 'src'), /./)).filter((path) => !(path in sources) || !path.endsWith('.ts')),
    ).toEqual([]);
    for (const { path, imports } of tree) {
      const written = (sources[path] ?? '').match(/^(import|export) [^;]*? from '[^']+';/gm) ?? [];
      expect(imports.length, path).toBeGreaterThanOrEqual(written.length);
    }
  });

  it('gives every table of the migrations an owner, and every package of the list is a dependency', () => {
    const migrations = Object.values(readTree(join(root, 'migrations'))).join('\n');
    const created = [...migrations.matchAll(/createTable(?:IfNotExists)?\(\s*['"`]([^'"`]+)/g)].map(
      (match) => match[1],
    );
    expect(created.filter((table) => !((table as string) in rules.tables))).toEqual([]);
    expect(Object.keys(rules.packages).filter((name) => !(name in packageJson.dependencies))).toEqual([]);
  });
});

describe('the check itself', () => {
  const problemsOf = (tree: Record<string, string>, changed: Partial<Rules> = {}) =>
    findProblems(parse(tree), { ...rules, ...changed });
  const empty = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, 'export const x = 1;\n']));

  it.each([
    ['an import that goes up', 'base/ids.ts', "import { x } from '../db/db.ts';", '`base` may not import `db`'],
    [
      'a type that goes up',
      'domain/keys/keys.ts',
      "import type { X } from '../../oidc/oidc.ts';",
      'may not import `oidc`',
    ],
    [
      'a door in a domain room',
      'domain/keys/keys.ts',
      "import { x } from '../../http/views.ts';",
      'may not import `http`',
    ],
    ['one door into another', 'http/server.ts', "import { x } from '../cli/run.ts';", '`http` may not import `cli`'],
    [
      'a room behind its door',
      'http/server.ts',
      "import { x } from '../domain/keys/store.ts';",
      'reaches past the door of `keys`',
    ],
    [
      'the engine behind its door',
      'app.ts',
      "import { x } from './oidc/adapter.ts';",
      'reaches past the door of `oidc`',
    ],
    [
      'an unlisted edge',
      'domain/audit/audit.ts',
      "import { x } from '../keys/keys.ts';",
      'no edge from `audit` to `keys`',
    ],
    ['a re-export upwards', 'base/ids.ts', "export * from '../db/db.ts';", '`base` may not import `db`'],
    ['a dynamic import upwards', 'base/ids.ts', "await import('../db/db.ts');", '`base` may not import `db`'],
    ['a type of an import() upwards', 'base/ids.ts', "type X = import('../db/db.ts').X;", '`base` may not import `db`'],
    ['a computed import', 'base/ids.ts', 'await import(String(1));', 'imports a computed path'],
    [
      'a value where a type is allowed',
      'oidc/oidc.ts',
      "import { x } from '../config/config.ts';",
      'for its types only',
    ],
    ['the database in a page', 'http/views.ts', "import { x } from '../db/db.ts';", '`http` may not import `db`'],
    ['a file that is not there', 'base/ids.ts', "import { x } from './gone.ts';", 'does not exist'],
    ['a file outside of src', 'base/ids.ts', "import { x } from '../../test/a.ts';", 'lies outside of src'],
    ['a package in a foreign place', 'http/server.ts', "import knex from 'knex';", '`knex`, which belongs to `db`'],
    ['a package by its inner path', 'app.ts', "import x from 'oidc-provider/lib/x.js';", 'belongs to `oidc`'],
    [
      'a package nobody owns',
      'base/ids.ts',
      "import x from '@scope/new/inner.js';",
      '`@scope/new`, which has no owner',
    ],
    ['the environment', 'app.ts', 'export const x = process.env.X;', '`process.env`, which belongs to'],
    ['the environment, taken apart', 'app.ts', 'export const { env } = process;', '`process.env`, which belongs to'],
    [
      'the environment, in quotes',
      'app.ts',
      "export const x = globalThis.process['env'];",
      '`process.env`, which belongs to',
    ],
    ['the environment, imported', 'app.ts', "import { env } from 'node:process';", 'imports `node:process`'],
    ['the time', 'app.ts', 'export const x = Date.now();', '`Date.now`, which belongs to'],
    ['the time, as a date', 'app.ts', 'export const x = new Date();', '`new Date()`, which belongs to'],
    ['the console', 'app.ts', "console.error('x');", '`console`, which belongs to'],
    [
      'a foreign table',
      'http/server.ts',
      "db.all('SELECT id FROM accounts WHERE id = ?');",
      'asks the table `accounts`',
    ],
    [
      'a foreign table in small letters',
      'http/server.ts',
      "db.all('select 1 from accounts');",
      'asks the table `accounts`',
    ],
    [
      'a foreign table in a template',
      'http/server.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a source text that has a template in it.
      'db.all(`SELECT ${x} FROM clients`);',
      'asks the table `clients`',
    ],
    ['a file in no ring', 'stray/thing.ts', 'export const y = 1;', 'lies in no ring'],
  ])('sees %s', (_what, path, source, sentence) => {
    const others = empty(
      'db/db.ts',
      'oidc/oidc.ts',
      'oidc/adapter.ts',
      'http/views.ts',
      'cli/run.ts',
      'config/config.ts',
    );
    const rooms = empty('domain/keys/keys.ts', 'domain/keys/store.ts');
    const problems = problemsOf({ ...others, ...rooms, [path]: `${source}\n` });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`\`${path}\``);
    expect(problems[0]).toContain(sentence);
  });

  it('sees circles, also of types only, and circles in the list of edges', () => {
    const circle = {
      'base/ids.ts': "import type { A } from './log.ts';\n",
      'base/log.ts': "import { b } from './ids.ts';\n",
    };
    expect(problemsOf(circle)).toEqual([
      'These files import each other in a circle: base/ids.ts → base/log.ts → base/ids.ts.',
    ]);
    expect(problemsOf({}, { edges: { keys: ['audit'], audit: ['keys'] } })).toEqual([
      'The listed edges form a cycle: keys → audit → keys.',
    ]);
  });

  it('lets pass what is allowed', () => {
    const tree = {
      ...empty(
        'base/ids.ts',
        'base/clock.ts',
        'db/db.ts',
        'config/config.ts',
        'domain/audit/audit.ts',
        'domain/data-keys/data-keys.ts',
      ),
      'domain/keys/store.ts': "import { x } from '../../db/db.ts';\ndb.all('SELECT * FROM keys');\n",
      'domain/keys/keys.ts':
        "import { x } from './store.ts';\nimport { y } from '../audit/audit.ts';\nimport 'jose';\n",
      'oidc/oidc.ts': "import type { X } from '../config/config.ts';\nimport { y } from '../domain/keys/keys.ts';\n",
      'http/server.ts':
        "import { x } from '../oidc/oidc.ts';\nimport { readFile } from 'node:fs/promises';\nnew Date(0);\n",
      'app.ts': "import { x } from './http/server.ts';\nthrow new Error('Update accounts from clients by hand.');\n",
    };
    expect(problemsOf(tree)).toEqual([]);
  });

  it('refuses a file that it can not read', () => {
    expect(() => parse({ 'base/ids.ts': 'export const = 1;' })).toThrow("base/ids.ts can't be parsed");
  });
});
