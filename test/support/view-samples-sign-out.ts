/** Models of the pages around a sign-out; see view-samples.ts. */
import type { ViewModels } from '../../src/http/views.ts';
import { longName, paperless } from './view-samples-apps.ts';

const told = { ...paperless, isTold: true };
const untold = { id: 'payroll', name: 'Payroll', host: 'payroll.example.test', url: undefined, isTold: false };
const longTold = { ...longName, isTold: true };
const frames = [
  { name: paperless.name, url: '/told?iss=https%3A%2F%2Fid.example.test&sid=a1b2' },
  { name: longName.name, url: '/told?a=1' },
];
const asked = { action: '/logout/confirm', xsrf: 'Kx0-xsrf', account: { name: 'Mara Lindqvist' } };
const signOut: Record<string, ViewModels['logout/sign-out']> = {
  asked: { ...asked, client: paperless, apps: [longTold, told, untold], stay: paperless.url },
  plain: { ...asked, client: undefined, apps: [], stay: '/account' },
};
const signedOut: Record<string, ViewModels['logout/signed-out']> = {
  plain: { state: 'out', client: undefined, apps: [], more: 0, frames: [] },
  'of one app': { state: 'out', client: undefined, apps: [told], more: 0, frames: [] },
  'of many apps': { state: 'out', client: undefined, apps: [longTold, told, untold], more: 7, frames },
  'left one app': { state: 'left', client: paperless, apps: [], more: 0, frames: frames.slice(0, 1) },
  'signed in': { state: 'in', client: undefined, apps: [], more: 0, frames: [] },
};
const goingOn: Record<string, ViewModels['logout/going-on']> = {
  plain: {
    url: paperless.url,
    seconds: 5,
    stay: '/logout/success?stay=1',
    app: paperless,
    isLeft: false,
    frames,
    untold: [],
  },
  'left one app': {
    url: paperless.url,
    seconds: 5,
    stay: '/x?stay=1',
    app: longName,
    isLeft: true,
    frames,
    untold: [],
  },
  'staying, untold': {
    url: '/x',
    seconds: 5,
    stay: undefined,
    app: paperless,
    isLeft: false,
    frames,
    untold: ['Payroll', longName.name],
  },
};

type Name = 'logout/sign-out' | 'logout/signed-out' | 'logout/going-on';
export const signOutSamples: { [View in Name]: Record<string, ViewModels[View]> } = {
  'logout/sign-out': signOut,
  'logout/signed-out': signedOut,
  'logout/going-on': goingOn,
};
