/**
 * Interactions: what a person is asked between /authorize and its answer. Typed, so that no route sees the Provider.
 * Each function throws `not_found` when the interaction is over, or the browser is not the one that began it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Interaction as EngineInteraction, errors, type Grant, type Provider } from 'oidc-provider';
import { PosternError } from '../base/errors.ts';
import { accessRefusal } from './policy.ts';
import { fromEngineError, withErrors } from './refusals.ts';
import type { OidcDependencies } from './settings.ts';

type HttpPair = { req: IncomingMessage; res: ServerResponse };

/** What is asked, of whom, for which client. Scopes and claims are those not allowed yet. */
export type Interaction = {
  uid: string;
  prompt: 'login' | 'access' | 'consent';
  clientId: string;
  accountId: string | undefined;
  parameters: Record<string, unknown>;
  isDevice: boolean;
  /** Epoch ms. */
  startedAt: number;
  scopes: string[];
  claims: string[];
  resourceScopes: Record<string, string[]>;
};

/** `accountVersion`: the account as it was when the person proved to be it. */
type Login = { accountId: string; accountVersion: number; acr: string; amr: string[] };

export function createInteractions(
  current: () => Provider,
  { sessions, callerOf }: Pick<OidcDependencies, 'sessions' | 'callerOf'>,
) {
  const load = (pair: HttpPair, uid: string) => loadFrom(current(), pair, uid);

  const face = {
    async current(pair: HttpPair, uid: string): Promise<Interaction> {
      return describe((await load(pair, uid)).details);
    },

    /** Stores who the person is. Whoever was signed in in this browser before, as somebody else, is signed out first. */
    async finishLogin(pair: HttpPair, uid: string, login: Login): Promise<string> {
      const { provider, details } = await load(pair, uid);
      if (details.session?.accountId !== undefined && details.session.accountId !== login.accountId) {
        const { uid: sessionUid, accountId } = details.session;
        const by = { type: 'account', id: accountId } as const;
        await sessions.signOut(sessionUid, { reason: 'switched', circumstances: { by, ...callerOf(pair.req) } });
        details.session = undefined;
        await change(details);
      }
      return finish(pair, provider, { login });
    },

    /** Allows everything that was asked; the answer holds the grant's id. */
    async finishConsent(pair: HttpPair, uid: string): Promise<string> {
      const { provider, details } = await load(pair, uid);
      const grant = await grantOf(provider, details);
      const asked = describe(details);
      if (asked.scopes.length > 0) grant.addOIDCScope(asked.scopes.join(' '));
      if (asked.claims.length > 0) grant.addOIDCClaims(asked.claims);
      for (const [resource, scopes] of Object.entries(asked.resourceScopes))
        grant.addResourceScope(resource, scopes.join(' '));
      const grantId = await grant.save();
      return finish(pair, provider, { consent: { grantId } });
    },

    /** Asks once more who the person is, within this interaction: a device has no request that could be repeated. */
    async askLogin(pair: HttpPair, uid: string): Promise<void> {
      const { details } = await load(pair, uid);
      details.prompt = { name: 'login', reasons: ['login_prompt'], details: {} };
      await change(details);
    },

    /** Sends the person back to the app with `access_denied` and the reason (RFC 6749 §4.1.2.1), by default what was asked. */
    async abort(pair: HttpPair, uid: string, reason?: string): Promise<string> {
      const { provider, details } = await load(pair, uid);
      const why = details.prompt.name === 'access' ? accessRefusal : 'the person cancelled the sign-in';
      return finish(pair, provider, { error: 'access_denied', error_description: reason ?? why });
    },
  };
  return withErrors(face, toHouseError);
}
export type Interactions = ReturnType<typeof createInteractions>;

async function loadFrom(provider: Provider, { req, res }: HttpPair, uid: string) {
  const details = await provider.interactionDetails(req, res);
  // The cookie decides; a link to somebody else's interaction leads nowhere (D02).
  if (details.uid !== uid) throw over();
  return { provider, details };
}

/** With an empty answer: the row is changed if it is still there, and not written anew (D03). */
async function change(details: EngineInteraction): Promise<void> {
  details.result = {};
  await details.persist();
}

/** Stores the answer and returns the address at which the engine goes on. */
function finish({ req, res }: HttpPair, provider: Provider, result: Record<string, unknown>): Promise<string> {
  return provider.interactionResult(req, res, result as never, { mergeWithLastSubmission: true });
}

/** The http door knows PosternError, and nothing of the engine's. */
const toHouseError = (error: unknown): unknown =>
  error instanceof errors.SessionNotFound ? over(error) : fromEngineError(error);

async function grantOf(provider: Provider, details: EngineInteraction): Promise<Grant> {
  const accountId = details.session?.accountId;
  const clientId = String(details.params.client_id);
  if (accountId === undefined) throw over();
  const found = details.grantId === undefined ? undefined : await provider.Grant.find(details.grantId);
  return found ?? new provider.Grant({ accountId, clientId });
}

const prompts = ['access', 'consent'] as const;

function describe(details: EngineInteraction): Interaction {
  const asked = details.prompt.details as {
    missingOIDCScope?: string[];
    missingOIDCClaims?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  return {
    uid: details.uid,
    prompt: prompts.find((name) => name === details.prompt.name) ?? 'login',
    clientId: String(details.params.client_id),
    accountId: details.session?.accountId,
    parameters: details.params,
    isDevice: details.deviceCode !== undefined,
    startedAt: (details.iat ?? 0) * 1000,
    scopes: asked.missingOIDCScope ?? [],
    claims: asked.missingOIDCClaims ?? [],
    resourceScopes: asked.missingResourceScopes ?? {},
  };
}

function over(cause?: unknown): PosternError {
  return new PosternError(
    'not_found',
    'This sign-in is over, was finished, or belongs to another browser. Start again in the app.',
    {
      cause,
    },
  );
}
