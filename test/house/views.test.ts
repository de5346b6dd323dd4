import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Mode } from '../../src/base/mode.ts';
import type { Locale, ViewModels, ViewName } from '../../src/http/views.ts';
import { createViews, locales } from '../../src/http/views.ts';
import { sampleNow, viewSamples } from '../support/view-samples.ts';

const used = vi.hoisted(() => new Set<string>());
vi.mock('../../src/http/catalogue/en.ts', async (original) => {
  const { en } = await original<typeof import('../../src/http/catalogue/en.ts')>();
  const recorded = new Proxy(en, {
    get(sentences, name) {
      used.add(String(name));
      return Reflect.get(sentences, name);
    },
  });
  return { en: recorded };
});

const folder = new URL('../../views/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.eta'));
const source = (file: string) => readFileSync(new URL(file, folder), 'utf8');
const names = Object.keys(viewSamples) as ViewName[];
const clock = { now: () => sampleNow };
const harbour = {
  name: 'Harbour Lane',
  helpUrl: 'mailto:help@example.test',
  privacyUrl: 'https://example.test/privacy',
};

/** The model, but reading a key that it does not have throws: a misspelt name in a template cannot pass as "absent". */
function strict<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return (Array.isArray(value) ? value.map(strict) : value) as T;
  }
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === 'string' && key !== 'toJSON' && !(key in target)) throw new Error(`the model has no ${key}`);
      return strict(Reflect.get(target, key));
    },
  });
}

/** An app that is told of a sign-out: in a sandbox, out of everybody's reach, and without a word of where it stands. */
const toldFrame =
  /<iframe class="sr" inert title="[^"<>]+" sandbox="allow-scripts allow-same-origin" referrerpolicy="no-referrer" srcdoc="&lt;meta http-equiv=&quot;refresh&quot; content=&quot;1; url=[^"<>]+&quot;&gt;"><\/iframe>/g;

type Sample = { name: ViewName; variant: string; model: ViewModels[ViewName] };
const samples: Sample[] = names.flatMap((name) =>
  Object.entries(viewSamples[name]).map(([variant, model]) => ({ name, variant, model })),
);

function page(
  sample: Sample,
  locale: Locale,
  mode: Mode = 'dev',
  brand: Parameters<typeof createViews>[0]['brand'] = harbour,
) {
  const views = createViews({ brand, mode, cache: true, clock });
  return views.render(sample.name, strict(sample.model), { locale, path: '/device?user_code=WDJB' });
}

describe('views', () => {
  it('has a file for each view, and no file that no page uses', () => {
    const pages = files.filter((file) => file !== 'layout.eta' && !file.startsWith('partials/'));
    expect(pages.map((file) => file.replace(/\.eta$/, '')).toSorted()).toEqual(names.toSorted());
    const everything = files.map(source).join('\n');
    for (const file of files.filter((file) => file.startsWith('partials/'))) {
      expect(everything, `${file} is included nowhere`).toContain(`include('/partials/${basename(file, '.eta')}'`);
    }
  });

  it.each(samples)('renders $name: $variant in each language and mode without a missing value', (sample) => {
    for (const locale of locales) {
      for (const mode of ['dev', 'serve'] as const) {
        const document = page(sample, locale, mode);
        expect(document).toContain(`<html lang="${locale}">`);
        expect(document.match(/<h1[ >]/g)).toHaveLength(1);
        expect(document.match(/<main id="main"/g)).toHaveLength(1);
        // The one snippet that passes `undefined` to a library.
        expect(document.replace('undefined, { execute', '')).not.toMatch(/undefined|\[object|NaN|null/);
        expect(document.includes('class="banner"')).toBe(mode === 'dev');
      }
    }
  });

  it('prints raw only what another template made', () => {
    for (const file of files) {
      for (const [raw] of source(file).matchAll(/<%~.*$/gm)) {
        expect(raw, file).toMatch(/^<%~ (include\('\/partials\/[a-z-]+'|it\.body %>)/);
      }
    }
  });

  it('G10 contains no script, no style of its own and no address of a third party', () => {
    for (const sample of samples) {
      const frames = 'frames' in sample.model ? sample.model.frames.length : 0;
      const whole = page(sample, 'en', 'dev', { name: 'Postern' });
      expect([sample.name, whole.match(toldFrame)?.length ?? 0]).toEqual([sample.name, frames]);
      const document = whole.replace(toldFrame, '');
      expect(document, sample.name).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|<iframe|<object/i);
      for (const [, url] of document.matchAll(/<(?:link|img)[^>]*(?:href|src)="([^"]*)"/g)) {
        expect(url, sample.name).toMatch(/^\/assets\/[a-z.]+\?v=/);
      }
    }
  });

  it('throws when the model lacks what the page shows', () => {
    const views = createViews({ brand: harbour, mode: 'dev', cache: true, clock });
    const model = { action: '/x', people: [], username: '', notices: [], client: { id: 'a', name: 'A' } };
    const render = () => views.render('interaction/sign-in', model as never, { locale: 'en', path: '/' });
    expect(render).toThrow('about to print undefined');
  });

  it('G06 shows a name with markup as it is, wherever an app or a person is named', () => {
    const markup = '<img src=x onerror=alert(1)>"\'&';
    const hostile = (value: unknown, key = ''): unknown => {
      if (Array.isArray(value)) return value.map((item) => hostile(item, key));
      if (typeof value === 'object' && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, hostile(item, name)]));
      }
      const isChosen = [
        'kind',
        'problem',
        'reason',
        'refusal',
        'untold',
        'notices',
        'type',
        'types',
        'state',
        'done',
        'outcome',
        'purpose',
      ].includes(key);
      return typeof value === 'string' && !isChosen && key !== 'url' && key !== 'idToken' ? markup : value;
    };
    for (const sample of samples) {
      const document = page({ ...sample, model: hostile(sample.model) as ViewModels[ViewName] }, 'de');
      expect(document, sample.name).not.toContain('<img');
      expect(document, sample.name).not.toContain('x onerror=alert(1)>');
    }
  });

  it('G06 refuses to link to a script', () => {
    const views = createViews({ brand: harbour, mode: 'serve', cache: true, clock });
    for (const url of ['javascript:alert(1)', ' java\nscript:alert(1)', 'DATA:text/html,x', 'vbscript:x']) {
      const render = () =>
        views.render('interaction/continue', { reason: 'allowed', url }, { locale: 'en', path: '/' });
      expect(render, url).toThrow('link to a script');
      const model = { state: 'out' as const, apps: [], more: 0, frames: [{ name: 'A', url }] };
      const frame = () => views.render('logout/signed-out', model, { locale: 'en', path: '/' });
      expect(frame, url).toThrow('link to a script');
    }
  });

  it('keeps the link to the other language on this origin and keeps the query', () => {
    const views = createViews({ brand: harbour, mode: 'serve', cache: true, clock });
    const link = (path: string) =>
      /href="([^"]*)" lang="de"/.exec(views.render('start/welcome', {}, { locale: 'en', path }))?.[1];
    expect(link('/device?user_code=A%26B&ui_locales=en')).toBe('/device?user_code=A%26B&amp;ui_locales=de');
    expect(link('//evil.test/x')).toBe('/evil.test/x?ui_locales=de');
    expect(link('/\\evil.test')).toBe('/evil.test?ui_locales=de');
  });
});

