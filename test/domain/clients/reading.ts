/** Inputs as they are registered, or what is wrong with them. */
import { expect } from 'vitest';
import type { ClientInput } from '../../../src/domain/clients/input.ts';
import { type Registration, readRegistration } from '../../../src/domain/clients/registration.ts';

export const rules = { allowPrivateHttp: false, isSample: false, defaultAccess: true as const, now: 1000 };
export const strong = '0123456789abcdefghijABCDEFGHIJ_-0123456789abc';
export const publicKey = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'one' };

/** What an input that is fine registers. */
export function registrationOf(input: unknown, changed: Partial<typeof rules> = {}): Registration {
  const { registration, problems } = readRegistration(input, { ...rules, ...changed });
  expect(problems).toEqual([]);
  if (!registration) throw new Error('there is a registration');
  return registration;
}

export function record(input: ClientInput, isSample = false) {
  const { secrets = [], ...registration } = registrationOf(input, { isSample });
  const origin = isSample ? ('sample' as const) : ('admin' as const);
  return { ...registration, secrets, origin, createdAt: 1000, updatedAt: 1000, version: 1 };
}

export const problemsOf = (input: unknown, changed: Partial<typeof rules> = {}): Record<string, string> =>
  Object.fromEntries(
    readRegistration(input, { ...rules, ...changed }).problems.map(({ path, message }) => [path, message]),
  );
