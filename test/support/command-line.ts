/** The commands, run in this process over a database that a `serve` has made and closed: no start to wait for. */
import { vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { startPostern } from '../../src/testing/testing.ts';
import { goodSecret, temporaryFolder } from './spawned.ts';

export type Said = { status: number; out: string; err: string };
export type CommandLine = Awaited<ReturnType<typeof createCommandLine>>;

/** With `databaseUrl` over PostgreSQL. `columns`: as if on a terminal of that width. */
export async function createCommandLine({ databaseUrl }: { databaseUrl?: string } = {}) {
  const folder = temporaryFolder();
  const database = databaseUrl === undefined ? {} : { database: { url: databaseUrl } };
  const server = await startPostern({ mode: 'serve', data: folder, secret: [goodSecret], ...database });
  await server.stop();

  async function postern(argv: readonly string[], { columns }: { columns?: number } = {}): Promise<Said> {
    const said = { out: '', err: '' };
    const io = {
      out(text: string) {
        said.out += text;
      },
      err(text: string) {
        said.err += text;
      },
      columns,
    };
    vi.stubEnv('POSTERN_SECRET', goodSecret);
    if (databaseUrl !== undefined) vi.stubEnv('POSTERN_DATABASE_URL', databaseUrl);
    const status = await run([...argv, '--issuer', server.issuer, '--data', folder], io);
    return { status, ...said };
  }

  return {
    folder,
    issuer: server.issuer,
    run: postern,
    /** The output of a command that has to succeed. */
    async does(...argv: string[]): Promise<string> {
      const { status, out, err } = await postern(argv);
      if (status !== 0) throw new Error(`postern ${argv.join(' ')}: ${status} ${err}`);
      return out;
    },
    /** What such a command answers with `--json`. */
    // biome-ignore lint/suspicious/noExplicitAny: what a command answers, read by tests
    async tells(...argv: string[]): Promise<any> {
      return JSON.parse(await this.does(...argv, '--json'));
    },
  };
}
