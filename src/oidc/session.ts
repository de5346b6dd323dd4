import type { Provider, Session } from 'oidc-provider';

/**
 * Ends a session on the server: what apps were given for it goes, except what was asked for "while you are away"
 * (offline_access), then the session itself. Does what the engine's own confirmation does.
 */
export async function endSession(provider: Provider, session: Session): Promise<void> {
  for (const { grantId, persistsLogout } of Object.values(session.authorizations ?? {})) {
    if (grantId === undefined || persistsLogout) continue;
    await provider.Grant.adapter.destroy(grantId);
  }
  await session.destroy();
}
