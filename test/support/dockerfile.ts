/**
 * Follows a Dockerfile without an engine: each stage becomes a folder, COPY copies, RUN runs there as an unprivileged
 * account. The base images are this machine with the Node that runs the tests; absolute paths are moved into the folder.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

export type Instruction = { name: string; text: string };
export type Stage = { name: string; base: string; instructions: Instruction[] };
export type Account = { uid?: number; gid?: number };

/** A stage that was followed: its folder, and what its instructions say about running it. */
export type Built = {
  root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  command: string[];
  health: string[];
};

export type Site = {
  /** The checkout: where COPY without --from takes its files. */
  context: string;
  /** Where the stages' folders are made; the account must be able to enter it. */
  directory: string;
  /** Who runs RUN steps and gets what `--chown` gives away. Empty when the tests themselves are unprivileged. */
  account: Account;
  /** Steps that are done in another way than written, because they need the network: text → what to do in the folder. */
  instead: Record<string, (folder: string) => void>;
};

export function parseDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  for (const line of text.replaceAll(/\\\n/g, ' ').split('\n')) {
    const [, name, rest] = line.match(/^([A-Z]+)\s+(.*)$/) ?? [];
    if (name === undefined || rest === undefined) continue;
    const [base, , alias] = rest.split(/\s+/);
    if (name === 'FROM') stages.push({ name: alias ?? '', base: base as string, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, text: rest });
  }
  return stages;
}

/** What a COPY takes, from which stage, and where it goes. */
export function parseCopy(text: string): { from?: string; chown?: string; sources: string[]; target: string } {
  const words = text.split(/\s+/);
  const flags = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('='));
  const paths = words.filter((word) => !word.startsWith('--'));
  return { ...Object.fromEntries(flags), sources: paths.slice(0, -1), target: paths.at(-1) as string };
}

/** Follows a stage after those it needs, as an engine does; throws with the output where a step fails. */
export function followStage(stage: Stage, stages: readonly Stage[], site: Site): Built {
  const done = new Map<string, Built>();
  const build = (name: string): Built => {
    const known = done.get(name);
    if (known) return known;
    const next = stages.find((candidate) => candidate.name === name);
    if (!next) throw new Error(`There is no stage ${name}.`);
    const root = join(site.directory, name || 'server');
    mkdirSync(root);
    const isBasedOnStage = stages.some((candidate) => candidate.name === next.base);
    const built: Built = { root, workdir: '/', env: {}, user: '', command: [], health: [] };
    if (isBasedOnStage) inherit(built, build(next.base));
    for (const instruction of next.instructions) follow(instruction, built, build, site);
    done.set(name, built);
    return built;
  };
  return build(stage.name);
}

function inherit(built: Built, base: Built): void {
  Object.assign(built, { ...base, root: built.root });
  execFileSync('cp', ['--archive', '--link', `${base.root}/.`, built.root]);
}

function follow(instruction: Instruction, built: Built, stage: (name: string) => Built, site: Site): void {
  const { name, text } = instruction;
  if (name === 'WORKDIR') {
    built.workdir = text;
    mkdirSync(join(built.root, text), { recursive: true });
  } else if (name === 'ENV') built.env = { ...built.env, ...variables(text, built.root) };
  else if (name === 'USER') built.user = text;
  else if (name === 'ENTRYPOINT' || name === 'CMD') built.command = [...built.command, ...JSON.parse(text)];
  else if (name === 'HEALTHCHECK') built.health = JSON.parse(text.slice(text.indexOf('CMD') + 'CMD'.length));
  else if (name === 'COPY') copy(text, built, stage, site);
  else if (name === 'RUN') run(text, built, site);
  else if (name !== 'EXPOSE' && name !== 'VOLUME') throw new Error(`It is not known how to follow ${name}.`);
}

function variables(text: string, root: string): Record<string, string> {
  const pairs = text.split(/\s+/).map((pair) => pair.split('=') as [string, string]);
  return Object.fromEntries(pairs.map(([name, value]) => [name, value.startsWith('/') ? join(root, value) : value]));
}

function copy(text: string, built: Built, stage: (name: string) => Built, site: Site): void {
  const { from, chown, sources, target } = parseCopy(text);
  const origin = from ? stage(from).root : site.context;
  const destination = join(built.root, target.startsWith('/') ? '/' : built.workdir, target);
  for (const path of sources) {
    const source = join(origin, path);
    if (!existsSync(source)) throw new Error(`COPY ${text}: ${path} does not exist.`);
    copyTree(source, target.endsWith('/') ? join(destination, basename(path)) : destination);
  }
  if (chown) giveAway(destination, site.account);
}

function copyTree(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  if (!statSync(source).isDirectory()) {
    copyFileSync(source, target);
    return;
  }
  mkdirSync(target, { recursive: true });
  execFileSync('cp', ['--archive', `${source}/.`, target]);
}

function run(text: string, built: Built, site: Site): void {
  const folder = join(built.root, built.workdir);
  const instead = site.instead[text];
  if (instead) instead(folder);
  giveAway(built.root, site.account);
  if (instead) return;
  const env = {
    ...environmentOf(built, site),
    HOME: folder,
    npm_config_offline: 'true',
    npm_config_cache: `${folder}/.npm`,
  };
  try {
    execFileSync('/bin/sh', ['-c', text], { cwd: folder, env, ...site.account, stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer };
    throw new Error(`RUN ${text} failed: ${stdout}${stderr}`);
  }
}

/** The image's variables. PATH begins with a copy of the Node that runs the tests, as an image's PATH finds its own Node. */
export function environmentOf(built: Built, site: Site): Record<string, string> {
  const runtime = join(site.directory, 'runtime');
  if (!existsSync(runtime)) {
    mkdirSync(runtime);
    copyFileSync(process.execPath, join(runtime, 'node'));
  }
  return { PATH: `${runtime}${delimiter}${process.env.PATH}`, ...built.env };
}

export function giveAway(path: string, { uid, gid }: Account): void {
  if (uid === undefined) return;
  execFileSync('chown', ['--recursive', '--no-dereference', `${uid}:${gid}`, path]);
}

/** Makes everything but `data` unwritable for the account, as a read-only root file system does. */
export function makeReadOnly(root: string, data: string, account: Account): void {
  if (account.uid !== undefined) giveAway(root, { uid: 0, gid: 0 });
  execFileSync('chmod', ['--recursive', 'a-w,a+rX', root]);
  execFileSync('chmod', ['--recursive', 'u+w', data]);
  giveAway(data, account);
}
