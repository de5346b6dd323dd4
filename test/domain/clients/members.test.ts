import { describe, expect, it } from 'vitest';
import {
  ARYS,
  BOOL,
  DEFAULTS,
  ENUM,
  HTTPS_URI,
  RECOGNIZED_METADATA,
  STRING,
  WEB_URI,
  WHEN,
  // @ts-expect-error: the engine's own list, which has no types.
} from '../../../node_modules/oidc-provider/lib/consts/client_attributes.js';
import { clientOf, type StoredMetadata } from '../../../src/domain/clients/client.ts';
import { clientInput } from '../../../src/domain/clients/input.ts';
import { engineMembers, notOffered, writtenMembers } from '../../../src/domain/clients/members.ts';

const known: string[] = [
  ...[...RECOGNIZED_METADATA, ...BOOL, ...ARYS, ...STRING, ...WEB_URI, ...HTTPS_URI],
  ...[DEFAULTS, ENUM, WHEN].flatMap((table: object) => Object.keys(table)),
  // What the engine's schema adds beside those lists.
  ...['token_endpoint_auth_signing_alg', 'client_secret_expires_at'],
];

describe('metadata of clients', () => {
  it('is offered, written by Postern or left out for a reason, each that the engine knows', () => {
    const settled = [...Object.values(engineMembers), ...writtenMembers, ...Object.keys(notOffered)];
    expect([...new Set(known)].filter((name) => !settled.includes(name))).toEqual([]);
    expect(settled.filter((name) => !known.includes(name))).toEqual([]);
    expect(new Set(settled).size).toBe(settled.length);
  });

  it('can be said in the input by its own name, and is shown by it', () => {
    const metadata = Object.fromEntries(Object.values(engineMembers).map((name) => [name, name])) as never;
    const shown = clientOf({
      ...{ id: 'x', name: 'x', secrets: [], origin: 'admin', disabled: false, createdAt: 0, updatedAt: 0, version: 1 },
      metadata: metadata as StoredMetadata,
    });
    for (const [member, name] of Object.entries(engineMembers)) {
      expect(clientInput.shape, member).toHaveProperty(member);
      expect(shown, member).toHaveProperty(member, name);
    }
  });
});
