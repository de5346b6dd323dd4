/**
 * Section `administration`: the pages and the REST API over 100,000 accounts and 500 clients, and `postern apply` of a file
 * with 1,000 accounts. The pages take turns; every apply begins with an empty directory.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createVisitor } from '../src/testing/sign-in.ts';
import { inRepository } from './child.ts';
import { accountAt, administrator, directoryFile, fillDirectory } from './directory.ts';
import { posternArguments, posternScript, startPosternAt } from './postern-target.ts';
import { type Goal, type Options, type Result, table } from './section.ts';
import { median, quantile, spread } from './statistics.ts';
import { freePort } from './target.ts';

const size = { accounts: 100_000, clients: 500 };
const declared = 1000;
const asksPerRound = 4;
const run = promisify(execFile);

type Question = { what: string; path: string; samples: number[] };
type Ask = (path: string) => Promise<{ status: number; text: string }>;

const question = (what: string, path: string): Question => ({ what, path, samples: [] });

/** What an administrator opens; ids are looked up first. */
async function pagesOf(ask: Ask, api: Ask): Promise<Question[]> {
  const one = accountAt(size.accounts / 2).username;
  const found = JSON.parse((await api(`/api/v1/accounts?search=${one}`)).text) as { items: { id: string }[] };
  const next = /href="(\/admin\/accounts\?[^"]*after=[^"]+)"/.exec((await ask('/admin/accounts')).text)?.[1] ?? '';
  return [
    question('accounts, first page', '/admin/accounts'),
    question('accounts, next page', next.replaceAll('&amp;', '&')),
    question('accounts, search that many match', '/admin/accounts?search=hartmann'),
    question('accounts, search that one matches', `/admin/accounts?search=${one}`),
    question('accounts, search that none matches', '/admin/accounts?search=nobody-is-called-that'),
    question('accounts of one group', '/admin/accounts?group=team-7'),
    question('one account', `/admin/accounts/${found.items[0]?.id}`),
    question('groups', '/admin/groups'),
    question('clients, first page', '/admin/clients'),
    question('clients, search', '/admin/clients?search=number%20333'),
    question('one client', '/admin/clients/client-333'),
    question('what one account would get from a client', `/admin/clients/client-333?as=${one}`),
    question('audit, first page', '/admin/audit'),
    question('audit of one kind', '/admin/audit?event=client.'),
    question('audit of one account', `/admin/audit?account=${found.items[0]?.id}`),
    question('overview', '/admin'),
  ];
}

const apiQuestions = () => [
  question('API: accounts, first page', '/api/v1/accounts'),
  question('API: accounts, search that none matches', '/api/v1/accounts?search=nobody-is-called-that'),
  question('API: clients, first page', '/api/v1/clients'),
];

async function measure(questions: readonly Question[], ask: Ask): Promise<void> {
  for (const { path, samples } of questions) {
    const startedAt = performance.now();
    const { status } = await ask(path);
    samples.push(performance.now() - startedAt);
    if (status !== 200) throw new Error(`${path} answered ${status}`);
  }
}

async function measurePages({ directory, rounds, say }: Options): Promise<Question[]> {
  const port = await freePort();
  const settings = posternArguments(join(directory, 'administration'), port);
  const key = await fillDirectory(settings.at(-1) as string, size, say);
  const target = await startPosternAt('Postern', port, settings);
  try {
    const visitor = createVisitor(`http://localhost:${port}`);
    const signIn = await visitor.open('/admin');
    const first = await visitor.submit(signIn, administrator);
    if (!first.url.includes('/admin')) throw new Error(`the administrator did not get in: ${first.url}`);
    const ask: Ask = (path) => visitor.request(path);
    const api: Ask = async (path) => {
      const answer = await fetch(`http://localhost:${port}${path}`, { headers: { authorization: `Bearer ${key}` } });
      return { status: answer.status, text: await answer.text() };
    };
    const pages = await pagesOf(ask, api);
    const answers = apiQuestions();
    for (let round = 0; round < rounds * asksPerRound; round += 1) {
      await measure(pages, ask);
      await measure(answers, api);
    }
    return [...pages, ...answers];
  } finally {
    await target.child.stop();
  }
}

type Applied = { apply: number[]; again: number[]; plan: number[] };

async function measureApply({ directory, rounds }: Options): Promise<Applied> {
  const applied: Applied = { apply: [], again: [], plan: [] };
  const timed = async (samples: number[], command: string, file: string) => {
    const startedAt = performance.now();
    await run(process.execPath, [inRepository(posternScript), command, '--config', file]);
    samples.push(performance.now() - startedAt);
  };
  for (let round = 0; round < rounds; round += 1) {
    const folder = join(directory, `apply-${round}`);
    mkdirSync(folder, { mode: 0o700 });
    const file = join(folder, 'postern.yaml');
    writeFileSync(file, JSON.stringify(directoryFile(4400, join(folder, 'data'), declared)), { mode: 0o600 });
    await timed(applied.apply, 'apply', file);
    await timed(applied.again, 'apply', file);
    await timed(applied.plan, 'plan', file);
  }
  return applied;
}

export async function runAdministration(options: Options): Promise<Result> {
  const questions = await measurePages(options);
  const applied = await measureApply(options);
  const rows = questions.map(({ what, samples }) => [what, spread(samples, 1), quantile(samples, 0.95).toFixed(1)]);
  const commands = [
    [`apply, ${declared} new accounts`, spread(applied.apply)],
    ['apply of the same file again', spread(applied.again)],
    ['plan of the same file', spread(applied.plan)],
  ];
  const rules = `${size.accounts.toLocaleString('en')} accounts, ${size.clients} clients, SQLite; ${options.rounds * asksPerRound} requests each, taking turns. Median (min–max).`;
  const commandRules = `The whole command, ${options.rounds} times, without passwords. Median (min–max).`;
  const markdown = [
    table(['', 'ms', '95 %'], rows),
    '',
    rules,
    '',
    table(['command', 'ms'], commands),
    '',
    commandRules,
  ].join('\n');
  return { markdown, goals: goalsOf(questions, applied), errors: 0 };
}

function goalsOf(questions: readonly Question[], { apply }: Applied): Goal[] {
  const slowest = Math.max(...questions.map(({ samples }) => median(samples)));
  return [
    { what: 'slowest of these pages at the median', measured: slowest, limit: 200, unit: 'ms' },
    { what: `apply of ${declared} accounts`, measured: median(apply) / 1000, limit: 5, unit: 's' },
  ];
}
