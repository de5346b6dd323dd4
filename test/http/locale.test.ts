import { describe, expect, it } from 'vitest';
import { createFormats, inLocale, pickLocale } from '../../src/http/locale.ts';

describe('pickLocale', () => {
  it.each([
    [{}, 'en'],
    [{ acceptLanguage: 'de' }, 'de'],
    [{ acceptLanguage: 'fr, de-AT;q=0.8, en;q=0.9' }, 'en'],
    [{ acceptLanguage: 'fr;q=1, de;q=0.4, en;q=0' }, 'de'],
    [{ acceptLanguage: '*' }, 'en'],
    [{ uiLocales: 'fr-CA de-CH en', acceptLanguage: 'en' }, 'de'],
    [{ uiLocales: 'fr', acceptLanguage: 'de' }, 'de'],
    [{ uiLocales: '<script>', acceptLanguage: ';;q=,,' }, 'en'],
    [{ acceptLanguage: `${'x,'.repeat(100_000)}de` }, 'en'],
  ] as const)('%j → %s', (wishes, locale) => {
    expect(pickLocale(wishes)).toBe(locale);
  });
});

describe('inLocale', () => {
  it('replaces a language that is already there and keeps the rest', () => {
    expect(inLocale('/device?ui_locales=en&user_code=A%20B', 'de')).toBe('/device?ui_locales=de&user_code=A+B');
    expect(inLocale('/start', 'de')).toBe('/start?ui_locales=de');
    expect(inLocale('/a?q=a?b', 'de')).toBe('/a?q=a%3Fb&ui_locales=de');
    expect(inLocale('', 'de')).toBe('/?ui_locales=de');
  });

  it('leaves out an ID token: links are kept and shared', () => {
    expect(inLocale('/logout?id_token_hint=e30.e30.x&state=s', 'de')).toBe('/logout?state=s&ui_locales=de');
  });
});

describe('formats', () => {
  const english = createFormats('en');
  const german = createFormats('de');

  it.each([
    [45, '45 seconds', '45 Sekunden'],
    [90, '90 seconds', '90 Sekunden'],
    [3300, '55 minutes', '55 Minuten'],
    [3599, '1 hour', '1 Stunde'],
    [5400, '90 minutes', '90 Minuten'],
    [90 * 86_400, '90 days', '90 Tage'],
    [0, '0 seconds', '0 Sekunden'],
  ])('%d s', (seconds, inEnglish, inGerman) => {
    expect(english.span(seconds)).toBe(inEnglish);
    expect(german.span(seconds)).toBe(inGerman);
  });

  it('says when, before and after', () => {
    expect(english.fromNow(60)).toBe('in 1 minute');
    expect(german.fromNow(2 * 86_400)).toBe('in 2 Tagen');
    expect(german.fromNow(-300)).toBe('vor 5 Minuten');
  });

  it.each([
    [0, '1 second ago'],
    [-59, '59 seconds ago'],
    [-200, '3 minutes ago'],
    [864, 'in 14 minutes'],
    [-3599, '59 minutes ago'],
    [-17_280, '4 hours ago'],
    [-86_399, '23 hours ago'],
  ])('says when in whole units within a day: %d s', (seconds, said) => {
    const now = Date.UTC(2026, 10, 20);
    expect(english.when(now + seconds * 1000, now)).toBe(said);
  });
});
