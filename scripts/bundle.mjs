// The program as one bundle: reading some six hundred small files is what a start costs most. The directory has to lie as
// deep as the sources do, so that their relative URL to migrations/ and views/ holds there too.
import { builtinModules } from 'node:module';
import { rolldown } from 'rolldown';

/** Native code, and what is loaded on first use only. */
const natives = ['better-sqlite3', '@node-rs/argon2', 'pg', 'knex', '@zxcvbn-ts/language-common', 'read'];

export async function bundle(input, dir) {
  const built = await rolldown({
    input,
    platform: 'node',
    external: [...natives, ...builtinModules, /^node:/],
    // A dependency's dependency makes functions with eval; the warning is about minifying, which we don't.
    checks: { eval: false },
  });
  await built.write({ dir, format: 'esm', minify: false, sourcemap: false });
  await built.close();
}
