/** `postern client add`: an app that may send people here, while pages for it don't exist yet. */

import type { ClientInput } from '../app.ts';
import { PosternError } from '../base/errors.ts';
import { takeFlags } from '../config/flags.ts';
import { modeOf } from './mode.ts';
import { asksForHelp, type Io, printJson } from './output.ts';
import { withServices } from './services.ts';

export const clientHelp = `postern client add --id <id> [--name <name>] [--redirect-uri <a,b>] [--json] [flags]

The secret is made here and shown once.
  --redirect-uri <a,b>               where the app takes people back, separated by commas
  --post-logout-redirect-uri <a,b>   where people go after signing out
  --public                           an app without a secret (single page, phone)
  --native                           an app on a person's device; its loopback port may change
  --grant <a,b>                      grant types, for example client_credentials
  --scope <scopes>                   the scopes it may ask for, separated by spaces
  --pkce optional                    for apps that know no PKCE; confidential ones only
  --first-party                      no consent page
  --mode dev                         registers in the database of dev (default: serve)
`;

const flags = {
  ...{
    id: true,
    name: true,
    'redirect-uri': true,
    'post-logout-redirect-uri': true,
    grant: true,
    scope: true,
    pkce: true,
  },
  ...{ public: false, native: false, 'first-party': false, mode: true, json: false },
};

export async function clientCommand(argv: readonly string[], io: Io): Promise<number> {
  const [verb, ...rest] = argv;
  if (asksForHelp(argv)) {
    io.out(clientHelp);
    return 0;
  }
  if (verb !== 'add') {
    io.err(clientHelp);
    return 64;
  }
  const { own, rest: settings } = takeFlags(rest, flags);
  if (own.id === undefined) throw new PosternError('invalid', `--id is missing.\n${clientHelp}`, { exitStatus: 64 });
  const input = inputOf(own);
  const created = await withServices({ mode: modeOf(own.mode), argv: settings, io }, ({ clients }) =>
    clients.create(input, { by: { type: 'operator' } }),
  );
  if (own.json) printJson(io, { id: created.client.id, secret: created.secret });
  else
    io.out(`Registered ${created.client.id}.\n${created.secret ? `Secret, shown this once: ${created.secret}\n` : ''}`);
  return 0;
}

const list = (text: string | undefined) => text?.split(',').map((item) => item.trim());

function inputOf(own: Record<string, string | undefined>): ClientInput {
  const redirectUris = list(own['redirect-uri']);
  const postLogoutRedirectUris = list(own['post-logout-redirect-uri']);
  const grantTypes = list(own.grant);
  return {
    id: own.id ?? '',
    ...(own.name && { name: own.name }),
    ...(redirectUris && { redirectUris }),
    ...(postLogoutRedirectUris && { postLogoutRedirectUris }),
    ...(grantTypes && { grantTypes }),
    ...(own.scope && { scope: own.scope }),
    ...(own.pkce && { pkce: own.pkce }),
    ...(own.public && { tokenEndpointAuthMethod: 'none' }),
    ...(own.native && { applicationType: 'native' }),
    ...(own['first-party'] && { firstParty: true }),
  } as ClientInput;
}
