/**
 * `npm run bench -- [flows] [start] [growth] [purge] [administration] [timing] [rotation] [logout]`: measures the sections named, or
 * all, and writes the tables into the README. Expects `dist` to be built. Exit status 1 when a request failed; a goal that is not
 * met is reported, not fatal.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inRepository } from './child.ts';
import { render, writeSection } from './report.ts';
import type { Options, Section } from './section.ts';
import { runAdministration } from './section-administration.ts';
import { runFlows } from './section-flows.ts';
import { runGrowth } from './section-growth.ts';
import { runLogout } from './section-logout.ts';
import { runPurge } from './section-purge.ts';
import { runRotation } from './section-rotation.ts';
import { runStart } from './section-start.ts';
import { runTiming } from './section-timing.ts';

const sections: Section[] = [
  { name: 'flows', title: 'Flows beside bare oidc-provider', run: runFlows },
  { name: 'start', title: 'Start', run: runStart },
  { name: 'growth', title: 'Growth of the records table', run: runGrowth },
  { name: 'purge', title: 'Purge of expired records under load', run: runPurge },
  { name: 'administration', title: 'Administration of 100,000 accounts', run: runAdministration },
  { name: 'timing', title: 'What the time of an answer gives away', run: runTiming },
  { name: 'rotation', title: 'Rotation of signing keys under load', run: runRotation },
  { name: 'logout', title: 'Telling apps of sign-outs', run: runLogout },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    large: { type: 'boolean', default: false },
    profile: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
  },
});

function fail(message: string): never {
  console.error(message);
  process.exit(64);
}

const unknown = positionals.filter((name) => !sections.some((section) => section.name === name));
if (unknown.length > 0)
  fail(`No such section: ${unknown.join(', ')}. There are ${sections.map((one) => one.name).join(', ')}.`);
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
if (!(rounds >= 1 && seconds > 0)) fail('--rounds and --seconds take positive numbers.');

const directory = mkdtempSync(join(tmpdir(), 'postern-bench-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
const say = (line: string) => console.log(line);
const options: Options = { rounds, seconds, large: values.large, profile: values.profile, directory, say };

let errors = 0;
for (const section of sections.filter((one) => positionals.length === 0 || positionals.includes(one.name))) {
  say(`\n# ${section.title}`);
  const result = await section.run(options);
  if (options.profile) continue;
  errors += result.errors;
  const markdown = render(section, result);
  say(markdown);
  if (values['no-write']) continue;
  if (!writeSection(inRepository('README.md'), section, markdown))
    say('README.md has no bench block; nothing written.');
}
process.exit(errors === 0 ? 0 : 1);