describe('catalogues', () => {
  it('have the same sentences with the same values and the same markup in each language', async () => {
    const { catalogues } = await import('../../src/http/catalogue.ts');
    const { en, ...others } = catalogues;
    const parts = (sentence: string) => (sentence.match(/\{\w+\}|<[^>]*>/g) ?? []).toSorted();
    for (const [locale, sentences] of Object.entries(others)) {
      expect(Object.keys(sentences), locale).toEqual(Object.keys(en));
      for (const name of Object.keys(en) as (keyof typeof en)[]) {
        expect(parts(sentences[name]), `${locale} ${name}`).toEqual(parts(en[name]));
        expect(sentences[name], `${locale} ${name}`).not.toMatch(/"|<(?!\/?(strong|code)>)/);
      }
    }
  });

  it('have each name once: what stands in two files of a language would be lost in one of them', () => {
    const catalogue = new URL('../../src/http/catalogue/en/', import.meta.url);
    const names = readdirSync(catalogue).flatMap((file) =>
      [...readFileSync(new URL(file, catalogue), 'utf8').matchAll(/^ {2}'([^']+)':/gm)].map(([, name]) => name),
    );
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(names.length).toBeGreaterThan(100);
  });

  it('have no sentence that no page uses', async () => {
    used.clear();
    for (const sample of samples) for (const mode of ['dev', 'serve'] as const) page(sample, 'en', mode);
    const { en } = await import('../../src/http/catalogue/en.ts');
    expect(Object.keys(en).filter((name) => !used.has(name))).toEqual([]);
  });
});
