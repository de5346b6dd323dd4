/** German of the pages with one card: sign-in, consent, sign-out, device. */
import type { door as english } from '../en/door.ts';

export const door: Record<keyof typeof english, string> = {
  'layout.skip': 'Zum Inhalt',
  'layout.banner-label': 'Nur für die Entwicklung',
  'layout.banner':
    '<strong>Nur für die Entwicklung.</strong> Wer diese Seite öffnet, kann jede Person sein. Nichts für echte Personen.',
  'layout.start': 'Startseite',
  'layout.help': 'Hilfe',
  'layout.privacy': 'Datenschutz',

  'sign-in.page': 'Anmelden',
  'sign-in.title': 'Anmelden',
  'sign-in.title-pick': 'Wer möchten Sie sein?',
  'sign-in.for': 'um mit <strong>{app}</strong> fortzufahren',
  'sign-in.for-at': 'um mit <strong>{app}</strong> auf {host} fortzufahren',
  'sign-in.disabled': 'darf sich nicht anmelden',
  'sign-in.no-groups': 'in keiner Gruppe',
  'sign-in.disabled-hint': '{name} ist gesperrt: Mit diesem Konto sehen Sie, wie Ihre App eine Ablehnung aufnimmt.',
  'sign-in.fold': 'Mit Name und Passwort anmelden',
  'sign-in.fold-hint': 'Das Passwort einer Beispielperson ist ihr Name.',
  'sign-in.username': 'Benutzername',
  'sign-in.password': 'Passwort',
  'sign-in.submit': 'Anmelden',
  'sign-in.cancel': 'Abbrechen und zurück zu {app}',
  'sign-in.cancel-dev': 'Abbrechen: der App mit <code>access_denied</code> antworten',
  'sign-in.wrong': '<strong>Name und Passwort passen nicht zusammen.</strong>',
  'sign-in.wrong-todo': 'Prüfen Sie beides und geben Sie Ihr Passwort noch einmal ein.',
  'sign-in.throttled': '<strong>Zu viele Versuche.</strong>',
  'sign-in.throttled-todo': 'Sie können es {when} wieder versuchen. Ihr Konto ist nicht gesperrt.',
  'sign-in.unavailable': '<strong>Gerade melden sich zu viele Personen an.</strong>',
  'sign-in.unavailable-todo': 'Ihr Passwort wurde nicht geprüft. Versuchen Sie es {when} noch einmal.',
  'sign-in.registered':
    '<strong>{app} ist hier neu und wurde eben eingetragen</strong>, mit der Adresse, zu der die App zurückkehrt.',
  'sign-in.address-added':
    '<strong>{app} kam mit einer neuen Adresse für die Rückkehr.</strong> Sie steht jetzt auf der Liste der App.',
  'sign-in.pkce-missing':
    '<strong>Diese Anfrage kam ohne PKCE.</strong> Hier geht das durch, mit <code>postern serve</code> nicht: Senden Sie <code>code_challenge</code> mit der Methode <code>S256</code>.',

  'consent.page': '{app} erlauben',
  'consent.title': 'Darf {app} Ihr Konto verwenden?',
  'consent.returns': 'Sie kehren zurück zu <strong>{host}</strong>',
  'consent.asks': '{app} erhält',
  'consent.openid': 'Dass Sie es sind',
  'consent.openid-detail': 'durch eine Kennung, die gleich bleibt',
  'consent.profile': 'Ihren Namen und Ihr Profil',
  'consent.email': 'Ihre E-Mail-Adresse',
  'consent.phone': 'Ihre Telefonnummer',
  'consent.address': 'Ihre Postanschrift',
  'consent.groups': 'Die Gruppen, in denen Sie sind',
  'consent.offline_access': 'All das auch, während Sie nicht da sind',
  'consent.offline_access-detail': 'die App kann wiederkommen, ohne Sie zu fragen',
  'consent.other': 'Eine eigene Berechtigung',
  'consent.resource': 'Die Nutzung von {resource} in Ihrem Namen',
  'consent.lasts': 'Das gilt, bis Sie sich abmelden, höchstens {span}. {app} sieht nie Ihr Passwort.',
  'consent.lasts-first-party':
    'Das gilt, bis Sie sich abmelden, höchstens {span}. {app} sieht nie Ihr Passwort. Die App wird von {brand} betrieben.',
  'consent.unverified': '<strong>Niemand hat geprüft, wer diese App betreibt.</strong>',
  'consent.unverified-todo':
    'Jedes Programm kann sich so nennen. Erlauben Sie es nur, wenn Sie die App eben selbst gestartet haben.',
  'consent.cancel': 'Abbrechen',
  'consent.allow': 'Erlauben',
  'consent.signed-in': 'Angemeldet als <strong>{name}</strong>. Sind Sie das nicht?',
  'consent.switch': 'Konto wechseln',

  'continue.page': 'Weiter zu {app}',
  'continue.page-plain': 'Weiter',
  'continue.signed-in': 'Sie sind angemeldet',
  'continue.allowed': 'Sie haben {app} den Zugriff erlaubt',
  'continue.cancelled': 'Sie haben abgebrochen',
  'continue.refused': 'Dieses Konto darf sich nicht anmelden',
  'continue.signed-out': 'Sie sind abgemeldet',
  'continue.to': 'Es geht weiter zu <strong>{host}</strong>',
  'continue.link': 'Weiter zu {app}',
  'continue.link-plain': 'Weiter',

  'sign-out.page': 'Abmelden',
  'sign-out.title': 'Von {brand} abmelden?',
  'sign-out.who': 'Sie sind angemeldet als <strong>{name}</strong>.',
  'sign-out.who-asks': '<strong>{app}</strong> möchte Sie abmelden. Sie sind angemeldet als <strong>{name}</strong>.',
  'sign-out.effect':
    'Das beendet Ihre Anmeldung in diesem Browser und alles, was Apps dadurch erhalten haben. Eine App mit eigener Anmeldung beendet sie erst, wenn Sie sich dort abmelden.',
  'sign-out.no': 'Nicht abmelden',
  'sign-out.yes': 'Abmelden',

  'signed-out.page': 'Abgemeldet',
  'signed-out.title': 'Sie sind abgemeldet',
  'signed-out.title-app': 'Sie bleiben angemeldet',
  'signed-out.detail': 'von {brand}, in diesem Browser.',
  'signed-out.detail-app': 'bei {brand}. Nur der Zugriff von <strong>{app}</strong> ist beendet.',
  'signed-out.hint':
    'Sie können diese Seite schließen. An einem gemeinsam genutzten Computer schließen Sie den ganzen Browser.',

  'device.page': 'Gerät verbinden',
  'device.title': 'Gerät verbinden',
  'device.detail': 'Geben Sie den Code ein, den Ihr Gerät anzeigt.',
  'device.label': 'Code',
  'device.hint': 'Acht Buchstaben, wie WDJB-MJHT. Den Strich können Sie weglassen.',
  'device.submit': 'Weiter',
  'device.warning':
    'Geben Sie nur den Code eines Geräts ein, das <strong>vor Ihnen</strong> steht. Wer Ihnen einen Code schickt, will Ihr Konto benutzen.',
  'device.missing': 'Es fehlt ein Code. Geben Sie den ein, den Ihr Gerät anzeigt.',
  'device.unknown': 'Kein Gerät zeigt diesen Code an. Vergleichen Sie ihn Buchstabe für Buchstabe.',
  'device.expired': 'Dieser Code ist zu alt. Lassen Sie Ihr Gerät einen neuen anzeigen.',
  'device.used': 'Dieser Code wurde schon verwendet. Lassen Sie Ihr Gerät einen neuen anzeigen.',
  'device.throttled': 'Zu viele falsche Codes. Sie können es {when} wieder versuchen.',
  'device.confirm-page': '{app} verbinden',
  'device.confirm-title': 'Zeigt Ihr Gerät diesen Code an?',
  'device.confirm-detail': '<strong>{app}</strong> möchte Ihr Konto auf einem Gerät verwenden.',
  'device.confirm-address': 'Das Gerät hat von der Adresse {address} aus gefragt.',
  'device.confirm-warning':
    'Haben Sie das eben selbst gestartet, auf einem Gerät, das <strong>vor Ihnen</strong> steht? Wenn Ihnen jemand den Code geschickt hat, hören Sie hier auf.',
  'device.abort': 'Nein, abbrechen',
  'device.confirm': 'Ja, weiter',
  'device.done-page': 'Gerät verbunden',
  'device.done-title': 'Ihr Gerät ist verbunden',
  'device.done-detail':
    '<strong>{app}</strong> macht in wenigen Sekunden von selbst weiter. Sie können diese Seite schließen.',
  'device.refused-page': 'Gerät nicht verbunden',
  'device.refused-title': 'Das Gerät wurde nicht verbunden',
  'device.refused-detail':
    'Der Code gilt nicht mehr. Wenn Sie doch ein Gerät verbinden möchten, lassen Sie es einen neuen anzeigen.',

  'welcome.page': 'Willkommen',
  'welcome.title': '{brand}',
  'welcome.detail':
    'Hier melden Sie sich an. Öffnen Sie die App, die Sie nutzen möchten: Sie bringt Sie hierher, wenn es nötig ist.',
};
