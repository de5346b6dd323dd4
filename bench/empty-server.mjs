/** The floor for the start section: a Node process that answers 200 and does nothing else. */
import { createServer } from 'node:http';

createServer((_, response) => response.end('{}')).listen(Number(process.argv[2]), '127.0.0.1');
