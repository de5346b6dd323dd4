/** The small drawings: icons, people as circles, apps as doors. A name always stands beside them, so they are hidden from readers. */
import { createHash } from 'node:crypto';
import { type Html, html, trusted } from './html.ts';

/** Inner SVG on a field of 16 by 16; the stylesheet draws the strokes. */
const icons = {
  warn: '<path d="M8 2 14.8 14H1.2ZM8 6.6v3.2m0 2v.1"/>',
  bad: '<circle cx="8" cy="8" r="6.5"/><path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4"/>',
  ok: '<circle cx="8" cy="8" r="6.5"/><path d="m5 8.3 2.1 2.1L11 6.2"/>',
  note: '<circle cx="8" cy="8" r="6.5"/><path d="M8 7.4v3.8M8 4.8v.1"/>',
  wait: '<circle cx="8" cy="8" r="6.5" stroke-dasharray="2.6 1.5"/><path d="M8 4.8V8l2.2 1.4"/>',
  off: '<circle cx="8" cy="8" r="6.5"/><path d="M5.2 8h5.6"/>',
  go: '<path d="m6 3.5 4.5 4.5L6 12.5"/>',
  openid: '<circle cx="6" cy="6.5" r="3.5"/><path d="m8.6 9 5 5m-2.6-2.6 1.8-1.8"/>',
  profile: '<circle cx="8" cy="5" r="3"/><path d="M2.5 14c.6-3 2.8-4.5 5.5-4.5s4.9 1.5 5.5 4.5"/>',
  email: '<path d="M1.8 3.5h12.4v9H1.8Zm.4.6L8 8.8l5.8-4.7"/>',
  phone: '<path d="M4.5 1.8h7v12.4h-7ZM7.4 12.2h1.2"/>',
  address: '<path d="M2 7.5 8 2.2l6 5.3M3.7 6.2v7.5h8.6V6.2"/>',
  groups:
    '<circle cx="6" cy="5.5" r="2.5"/><path d="M1.5 13.5c.4-2.6 2.2-4 4.5-4s4.1 1.4 4.5 4M10.8 3.2a2.5 2.5 0 0 1 0 4.6M12 9.8c1.5.6 2.3 1.9 2.5 3.7"/>',
  roles: '<path d="M8 1.8 13.3 4v4c0 3-2.1 5-5.3 6.2C4.8 13 2.7 11 2.7 8V4Z"/>',
  offline_access: '<path d="M13.5 8a5.5 5.5 0 1 1-1.7-4M12 1.5V4.2H9.3"/>',
  other:
    '<path d="M2.5 4.5h6m3 0h2M2.5 11.5h2m3 0h6"/><circle cx="10" cy="4.5" r="1.5"/><circle cx="6" cy="11.5" r="1.5"/>',
};
type IconName = keyof typeof icons;

export function icon(name: IconName): Html {
  return trusted(`<svg class="i" viewBox="0 0 16 16" aria-hidden="true">${icons[name]}</svg>`);
}

/** Icon of a scope; all that OpenID Connect does not name share one. */
export function scopeIcon(scope: string): Html {
  return icon(Object.hasOwn(icons, scope) ? (scope as IconName) : 'other');
}

export const mark = trusted(
  '<svg class="mark" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true"><path fill-rule="evenodd" d="M1 2.4c0-.22.18-.4.4-.4h1.2c.22 0 .4.18.4.4V4h2V2.4c0-.22.18-.4.4-.4h1.2c.22 0 .4.18.4.4V4h2V2.4c0-.22.18-.4.4-.4h1.2c.22 0 .4.18.4.4V4h2V2.4c0-.22.18-.4.4-.4h1.2c.22 0 .4.18.4.4V13a1 1 0 0 1-1 1h-1v-4a2 2 0 0 0-4 0v4H2a1 1 0 0 1-1-1Z"/></svg>',
);

/** One of seven tints, always the same for the same id. */
function tint(id: string): number {
  return createHash('sha256').update(id).digest().readUInt8(4) % 7;
}

type Size = '' | 'slim' | 'big';

/** A person: initials of the first and the last word of the name. */
export function avatar(person: { name: string; username: string }, size: Size = ''): Html {
  const words = person.name.split(/\s+/).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  const initials = ends.map((word) => [...(word ?? '')][0] ?? '').join('');
  return html`<span class="avatar ${size}" data-tint="${tint(person.username)}" aria-hidden="true">${initials.toUpperCase()}</span>`;
}

/** An app: the first two letters of its name. */
export function tile(app: { id: string; name: string }, size: Size = ''): Html {
  const letters = [...app.name.replace(/[^\p{L}\p{N}]/gu, '')].slice(0, 2).join('');
  return html`<span class="tile ${size}" data-tint="${tint(app.id)}" aria-hidden="true">${letters}</span>`;
}
