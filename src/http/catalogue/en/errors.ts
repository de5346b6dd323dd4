/** English of the error page: for people, and with an explanation for developers. */
export const errors = {
  'error.received': 'Received',
  'error.expected': 'Expected',
  'error.nothing': 'nothing',
  'error.change': 'What to change',
  'error.said': 'In dev and testing only: the details',
  'error.todo': 'What you can do',
  'error.reference': 'Reference',
  'error.back': 'Back to {app}',
  'error.help': 'Get help',
  'error.app': 'This sign-in did not work',
  'error.app-detail': '{app} and {brand} do not agree on how to sign you in. It is nothing you did.',
  'error.app-detail-unnamed':
    'The app you came from and {brand} do not agree on how to sign you in. It is nothing you did.',
  'error.app-todo':
    'Go back to the app and try once more. If you see this page again, tell the people who run {brand} and give them this reference:',
  'error.sign-out': 'This sign-out did not work',
  'error.sign-out-detail': 'The app asked for it in a way that {brand} cannot follow. It is nothing you did.',
  'error.sign-out-todo':
    'You are still signed in. Sign out here before you leave a shared computer. Tell the people who run {brand} and give them this reference:',
  'error.sign-out-here': 'Sign out here',
  'error.still-signed-in': 'You are still signed in',
  'error.still-signed-in-detail':
    'Signing out also means telling your apps, and {brand} cannot do that right now. So nothing was ended, here or in any app.',
  'error.still-signed-in-todo':
    'Try again in a moment, and do not leave a shared computer before that. If it lasts, tell the people who run {brand} and give them this reference:',
  'error.again': 'Try again',
  'error.expired': 'This sign-in is over',
  'error.expired-detail': 'It took too long, was finished before, or began in another browser.',
  'error.expired-todo': 'Go back to the app and sign in again. If that does not help, this is the reference:',
  'error.form': 'This page was out of date',
  'error.form-detail': 'It was open for too long, or it did not come from {brand}. Nothing was changed.',
  'error.form-todo':
    'Go back, load the page again and repeat what you did. If that does not help, this is the reference:',
  'error.invalid': '{brand} cannot read this request',
  'error.invalid-detail': 'Something is missing from what was sent, or is there in excess. Nothing was changed.',
  'error.invalid-todo': 'Go back and begin again. If that does not help, this is the reference:',
  'error.forbidden': 'This is not open to you',
  'error.forbidden-detail': 'Your account may not do this.',
  'error.forbidden-todo': 'If it should, tell the people who run {brand} and give them this reference:',
  'error.not-found': 'There is nothing here',
  'error.not-found-detail': 'This address leads to no page of {brand}. It may be incomplete or old.',
  'error.not-found-todo': 'Check the address, or go back to the page you came from. This is the reference:',
  'error.busy': 'Too many attempts',
  'error.busy-detail': 'So many requests came from your network that {brand} holds off for a while.',
  'error.busy-todo': 'You can try again {when}. This is the reference:',
  'error.unavailable': '{brand} cannot do this right now',
  'error.unavailable-detail': 'It is nothing you did, and nothing was changed.',
  'error.unavailable-todo':
    'You can try again {when}. If it lasts, tell the people who run {brand} and give them this reference:',
  'error.internal': 'Something went wrong',
  'error.internal-detail': '{brand} made a mistake. It is nothing you did.',
  'error.internal-todo':
    'Try once more. If you see this page again, tell the people who run {brand} and give them this reference:',

  'explain.sign-in': 'Sign-in stopped at the first step',
  'explain.sign-out': 'Sign-out stopped at the first step',
  'explain.unnamed': 'The app',
  'explain.redirect_uri': '{app} wants to return to an address that is not on its list',
  'explain.redirect_uri-detail': 'An app may only return to a redirect URI that matches a registered one exactly.',
  'explain.redirect_uri-app':
    '<strong>If the app is wrong, change the app.</strong> Set its redirect URI to a registered one and start the sign-in again.',
  'explain.redirect_uri-list':
    '<strong>If the list is wrong, change the list.</strong> Add the received redirect URI to the client <code>{id}</code>.',
  'explain.post_logout_redirect_uri': '{app} wants to return to an address that is not on its list',
  'explain.post_logout_redirect_uri-detail':
    'After sign-out an app may only return to a post-logout redirect URI that matches a registered one exactly.',
  'explain.post_logout_redirect_uri-app':
    '<strong>If the app is wrong, change the app.</strong> Set its post-logout redirect URI to a registered one.',
  'explain.post_logout_redirect_uri-list':
    '<strong>If the list is wrong, change the list.</strong> Add the received post-logout redirect URI to the client <code>{id}</code>.',
  'explain.client': 'No client is registered as {id}',
  'explain.client-detail':
    'Each request names the client that sends it. This issuer does not know the one it received.',
  'explain.client-app':
    '<strong>If the app is wrong, change the app.</strong> Set its client id to a registered one and start the sign-in again.',
  'explain.client-list':
    '<strong>If the list is wrong, change the list.</strong> Register the client <code>{id}</code> with its redirect URI.',
  'explain.response_type': '{app} asks for a response type that is off',
  'explain.response_type-detail':
    'This issuer answers with a code, which the app exchanges for tokens. Tokens in the address of a page can leak.',
  'explain.response_type-app': 'Set <code>response_type=code</code> in the app: most libraries call it the code flow.',
  'explain.pkce': '{app} sent no usable PKCE challenge',
  'explain.pkce-detail': 'PKCE ties the code to the browser that asked for it, so that a stolen code is worth nothing.',
  'explain.pkce-app':
    'Send <code>code_challenge</code> and <code>code_challenge_method=S256</code>: most libraries have a switch for PKCE.',
  'explain.scope': '{app} asks for a scope that it may not have',
  'explain.scope-detail': 'Each scope must be known to this issuer and be allowed to the client.',
  'explain.scope-app': '<strong>If the app is wrong, change the app.</strong> Ask for the allowed scopes only.',
  'explain.scope-list':
    '<strong>If the list is wrong, change the list.</strong> Allow the scope to the client <code>{id}</code>.',
  'explain.resource': '{app} asks for a resource that is not there',
  'explain.resource-detail': 'A resource is named by its identifier, letter by letter.',
  'explain.resource-app':
    '<strong>If the app is wrong, change the app.</strong> Send the identifier of a resource that this issuer has.',
  'explain.resource-list':
    '<strong>If the list is wrong, change the list.</strong> Add the resource to <code>postern.yaml</code> and start again.',
  'explain.parameter': '{app} sent a request that does not fit together',
  'explain.parameter-detail': 'One parameter is missing, there twice, or has a value that this issuer does not know.',
  'explain.parameter-app': 'Change what the app sends, then start again.',
};
