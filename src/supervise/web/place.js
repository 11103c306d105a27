// SPDX-License-Identifier: MIT
// The wall's filters, which live in the address: a reload and a bookmark keep them, a new day starts without.
// And where the wall was left, so that Back leads there.

const KEYS = ['states', 'queue', 'find'];
let filters = { states: [], queue: '', find: '' };
let top = 0;

/** Reads "?states=alert,calm&queue=Billing&find=ana". */
export function read(rest) {
  const given = new URLSearchParams(rest.replace(/^\?/, ''));
  filters = { states: (given.get('states') ?? '').split(',').filter(Boolean), queue: given.get('queue') ?? '', find: given.get('find') ?? '' };
}

export const get = (key) => filters[key];
export const filtered = () => filters.states.length > 0 || filters.queue !== '' || filters.find.trim() !== '';

/** The wall's address with its filters. */
export function address() {
  const given = new URLSearchParams();
  for (const key of KEYS) if (filters[key].length) given.set(key, String(filters[key]));
  return String(given) ? `#/wall/?${given}` : '#/wall';
}

/** Sets a filter; the address follows without a new entry in the history. */
export function set(key, value) {
  filters[key] = value;
  history.replaceState(null, '', address());
  for (const a of document.querySelectorAll('a[data-page="wall"]')) a.setAttribute('href', address());
}

export function clear() {
  filters = { states: [], queue: '', find: '' };
  set('find', '');
}

export function leaveAt(y) { top = y; }
/** Where the wall was left; once. */
export function takeTop() {
  const y = top;
  top = 0;
  return y;
}
