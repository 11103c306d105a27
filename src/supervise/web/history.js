// SPDX-License-Identifier: MIT
// Calls that are over: search, filters, order; the filters live in the address, so that a list can
// be kept as a bookmark and sent to a colleague.
import { h, icon, setText } from './dom.js';
import { t, clock, when, percent, num } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import * as words from './words.js';
import { said } from './said.js';
import { nodeNote } from './nodes.js';
import { table, bar, stressKind } from './table.js';
import { searchesRow } from './searches.js';
import { zoneNote, glossary } from './explain.js';

const PAGE = 50;
const DAY_MS = 86400e3;
const FIELDS = ['q', 'queue', 'agent', 'alerted', 'rescued', 'origin', 'min_peak', 'days', 'sort', 'marked', 'tag', 'reason', 'follow_up', 'cols'];
const COLUMNS = ['agent', 'queue', 'length', 'peak', 'end', 'peak_end', 'recovery', 'alerts', 'source', 'ended', 'node'];
const SHOWN = COLUMNS.slice(0, 8).join(); // Unless somebody chooses others.
const MORE = ['marked', 'tag', 'reason', 'follow_up', 'cols'];

export class HistoryPage {
  constructor(rest) {
    const given = new URLSearchParams(rest.replace(/^\?/, ''));
    this.values = { sort: 'newest', days: '7' };
    for (const key of FIELDS) if (given.has(key)) this.values[key] = given.get(key);
    this.rows = [];
    this.results = h('div', { class: 'panel flush' });
    this.status = h('p', { class: 'dim', role: 'status' });
    this.note = nodeNote();
    this.node = h('div', {}, h('div', { class: 'page-head' }, h('h1', {}, t('nav.history')), this.status, zoneNote(), this.note.node), this.form(), searchesRow(() => String(this.query())), this.results,
      glossary([['peak_end', t('fact.peak_end')], ['recovery', t('fact.recovery')]]));
    this.load();
  }

  leave() {
    this.left = true;
    this.note.stop();
  }

  /** As it stands in the address. */
  query() { return new URLSearchParams(this.values); }

  /** Which are seldom asked for; open where one of them is set. */
  more(input, select) {
    const word = (v) => t(`history.reason.${v || 'any'}`);
    const reason = h('select', { name: 'reason' }, ['', ...words.FEATURES, 'words', 'rule'].map((v) => h('option', { value: v }, words.FEATURES.includes(v) ? t(`feature.${v}`) : word(v))));
    reason.value = this.values.reason ?? '';
    const marked = h('select', { name: 'marked' }, ['', 'any', 'stressed', 'calm', 'note', 'tag'].map((v) => h('option', { value: v }, t(`history.marked.${v === 'any' ? 'some' : v || 'any'}`))));
    marked.value = this.values.marked ?? '';
    const shown = (this.values.cols ?? SHOWN).split(',');
    return h('details', { class: 'wide more-filters', open: MORE.some((name) => this.values[name]) }, h('summary', {}, t('history.more.filters')),
      h('div', { class: 'filters' }, h('label', { class: 'field' }, t('history.marked'), marked), input('tag', 'text'), h('label', { class: 'field' }, t('history.reason'), reason), select('follow_up', ['', 'open', 'overdue', 'done'])),
      h('fieldset', {}, h('legend', {}, t('history.columns')), h('div', { class: 'chips' }, COLUMNS.map((name) =>
        h('label', { class: 'radio' }, h('input', { type: 'checkbox', name: 'col', value: name, checked: shown.includes(name) }), this.titleOf(name))))));
  }

  titleOf(name) {
    return t({ agent: 'agent', queue: 'queue', length: 'col.length', alerts: 'col.alerts', source: 'col.source', ended: 'col.ended', node: 'col.node' }[name] ?? `fact.${name}`);
  }

  read(form) {
    const data = new FormData(form);
    const cols = data.getAll('col').join();
    data.delete('col');
    this.values = Object.fromEntries([...data].map(([k, v]) => [k, v.trim()]).filter(([, v]) => v));
    this.values.days = data.get('days'); // All of them is a choice, too.
    if (cols !== SHOWN) this.values.cols = cols;
  }

