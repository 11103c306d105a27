// SPDX-License-Identifier: MIT
// Words of the trade, explained where they stand.
import { h } from './dom.js';
import { t, zone } from './i18n.js';

let count = 0;

/** The word with a button that tells what it means. */
export function term(key, word) {
  const id = `term-${++count}`;
  const text = h('span', { id, popover: 'auto', class: 'term-text' }, h('b', {}, word), ` ${t(`explain.${key}`)}`);
  return [word, ' ', h('button', { type: 'button', class: 'quiet term print-no', popovertarget: id, 'aria-label': t('explain.what', { word }) }, '?'), text];
}

/** For below a table: what the words of its head mean. */
export function glossary(words) {
  return h('details', { class: 'glossary' }, h('summary', {}, t('explain.title')),
    h('dl', {}, words.map(([key, word]) => [h('dt', {}, word), h('dd', {}, t(`explain.${key}`))])));
}

/** In which zone the times of a page are. */
export const zoneNote = () => h('p', { class: 'dim zone' }, t('zone', { zone: zone() }));
