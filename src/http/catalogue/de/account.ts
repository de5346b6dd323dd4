/** German of /account, the page of one's own. */
import type { account as english } from '../en/account.ts';

export const account: Record<keyof typeof english, string> = {
  'own.page': 'Ihr Konto',
  'own.menu': 'Konto',
  'own.admin': 'Verwaltung',
  'own.sign-out': 'Abmelden',
  'own.look-below': 'Sehen Sie nach, was unten markiert ist.',
  'own.throttled': 'Zu viele Versuche mit einem falschen Passwort. Sie können es {when} wieder versuchen.',

  'own.sessions': 'Wo Sie angemeldet sind',
  'own.end-others': 'Überall sonst abmelden',
  'own.device': 'Gerät',
  'own.place': 'Adresse',
  'own.used': 'Zuletzt benutzt',
  'own.since': 'angemeldet {when}',
  'own.here': 'Hier sind Sie',
  'own.end': 'Abmelden',

  'own.apps': 'Apps, die Ihr Konto verwenden',
  'own.no-apps': 'Keine. Eine App steht hier, sobald Sie sich bei ihr angemeldet haben.',
  'own.app-until': 'endet {until}',
  'own.app-remove': 'Entfernen',
  'own.apps-hint':
    'Eine entfernte App verliert den Zugriff sofort. Bei der nächsten Anmeldung fragt sie wieder, außer Ihr Team erlaubt sie für alle.',

  'own.sign-ins': 'Letzte Anmeldungen',
  'own.no-sign-ins': 'Noch keine.',
  'own.sign-in': 'Anmeldung',
  'own.when': 'Wann',
  'own.succeeded': 'Angemeldet',
  'own.wrong': 'Falsches Passwort',
  'own.throttled-sign-in': 'Zu viele Versuche',
  'own.locked': 'Für neue Geräte geschlossen',
  'own.refused': 'Nicht eingelassen',
  'own.sign-ins-hint':
    'War das einmal jemand anderes? Ändern Sie Ihr Passwort: Das meldet Sie überall sonst ab. Ein falsches Passwort allein lässt niemanden herein.',

  'own.profile': 'Profil',
  'own.name': 'Name',
  'own.given-name': 'Vorname',
  'own.family-name': 'Nachname',
  'own.language': 'Sprache',
  'own.language-hint': 'Für Apps, die danach fragen. Diese Seiten sprechen die Sprache Ihres Browsers.',
  'own.language-none': 'Keine Angabe',
  'own.username': 'Benutzername',
  'own.email': 'E-Mail',
  'own.fixed-hint': 'Das ändern die Betreiber von {brand}.',
  'own.declared':
    'Die Betreiber von {brand} führen Ihr Profil in einer Datei. Fragen Sie dort, wenn sich etwas ändern soll.',
  'own.save': 'Profil speichern',

  'own.password': 'Passwort',
  'own.current': 'Aktuelles Passwort',
  'own.new': 'Neues Passwort',
  'own.new-hint': 'Mindestens {count} Zeichen. Gut sind ein paar Wörter ohne Zusammenhang.',
  'own.repeat': 'Neues Passwort noch einmal',
  'own.stale': 'Ihre Anmeldung ist eine Weile her.',
  'own.ending-keys':
    'Die API-Schlüssel, die Sie erstellt haben ({count}), enden mit dem alten Passwort: Programme, die sie benutzen, brauchen neue.',
  'own.change': 'Ändern und meine anderen Geräte abmelden',

  'password.current': 'Das ist nicht Ihr aktuelles Passwort.',
  'password.repeat': 'Das ist nicht dasselbe wie das neue Passwort.',
  'password.short': 'Es hat {length} Zeichen und braucht mindestens {least}.',
  'password.long': 'Es hat {length} Zeichen; höchstens {most} sind möglich.',
  'password.control':
    'Es enthält ein Steuerzeichen. Buchstaben, Ziffern, Zeichen und Leerzeichen jeder Schrift sind möglich.',
  'password.name':
    'Es ist kaum mehr als ein Name, der zu Ihnen oder hierher gehört. Wählen Sie Wörter ohne Zusammenhang.',
  'password.common': 'Es gehört zu denen, die zuerst probiert werden. Wählen Sie ein paar Wörter ohne Zusammenhang.',

  'done.profile-saved': 'Ihr Profil ist gespeichert. Apps sehen es bei Ihrer nächsten Anmeldung dort.',
  'done.password-changed': 'Ihr Passwort ist geändert. Überall sonst sind Sie abgemeldet.',
  'done.device-signed-out': 'Dieses Gerät ist abgemeldet.',
  'done.others-signed-out': 'Überall sonst sind Sie abgemeldet.',
  'done.app-removed': 'Die App hat keinen Zugriff mehr auf Ihr Konto.',
};
