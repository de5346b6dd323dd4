/** Which language a page speaks, and how a language writes times and spans. */
import { type Locale, locales } from './catalogue.ts';
import { splitPath } from './paths.ts';

type LocaleWishes = {
  uiLocales?: string | undefined;
  acceptLanguage?: string | undefined;
};

const longestHeader = 256;

function known(tag: string): Locale | undefined {
  const language = tag.trim().toLowerCase().split('-', 1)[0];
  return locales.find((locale) => locale === language);
}

/** The first language we speak: the request's `ui_locales` (OpenID Connect Core §3.1.2.1), Accept-Language, English. */
export function pickLocale({ uiLocales, acceptLanguage }: LocaleWishes): Locale {
  const asked = (uiLocales ?? '').slice(0, longestHeader).split(' ');
  const accepted = (acceptLanguage ?? '')
    .slice(0, longestHeader)
    .split(',')
    .map((entry) => {
      const [tag = '', weight] = entry.split(';');
      return { tag, quality: weight === undefined ? 1 : Number(weight.replace(/^\s*q=/i, '')) || 0 };
    })
    .filter((entry) => entry.quality > 0)
    .sort((one, other) => other.quality - one.quality);
  for (const tag of [...asked, ...accepted.map((entry) => entry.tag)]) {
    const locale = known(tag);
    if (locale) return locale;
  }
  return 'en';
}

/**
 * The same address with `ui_locales` set, and without the ID token that an app may have sent along: a link is kept and
 * shared. Always on this origin: a path that begins with two slashes loses one.
 */
export function inLocale(path: string, locale: Locale): string {
  const { pathname, query } = splitPath(path);
  const parameters = new URLSearchParams(query);
  parameters.delete('id_token_hint');
  parameters.set('ui_locales', locale);
  return `${pathname.replace(/^[/\\]*/, '/')}?${parameters}`;
}

const units = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
  { unit: 'second', seconds: 1 },
] as const;

/** The largest unit that does not lose more than a fiftieth: 5400 s are 90 minutes, 7205 s are 2 hours. */
function inUnit(seconds: number) {
  const whole = Math.max(0, Math.round(seconds));
  const fits = units.find(({ seconds: one }) => {
    const count = Math.round(whole / one);
    return count >= 1 && Math.abs(count * one - whole) <= whole / 50;
  });
  const { unit, seconds: one } = fits ?? { unit: 'second' as const, seconds: 1 };
  return { unit, count: Math.round(whole / one) };
}

/** Formats of one language; the Intl objects are made on first use and kept. */
export function createFormats(locale: Locale) {
  // English as most of the world writes it: 20 Nov 2026, 14:31.
  const language = locale === 'en' ? 'en-GB' : locale;
  const keep = <T>(make: () => T) => {
    let made: T | undefined;
    return () => {
      made ??= make();
      return made;
    };
  };
  const relative = keep(() => new Intl.RelativeTimeFormat(language, { numeric: 'always' }));
  const list = keep(() => new Intl.ListFormat(language, { type: 'unit', style: 'short' }));
  const moment = keep(() => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' }));
  const minute = keep(() => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }));
  const day = keep(() => new Intl.DateTimeFormat(language, { dateStyle: 'medium' }));
  const whole = keep(() => new Intl.NumberFormat(language));
  const time = keep(() => new Intl.DateTimeFormat(language, { timeStyle: 'medium' }));
  /** "in 45 seconds", "5 minutes ago". */
  function fromNow(seconds: number) {
    const { unit, count } = inUnit(Math.abs(seconds));
    return relative().format(seconds < 0 ? -count : count, unit);
  }
  return {
    /** "90 days", "1 hour". */
    span(seconds: number) {
      const { unit, count } = inUnit(seconds);
      return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
    },
    fromNow,
    /** Epoch ms, seen from `now`: "5 minutes ago" within a day, in whole minutes and hours, then date and time. */
    when(at: number, now: number) {
      const seconds = Math.max(1, Math.abs(at - now) / 1000);
      if (seconds >= 86_400) return minute().format(at);
      const { unit, seconds: one } = units.find((each) => each.seconds <= seconds) ?? units[3];
      const count = Math.floor(seconds / one);
      return relative().format(at > now ? count : -count, unit);
    },
    /** Epoch ms → date, time and zone. */
    moment: (at: number) => moment().format(at),
    /** Epoch ms → date. */
    day: (at: number) => day().format(at),
    /** Epoch ms → time of day. */
    time: (at: number) => time().format(at),
    number: (value: number) => whole().format(value),
    list: (items: string[]) => list().format(items),
  };
}
export type Formats = ReturnType<typeof createFormats>;
