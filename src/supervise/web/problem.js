// SPDX-License-Identifier: MIT
// A problem of the server, in the reader's language; names and paths stand in its own sentence behind it.
import { h } from './dom.js';
import * as words from './words.js';

export function problemLine(p) {
  const [what, remedy, own] = words.problem(p);
  return h('p', { class: 'problem', role: 'status' }, h('b', {}, what), ' ', h('span', {}, remedy), own ? [' ', h('span', { class: 'dim', lang: 'en' }, own)] : null);
}
