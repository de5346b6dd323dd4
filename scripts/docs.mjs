// Writes what is generated from the schema of settings: .env.example, and the table of settings in README.md between
// <!-- settings --> and <!-- /settings -->.
import { readFileSync, writeFileSync } from 'node:fs';
import { envExample, markdownTable } from '../src/config/reference.ts';

const root = new URL('../', import.meta.url);
writeFileSync(new URL('.env.example', root), envExample());

const readme = new URL('README.md', root);
const text = readFileSync(readme, 'utf8');
const parts = /^([\s\S]*<!-- settings -->\n)[\s\S]*(<!-- \/settings -->[\s\S]*)$/.exec(text);
if (!parts) throw new Error('README.md has no lines <!-- settings --> and <!-- /settings -->.');
writeFileSync(readme, `${parts[1]}\n${markdownTable()}\n${parts[2]}`);
