/** `postern audit list | tail | export`: what happened, to whom, by whom, from where. */
import type { App, AuditEvent, AuditFilters } from '../app.ts';
import { accountNamed } from './account-names.ts';
import type { Given } from './arguments.ts';
import { createEventText } from './audit-text.ts';
import { untilInterrupted } from './interrupted.ts';
import { pagingFlags, printPages } from './listing.ts';
import { jsonText } from './output.ts';
import { type Call, type Noun, verb } from './verbs.ts';
import { numberFrom, timeFrom } from './words.ts';

const filterFlags = {
  event: { value: 'name', help: 'one event, or a kind of them with the dot: account.' },
  account: { value: 'username', help: 'about one person; by id also for somebody who is gone' },
  client: { value: 'id', help: 'about one app' },
  actor: { value: 'username', help: 'done by that person, or by the API key with that id' },
  ip: { value: 'address', help: 'from there' },
  from: { value: 'time', help: 'from then on: 2026-11-21, 2026-11-21T10:00Z, or how long ago: 30m, 24h, 7d' },
  to: { value: 'time', help: 'before then' },
} as const;
type FilterFlags = Given<typeof filterFlags>;

const batch = 500;
const shownFirst = '10';
const pollMilliseconds = 1000;

async function filtersOf(app: App, flags: FilterFlags): Promise<AuditFilters> {
  const { event, account, client, actor, ip, from, to } = flags;
  const now = app.clock.now();
  return {
    ...{ event, clientId: client, ip },
    accountId: account === undefined ? undefined : await accountIdOf(app, account),
    actorId: actor === undefined ? undefined : ((await app.accounts.findByUsername(actor))?.id ?? actor),
    from: from === undefined ? undefined : timeFrom('from', from, now),
    to: to === undefined ? undefined : timeFrom('to', to, now),
  };
}

/** The log remembers those who are gone, by their id. */
const accountIdOf = async (app: App, name: string): Promise<string> =>
  name.startsWith('acc_') ? name : (await accountNamed(app, name)).id;

const list = verb({
  words: [],
  help: 'what happened, newest first: 50 events unless --limit says otherwise',
  flags: { ...filterFlags, ...pagingFlags },
  async run(call) {
    await call.withApp(async (app) => {
      const { auditLine } = await import('../app.ts');
      const filters = await filtersOf(app, call.flags);
      const text = createEventText(app);
      await printPages(
        call,
        {
          columns: [
            ...[{ title: 'time' }, { title: 'event' }, { title: 'by' }, { title: 'about', shrinks: true }],
            ...[{ title: 'from' }, { title: 'detail', shrinks: true }],
          ],
          page: (request) => app.audit.list(app.db, { ...request, ...filters }),
          row: text.cells,
          json: auditLine,
          empty: 'Nothing like that has happened.',
        },
        { ...call, onePage: true },
      );
    });
  },
});

const tail = verb({
  words: [],
  help: 'the latest events, oldest first; with --follow those to come, until Ctrl-C',
  flags: {
    follow: { help: 'goes on' },
    lines: { value: 'n', help: `how many of what has been (default: ${shownFirst})` },
    ...filterFlags,
  },
  more: '\nWith --json each event is one line (JSON Lines).',
  async run(call) {
    const { follow = false, lines = shownFirst } = call.flags;
    const count = numberFrom('lines', lines, [0, 1000]);
    await call.withApp(async (app) => {
      const filters = await filtersOf(app, call.flags);
      // Begun before the past is read, so that nothing falls between the two; what both have is told once.
      const next = app.audit.tail(app.db, filters);
      const past = count === 0 ? [] : (await app.audit.list(app.db, { limit: count, ...filters })).items.reverse();
      const write = await createEventWriter(app, call);
      for (const event of past) await write(event);
      if (!follow) return;
      const told = new Set(past.map(({ id }) => id));
      const interrupted = untilInterrupted();
      while (!interrupted.is) {
        for (const event of await next()) if (!told.delete(event.id)) await write(event);
        await Promise.race([app.clock.sleep(pollMilliseconds), interrupted.promise]);
      }
    });
  },
});

async function createEventWriter(app: App, { io, json }: Pick<Call, 'io' | 'json'>) {
  const { auditLine } = await import('../app.ts');
  const text = createEventText(app);
  return async (event: AuditEvent): Promise<void> =>
    io.out(`${json ? jsonText(auditLine(event)) : await text.line(event)}\n`);
}

const exportAll = verb({
  words: [],
  help: 'all events as JSON Lines, oldest first, to standard output',
  flags: filterFlags,
  async run({ io, flags, withApp }) {
    await withApp(async (app) => {
      const { auditLine } = await import('../app.ts');
      const filters = await filtersOf(app, flags);
      let since = '';
      for (;;) {
        const events = await app.audit.listSince(app.db, { limit: batch, since, ...filters });
        io.out(events.map((event) => `${jsonText(auditLine(event))}\n`).join(''));
        await io.drained?.();
        const last = events.at(-1);
        if (last === undefined || events.length < batch) return;
        since = last.id;
      }
    });
  },
});

export const audit: Noun = {
  name: 'audit',
  help: 'what happened, to whom, by whom, from where',
  verbs: { list, tail, export: exportAll },
};
