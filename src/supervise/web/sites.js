// SPDX-License-Identifier: MIT
// What is usual in each queue, as it was learnt by itself: shown with its hours, applied where somebody says so.
import { h } from './dom.js';
import { t, num, when } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import * as words from './words.js';
import { table } from './table.js';
import { ask, failed } from './acts.js';

const MODES = ['off', 'learn', 'apply', 'frozen'];
const NOTHING = 0.005; // A shift that is none when it is rounded.

const name = (row) => (row.queue === '*' ? t('site.all') : words.queueName(row.queue));

/** "+0.12 ± 0.21" */
const measure = (value, error) => `${value < 0 ? '−' : '+'}${num(Math.abs(value), 2)} ± ${num(error, 2)}`;

function change(row, needed) {
  if (!row.learnt) return t('site.few', { n: num(row.calls), of: num(needed.calls), s: num(row.speech_s), ofs: num(needed.speech_s) });
  const { shift, shift_error: error } = row.learnt;
  return t(shift > NOTHING ? 'site.more' : shift < -NOTHING ? 'site.less' : 'site.same', { by: measure(shift, error) });
}

function state(row) {
  const about = [t(`site.mode.${row.mode}`)];
  if (!row.own && row.queue !== '*') about.push(t('site.as_all'));
  if (row.applied) about.push(t('site.applied', { by: measure(row.applied.shift, row.applied.shift_error) }));
  else if (row.mode === 'apply') about.push(t('site.not_yet'));
  return h('span', {}, about.join(', '), row.aside ? h('b', { class: 'drift' }, ` ${t('site.aside')}`) : null);
}

/** The section of the page; changed() after a choice or a reset. */
export function sites(data, changed) {
  const choose = (row) => {
    const now = row.own || row.queue === '*' ? row.mode : '';
    const option = (value, text) => h('option', { value, selected: value === now }, text);
    return h('select', { 'aria-label': t('site.choice', { queue: name(row) }), onchange: (e) => api.setSite(row.queue, e.target.value || null).catch(failed).then(changed) },
      row.queue === '*' ? null : option('', t('site.as_all')), MODES.map((mode) => option(mode, t(`site.mode.${mode}`))));
  };
  const reset = (row) => ask(t('site.reset'), h('p', {}, t('site.reset.text', { queue: name(row), n: num(row.calls) })), async () => {
    await api.resetSite(row.queue);
    await changed();
  }, t('site.reset'));
  const acts = (row) => h('span', { class: 'acts' }, model.may('configure') ? choose(row) : null,
    row.learnt || row.applied ? h('a', { class: 'button quiet', href: api.sitePath(row.queue), download: '' }, t('site.export')) : null,
    model.may('configure') && (row.calls || row.aside) ? h('button', { type: 'button', class: 'quiet', onclick: () => reset(row) }, t('site.reset')) : null);
  const columns = [
    { title: t('queue'), cell: name },
    { title: t('site.calls'), num: true, cell: (r) => t('site.heard', { n: num(r.calls), h: num(r.hours, 1) }), value: (r) => r.hours },
    { title: t('site.change'), cell: (r) => change(r, data.needed), value: (r) => r.learnt?.shift },
    { title: t('site.usual'), num: true, cell: (r) => (r.learnt ? measure(r.learnt.usual, r.learnt.usual_error) : '–'), value: (r) => r.learnt?.usual },
    { title: t('site.state'), cell: state },
    { title: t('rules.set'), cell: (r) => (r.set_by ? `${r.set_by}, ${when(r.set_ms)}` : '–') },
    { title: t('rules.change'), cell: acts, csv: () => '' },
  ];
  return h('section', { class: 'panel flush' }, h('div', { class: 'pad' }, h('h2', {}, t('site.title')), h('p', { class: 'dim' }, t('site.lead'))),
    table(t('site.title'), columns, data.sites));
}
