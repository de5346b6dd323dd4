/**
 * rules: what has to hold between settings and in a mode. Pure: final values in, problems by setting and warnings out.
 * It does not know where a value came from.
 */
import { isLoopback } from '../base/addresses.ts';
import type { Mode } from '../base/mode.ts';
import { isIdentityScope } from '../base/scopes.ts';
import { parseUrl } from './formats.ts';
import type { Values } from './schema.ts';
import type { Step } from './source.ts';

/** A problem of one setting; `inside` leads to a part of its value. */
type RuleProblem = { readonly key: string; readonly inside?: readonly Step[]; readonly message: string };

type RuleContext = {
  readonly mode: Mode;
  readonly values: Values;
  isSet(key: string): boolean;
};

/** Problems of the whole. A setting that is wrong by itself has its default here, so that the others are still checked. */
export function ruleProblems(context: RuleContext): RuleProblem[] {
  return [
    ...(context.mode === 'serve' ? serveProblems(context) : []),
    ...portProblems(context),
    ...databaseProblems(context),
    ...lifetimeProblems(context.values.lifetimes),
    ...adminProblems(context.values.admin),
    ...keyProblems(context),
    ...resourceProblems(context.values),
  ];
}

/** What is allowed and yet worth a line at start. */
export function ruleWarnings({ mode, values }: RuleContext): string[] {
  const warnings: string[] = [];
  if (mode === 'serve' && !values.throttle.enabled) {
    warnings.push('throttle.enabled is false: passwords can be guessed without limit.');
  }
  if (mode === 'serve' && values.dangerouslyAllowHttpIssuer && values.issuer.startsWith('http:')) {
    warnings.push('The issuer is plain http: passwords and tokens can be read on the way.');
  }
  const open = values.host.filter((host) => !isLoopback(host));
  if (mode !== 'serve' && open.length > 0) {
    warnings.push(`${mode} listens on ${open.join(', ')}: whoever reaches it can sign in as anybody.`);
  }
  return warnings;
}

function serveProblems({ values, isSet }: RuleContext): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const refuse = (key: string, message: string) => problems.push({ key, message });
  if (!isSet('issuer')) refuse('issuer', 'is required: the https address that browsers and apps use');
  const url = parseUrl(values.issuer);
  if (url?.protocol === 'http:' && !isLoopback(url.hostname) && !values.dangerouslyAllowHttpIssuer) {
    refuse('issuer', 'must be https. Only loopback may be http, or --dangerously-allow-http-issuer must be given');
  }
  if (!isSet('secret')) refuse('secret', 'is required. Make one with: openssl rand -base64 32');
  if (values.memory) refuse('memory', 'is not possible in serve: nothing would be kept');
  if (values.sharedDatabase) refuse('sharedDatabase', 'is not possible in serve: several servers need PostgreSQL');
  if (!values.strictClients) refuse('strictClients', 'cannot be turned off in serve');
  if (!isStrongHash(values.passwords)) {
    refuse('passwords.memoryKib', `is too weak for serve with so few iterations: ${owasp}`);
  }
  return problems;
}

/** Equal-strength steps of the OWASP Password Storage Cheat Sheet for argon2id: KiB and passes. */
const hashSteps = [
  [47_104, 1],
  [19_456, 2],
  [12_288, 3],
  [9216, 4],
  [7168, 5],
] as const;
const owasp = `OWASP's least are ${hashSteps.map(([memory, passes]) => `${memory} KiB × ${passes}`).join(', ')}`;

function isStrongHash({ memoryKib, iterations }: Values['passwords']): boolean {
  return hashSteps.some(([memory, passes]) => memoryKib >= memory && iterations >= passes);
}

/** Apps are told the issuer with its port before anything listens; the fixture finds a free one itself. */
function portProblems({ mode, values }: RuleContext): RuleProblem[] {
  if (mode === 'testing' || values.port !== 0) return [];
  return [
    { key: 'port', message: 'must be a real one: 0 (any free port) is for testing only, as no issuer could name it' },
  ];
}

