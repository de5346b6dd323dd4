/** German of the error page: for people, and with an explanation for developers. */
import type { errors as english } from '../en/errors.ts';

export const errors: Record<keyof typeof english, string> = {
  'error.received': 'Erhalten',
  'error.expected': 'Erwartet',
  'error.nothing': 'nichts',
  'error.change': 'Was zu ändern ist',
  'error.said': 'Nur in dev und testing: die Einzelheiten',
  'error.todo': 'Was Sie tun können',
  'error.reference': 'Kennung',
  'error.back': 'Zurück zu {app}',
  'error.help': 'Hilfe holen',
  'error.app': 'Diese Anmeldung hat nicht geklappt',
  'error.app-detail': '{app} und {brand} sind sich nicht einig, wie Sie angemeldet werden. Es liegt nicht an Ihnen.',
  'error.app-detail-unnamed':
    'Die App, von der Sie kommen, und {brand} sind sich nicht einig, wie Sie angemeldet werden. Es liegt nicht an Ihnen.',
  'error.app-todo':
    'Gehen Sie zurück zur App und versuchen Sie es noch einmal. Wenn diese Seite wieder erscheint, nennen Sie denen, die {brand} betreiben, diese Kennung:',
  'error.sign-out': 'Diese Abmeldung hat nicht geklappt',
  'error.sign-out-detail':
    'Die App hat auf eine Weise darum gebeten, der {brand} nicht folgen kann. Es liegt nicht an Ihnen.',
  'error.sign-out-todo':
    'Sie sind noch angemeldet. Melden Sie sich hier ab, bevor Sie einen gemeinsam genutzten Computer verlassen. Nennen Sie denen, die {brand} betreiben, diese Kennung:',
  'error.sign-out-here': 'Hier abmelden',
  'error.still-signed-in': 'Sie sind noch angemeldet',
  'error.still-signed-in-detail':
    'Zum Abmelden gehört, dass Ihre Apps davon erfahren, und das kann {brand} gerade nicht. Darum wurde nichts beendet, weder hier noch in einer App.',
  'error.still-signed-in-todo':
    'Versuchen Sie es gleich noch einmal, und verlassen Sie einen gemeinsam genutzten Computer nicht vorher. Wenn es anhält, nennen Sie denen, die {brand} betreiben, diese Kennung:',
  'error.again': 'Noch einmal versuchen',
  'error.expired': 'Diese Anmeldung ist vorbei',
  'error.expired-detail':
    'Sie hat zu lange gedauert, war schon abgeschlossen oder hat in einem anderen Browser begonnen.',
  'error.expired-todo':
    'Gehen Sie zurück zur App und melden Sie sich neu an. Falls das nicht hilft, ist dies die Kennung:',
  'error.form': 'Diese Seite war veraltet',
  'error.form-detail': 'Sie war zu lange offen, oder sie kam nicht von {brand}. Es wurde nichts geändert.',
  'error.form-todo':
    'Gehen Sie zurück, laden Sie die Seite neu und wiederholen Sie den Schritt. Falls das nicht hilft, ist dies die Kennung:',
  'error.invalid': '{brand} kann diese Anfrage nicht lesen',
  'error.invalid-detail':
    'In dem, was gesendet wurde, fehlt etwas, oder es ist etwas zu viel. Es wurde nichts geändert.',
  'error.invalid-todo': 'Gehen Sie zurück und beginnen Sie noch einmal. Falls das nicht hilft, ist dies die Kennung:',
  'error.forbidden': 'Das steht Ihnen nicht offen',
  'error.forbidden-detail': 'Ihr Konto darf das nicht.',
  'error.forbidden-todo': 'Falls es das dürfen sollte, nennen Sie denen, die {brand} betreiben, diese Kennung:',
  'error.not-found': 'Hier ist nichts',
  'error.not-found-detail':
    'Diese Adresse führt zu keiner Seite von {brand}. Vielleicht ist sie unvollständig oder alt.',
  'error.not-found-todo': 'Prüfen Sie die Adresse, oder gehen Sie zurück zur vorigen Seite. Dies ist die Kennung:',
  'error.busy': 'Zu viele Versuche',
  'error.busy-detail': 'Aus Ihrem Netz kamen so viele Anfragen, dass {brand} eine Weile keine annimmt.',
  'error.busy-todo': 'Sie können es {when} wieder versuchen. Dies ist die Kennung:',
  'error.unavailable': '{brand} kann das gerade nicht',
  'error.unavailable-detail': 'Es liegt nicht an Ihnen, und es wurde nichts geändert.',
  'error.unavailable-todo':
    'Sie können es {when} wieder versuchen. Wenn es anhält, nennen Sie denen, die {brand} betreiben, diese Kennung:',
  'error.internal': 'Etwas ist schiefgegangen',
  'error.internal-detail': '{brand} hat einen Fehler gemacht. Es liegt nicht an Ihnen.',
  'error.internal-todo':
    'Versuchen Sie es noch einmal. Wenn diese Seite wieder erscheint, nennen Sie denen, die {brand} betreiben, diese Kennung:',

  'explain.sign-in': 'Die Anmeldung endete beim ersten Schritt',
  'explain.sign-out': 'Die Abmeldung endete beim ersten Schritt',
  'explain.unnamed': 'Die App',
  'explain.redirect_uri': '{app} möchte zu einer Adresse zurück, die nicht auf der Liste steht',
  'explain.redirect_uri-detail':
    'Eine App darf nur zu einer Redirect-URI zurück, die genau mit einer eingetragenen übereinstimmt.',
  'explain.redirect_uri-app':
    '<strong>Wenn die App falsch liegt, ändern Sie die App.</strong> Stellen Sie eine eingetragene Redirect-URI ein und beginnen Sie die Anmeldung neu.',
  'explain.redirect_uri-list':
    '<strong>Wenn die Liste falsch ist, ändern Sie die Liste.</strong> Tragen Sie die erhaltene Redirect-URI beim Client <code>{id}</code> ein.',
  'explain.post_logout_redirect_uri': '{app} möchte zu einer Adresse zurück, die nicht auf der Liste steht',
  'explain.post_logout_redirect_uri-detail':
    'Nach der Abmeldung darf eine App nur zu einer Post-Logout-Redirect-URI, die genau mit einer eingetragenen übereinstimmt.',
  'explain.post_logout_redirect_uri-app':
    '<strong>Wenn die App falsch liegt, ändern Sie die App.</strong> Stellen Sie eine eingetragene Post-Logout-Redirect-URI ein.',
  'explain.post_logout_redirect_uri-list':
    '<strong>Wenn die Liste falsch ist, ändern Sie die Liste.</strong> Tragen Sie die erhaltene Post-Logout-Redirect-URI beim Client <code>{id}</code> ein.',
  'explain.client': 'Kein Client ist als {id} eingetragen',
  'explain.client-detail':
    'Jede Anfrage nennt den Client, von dem sie kommt. Dieser Issuer kennt den erhaltenen nicht.',
  'explain.client-app':
    '<strong>Wenn die App falsch liegt, ändern Sie die App.</strong> Stellen Sie eine eingetragene Client-ID ein und beginnen Sie die Anmeldung neu.',
  'explain.client-list':
    '<strong>Wenn die Liste falsch ist, ändern Sie die Liste.</strong> Tragen Sie den Client <code>{id}</code> mit seiner Redirect-URI ein.',
  'explain.response_type': '{app} verlangt einen Response-Type, der abgeschaltet ist',
  'explain.response_type-detail':
    'Dieser Issuer antwortet mit einem Code, den die App gegen Tokens tauscht. Tokens in der Adresse einer Seite können in fremde Hände geraten.',
  'explain.response_type-app':
    'Stellen Sie in der App <code>response_type=code</code> ein: Die meisten Bibliotheken nennen das Code Flow.',
  'explain.pkce': '{app} hat keine brauchbare PKCE-Challenge gesendet',
  'explain.pkce-detail':
    'PKCE bindet den Code an den Browser, der ihn angefordert hat. Ein gestohlener Code ist dann wertlos.',
  'explain.pkce-app':
    'Senden Sie <code>code_challenge</code> und <code>code_challenge_method=S256</code>: Die meisten Bibliotheken haben dafür einen Schalter.',
  'explain.scope': '{app} verlangt einen Scope, der nicht erlaubt ist',
  'explain.scope-detail': 'Jeder Scope muss diesem Issuer bekannt und dem Client erlaubt sein.',
  'explain.scope-app':
    '<strong>Wenn die App falsch liegt, ändern Sie die App.</strong> Verlangen Sie nur die erlaubten Scopes.',
  'explain.scope-list':
    '<strong>Wenn die Liste falsch ist, ändern Sie die Liste.</strong> Erlauben Sie dem Client <code>{id}</code> diesen Scope.',
  'explain.resource': '{app} verlangt eine Ressource, die es nicht gibt',
  'explain.resource-detail': 'Eine Ressource wird mit ihrer Kennung benannt, Buchstabe für Buchstabe.',
  'explain.resource-app':
    '<strong>Wenn die App falsch liegt, ändern Sie die App.</strong> Senden Sie die Kennung einer Ressource, die dieser Issuer hat.',
  'explain.resource-list':
    '<strong>Wenn die Liste falsch ist, ändern Sie die Liste.</strong> Tragen Sie die Ressource in <code>postern.yaml</code> ein und starten Sie neu.',
  'explain.parameter': '{app} hat eine Anfrage gesendet, die nicht zusammenpasst',
  'explain.parameter-detail':
    'Ein Parameter fehlt, kommt zweimal vor oder hat einen Wert, den dieser Issuer nicht kennt.',
  'explain.parameter-app': 'Ändern Sie, was die App sendet, und beginnen Sie neu.',
};
