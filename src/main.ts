/** The bin: hands the arguments to the commands. */
import { run } from './cli/run.ts';

process.exitCode = await run(process.argv.slice(2));