function databaseProblems({ mode, values, isSet }: RuleContext): RuleProblem[] {
  const problems: RuleProblem[] = [];
  if (isSet('database.url') && isSet('database.file')) {
    problems.push({ key: 'database.file', message: 'is set beside database.url: keep one' });
  }
  if (values.memory && values.database.url !== undefined) {
    problems.push({ key: 'memory', message: 'is set beside database.url: keep one' });
  }
  if (mode === 'testing' && values.database.url !== undefined && !isSet('secret')) {
    problems.push({
      key: 'secret',
      message: 'is required in testing over PostgreSQL: only it opens that database again',
    });
  }
  if (values.memory && values.sharedDatabase) {
    problems.push({ key: 'sharedDatabase', message: 'is not possible with a database in memory' });
  }
  // argon2 itself needs 8 KiB for each lane.
  if (values.passwords.memoryKib < 8 * values.passwords.parallelism) {
    problems.push({ key: 'passwords.parallelism', message: 'needs 8 KiB of passwords.memoryKib for each lane' });
  }
  return problems;
}

function lifetimeProblems(lifetimes: Values['lifetimes']): RuleProblem[] {
  const notBeyond = [
    ['sessionIdleSeconds', 'sessionSeconds'],
    ['refreshTokenIdleSeconds', 'refreshTokenSeconds'],
    ['refreshTokenSeconds', 'grantSeconds'],
  ] as const;
  return notBeyond
    .filter(([shorter, longer]) => lifetimes[shorter] > lifetimes[longer])
    .map(([shorter, longer]) => ({ key: `lifetimes.${shorter}`, message: `must not exceed lifetimes.${longer}` }));
}

function adminProblems({ groups, idleSeconds, sessionSeconds }: Values['admin']): RuleProblem[] {
  const problems: RuleProblem[] = [];
  if (groups.length === 0)
    problems.push({ key: 'admin.groups', message: 'must name a group: nobody could administer' });
  if (idleSeconds > sessionSeconds) {
    problems.push({ key: 'admin.idleSeconds', message: 'must not exceed admin.sessionSeconds' });
  }
  return problems;
}

/** Postern may have many followers; each of them needs so long (security.md J02, J03). */
const leastAheadInServe = 3600;
/** What clocks may differ by, and the time in which every process follows a change. */
const skewSeconds = 60;

/** A new key signs only when everybody who keeps the key set for as long as they may has it (J03). */
function keyProblems({ mode, values: { keys } }: RuleContext): RuleProblem[] {
  const problems = repeated(
    'keys.overrides',
    'algorithm',
    keys.overrides.map(({ algorithm }) => algorithm),
  );
  if (!keys.algorithms.includes('RS256')) {
    problems.push({ key: 'keys.algorithms', message: 'must have RS256, which every client understands' });
  }
  const caching = keys.maxAgeSeconds === 0 ? 0 : 2 * keys.maxAgeSeconds + skewSeconds;
  const least = Math.max(caching, mode === 'serve' ? leastAheadInServe : 0);
  const places = [
    { of: keys, at: (name: string) => ({ key: `keys.${name}` }) },
    ...keys.overrides.map((override, index) => ({
      of: { ...keys, ...override },
      at: (name: string) => ({ key: 'keys.overrides', inside: [index, name] }),
    })),
  ];
  for (const { of, at } of places) {
    if (of.publishAheadSeconds < least) {
      const why = least === caching ? 'twice keys.maxAgeSeconds and a minute' : 'an hour, which gateways take';
      problems.push({ ...at('publishAheadSeconds'), message: `must be at least ${least}: ${why}` });
    }
    if (of.activeSeconds <= of.publishAheadSeconds) {
      problems.push({ ...at('activeSeconds'), message: 'must be longer than the next key is published ahead' });
    }
  }
  return problems;
}

function resourceProblems({ resources, keys }: Values): RuleProblem[] {
  const identifiers = resources.map((resource) => resource.identifier);
  const problems = repeated('resources', 'identifier', identifiers);
  resources.forEach((resource, index) => {
    if (resource.algorithm && resource.format !== 'jwt') {
      problems.push({ key: 'resources', inside: [index, 'algorithm'], message: 'is for format jwt only' });
    }
    if (resource.algorithm && !keys.algorithms.includes(resource.algorithm)) {
      problems.push({ key: 'resources', inside: [index, 'algorithm'], message: 'is not among keys.algorithms' });
    }
    resource.scopes.forEach((scope, position) => {
      if (!isIdentityScope(scope)) return;
      problems.push({
        key: 'resources',
        inside: [index, 'scopes', position],
        message: `${scope} belongs to OpenID Connect`,
      });
    });
  });
  return problems;
}

function repeated(key: string, field: string, names: readonly string[]): RuleProblem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ key, inside: [index, field], message: 'is there twice' }],
  );
}