  form() {
    const input = (name, type, extra = {}) => h('label', { class: 'field' }, t(`history.${name}`),
      h('input', { name, type, value: this.values[name] ?? '', ...extra }));
    const select = (name, values) => {
      const node = h('select', { name }, values.map((v) => h('option', { value: v }, t(`history.${name}.${v || 'any'}`))));
      node.value = this.values[name] ?? '';
      return h('label', { class: 'field' }, t(`history.${name}`), node);
    };
    const form = h('form', { class: 'filters', role: 'search' }, input('q', 'search'), input('queue', 'text'), input('agent', 'text'),
      select('days', ['1', '7', '30', '90', '']), select('alerted', ['', 'yes', 'no']), select('rescued', ['', 'yes']), select('origin', ['', 'live', 'import']), select('min_peak', ['', '0.4', '0.6', '0.8']), select('sort', ['newest', 'oldest', 'peak', 'end', 'peak_end', 'recovery', 'length', 'alerts']),
      h('button', { class: 'primary', type: 'submit' }, t('history.go')), this.more(input, select));
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      this.read(form);
      history.replaceState(null, '', `#/history/?${this.query()}`);
      this.load();
    });
    return form;
  }

  async load(more = false) {
    const { days, cols, ...rest } = this.values;
    const params = { ...rest, state: 'ended', limit: PAGE, cursor: more ? this.next : '',
      from_ms: days ? Math.round(model.now() - days * DAY_MS) : '' };
    try {
      setText(this.status, t('loading'));
      const answer = await api.calls(params);
      if (this.left) return;
      this.next = answer.next;
      this.rows = more ? [...this.rows, ...answer.calls] : answer.calls;
      setText(this.status, t('history.count', { n: this.rows.length, more: answer.next ? '+' : '' }));
      this.draw();
    } catch (error) {
      if (this.left) return;
      setText(this.status, '');
      this.results.replaceChildren(h('p', { class: 'error-text pad', role: 'alert' }, `${error.message} ${error.remedy}`));
    }
  }

  draw() {
    if (!this.rows.length) {
      this.results.replaceChildren(h('div', { class: 'empty' }, icon('history'), h('strong', {}, t('history.none')), h('p', {}, t('history.none.how'))));
      return;
    }
    const level = (key) => (c) => bar(words.stressNumber(c[key]), c[key], stressKind(c[key]));
    const of = {
      agent: { cell: (c) => words.agentName(c.agent) }, queue: { cell: (c) => words.queueName(c.queue) },
      length: { num: true, cell: (c) => clock((c.ended_ms - c.started_ms) / 1000), value: (c) => c.ended_ms - c.started_ms },
      peak: { num: true, cell: level('peak'), value: (c) => c.peak }, end: { num: true, cell: level('end'), value: (c) => c.end },
      peak_end: { num: true, cell: level('peak_end'), value: (c) => c.peak_end }, recovery: { num: true, cell: (c) => percent(c.recovery), value: (c) => c.recovery },
      alerts: { num: true, cell: (c) => (c.alerts ? h('b', { class: 'count-alert' }, num(c.alerts)) : '0'), value: (c) => c.alerts },
      source: { cell: (c) => c.source }, node: { cell: (c) => c.node }, ended: { cell: (c) => said(c.end_reason) ?? c.end_reason ?? '–' },
    };
    const shown = (this.values.cols ?? SHOWN).split(',').filter((name) => Object.hasOwn(of, name));
    const columns = [
      { title: t('col.start'), cell: (c) => h('a', { href: `#/call/${encodeURIComponent(c.call)}` }, when(c.started_ms)), value: (c) => c.started_ms },
      ...shown.map((name) => ({ title: this.titleOf(name), ...of[name] })),
    ];
    const more = this.next ? h('button', { type: 'button', class: 'more', onclick: () => this.load(true) }, t('history.more')) : '';
    this.results.replaceChildren(table(t('nav.history'), columns, this.rows), more);
  }
}
