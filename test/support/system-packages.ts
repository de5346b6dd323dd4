/** Programs from Debian packages that some tests drive; scripts/system-packages.mjs installs them where it may. */
import { existsSync } from 'node:fs';
import { describe } from 'vitest';

/** The path of the Chromium to drive, or undefined. `POSTERN_TEST_CHROMIUM` names another one. */
export function chromium(): string | undefined {
  return present(process.env.POSTERN_TEST_CHROMIUM ?? '/usr/bin/chromium');
}

/** The path of Apache where mod_auth_openidc is installed too, or undefined. */
export function apache(): string | undefined {
  return present('/usr/lib/apache2/modules/mod_auth_openidc.so') && present('/usr/sbin/apache2');
}

/**
 * `describe`, or `describe.skip` when the program is not there: `skipUnless(chromium(), 'apt-get install chromium')('…', …)`.
 * With CI=true a missing program throws, since there a skip is a failure.
 */
export function skipUnless(available: unknown, how: string): typeof describe | typeof describe.skip {
  if (available) return describe;
  if (process.env.CI === 'true') throw new Error(`This test may not be skipped with CI=true. To run it: ${how}`);
  return describe.skip;
}

function present(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}
