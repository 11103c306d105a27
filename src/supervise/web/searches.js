// SPDX-License-Identifier: MIT
// The searches that somebody keeps: in the record, so that they are there at every desk.
import { h, icon, show } from './dom.js';
import { t } from './i18n.js';
import * as api from './api.js';
import { ask } from './acts.js';

/** A row of links. current(): the query as it stands in the address. */
export function searchesRow(current) {
  const list = h('div', { class: 'chips' });
  const node = h('div', { class: 'searches', role: 'group', 'aria-label': t('search.kept') }, list,
    h('button', { type: 'button', class: 'quiet', onclick: () => ask(t('search.keep'),
      h('label', { class: 'field' }, t('search.name'), h('input', { name: 'name', required: true, maxlength: 63, autocomplete: 'off' })),
      async (data) => draw(await api.keepSearch(data.get('name').trim(), current())), t('search.keep')) }, t('search.keep')));
  const draw = ({ searches }) => {
    show(list, searches.length > 0);
    list.replaceChildren(...searches.map((s) => h('span', { class: 'kept' }, h('a', { class: 'chip', href: `#/history/?${s.query}` }, s.name),
      h('button', { type: 'button', class: 'quiet square', 'aria-label': t('search.drop', { name: s.name }), onclick: async () => {
        await api.dropSearch(s.name).catch(() => {});
        draw(await api.searches());
      } }, icon('close')))));
  };
  show(list, false);
  api.searches().then(draw, () => show(node, false));
  return node;
}
