/** What the pages load: stylesheet, mark and the team's accent, all from this origin, addressed by the hash of their content. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { colourForm } from '../base/colour.ts';
import { PosternError } from '../base/errors.ts';
import type { Brand } from './view-models.ts';

export type Asset = { body: Buffer; type: string; etag: string };

const folder = new URL('../../views/assets/', import.meta.url);

/** Reads the files once. `address(path)` gives the path with its hash; throws PosternError `invalid` on an accent that is no colour. */
export function createAssets(brand: Brand) {
  const bodies: Record<string, [type: string, body: Buffer]> = {
    '/assets/postern.css': ['text/css; charset=utf-8', readFileSync(new URL('postern.css', folder))],
    '/assets/mark.svg': ['image/svg+xml', readFileSync(new URL('mark.svg', folder))],
  };
  if (brand.accent !== undefined) {
    if (!colourForm.test(brand.accent)) {
      const message = 'The accent is not a colour: write it like #7a1f5c.';
      throw new PosternError('invalid', message, { fields: [{ path: 'brand.accent', message }] });
    }
    bodies['/assets/brand.css'] = ['text/css; charset=utf-8', Buffer.from(`:root { --accent: ${brand.accent} }\n`)];
  }
  const files = new Map<string, Asset>();
  const addresses = new Map<string, string>();
  for (const [path, [type, body]] of Object.entries(bodies)) {
    const hash = createHash('sha256').update(body).digest('base64url').slice(0, 16);
    files.set(path, { body, type, etag: `"${hash}"` });
    addresses.set(path, `${path}?v=${hash}`);
  }
  return { files, address: (path: string) => addresses.get(path) };
}
