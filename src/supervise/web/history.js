// SPDX-License-Identifier: MIT
// Calls that are over: search, filters, order; the filters live in the address, so that a list can
// be kept as a bookmark and sent to a colleague.
import { h, icon, setText } from './dom.js';
import { t, clock, when, percent, num } from './i18n.js';
import * as api from './api.js';
import * as words from './words.js';
import { nodeNote } from './nodes.js';
import { table, bar, stressKind } from './table.js';

const PAGE = 50;
const DAY_MS = 86400e3;
const FIELDS = ['q', 'queue', 'agent', 'alerted', 'rescued', 'origin', 'min_peak', 'days', 'sort'];

export class HistoryPage {
  constructor(rest) {
    const given = new URLSearchParams(rest.replace(/^\?/, ''));
    this.values = { sort: 'newest', days: '7' };
    for (const key of FIELDS) if (given.has(key)) this.values[key] = given.get(key);
    this.rows = [];
    this.results = h('div', { class: 'panel flush' });
    this.status = h('p', { class: 'dim', role: 'status' });
    this.note = nodeNote();
    this.node = h('div', {}, h('div', { class: 'page-head' }, h('h1', {}, t('nav.history')), this.status, this.note.node), this.form(), this.results);
    this.load();
  }

  leave() {
    this.left = true;
    this.note.stop();
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
      select('days', ['1', '7', '30', '90', '']), select('alerted', ['', 'yes', 'no']), select('rescued', ['', 'yes']), select('origin', ['', 'live', 'import']), select('min_peak', ['', '0.4', '0.6', '0.8']), select('sort', ['newest', 'peak', 'peak_end']),
      h('button', { class: 'primary', type: 'submit' }, t('history.go')));
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      this.values = Object.fromEntries([...new FormData(form)].map(([k, v]) => [k, v.trim()]).filter(([, v]) => v));
      history.replaceState(null, '', `#/history/?${new URLSearchParams(this.values)}`);
      this.load();
    });
    return form;
  }

  async load(more = false) {
    const { days, ...rest } = this.values;
    const params = { ...rest, state: 'ended', limit: PAGE, cursor: more ? this.next : '',
      from_ms: days ? Math.round(Date.now() - days * DAY_MS) : '' };
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
    const columns = [
      { title: t('col.start'), cell: (c) => h('a', { href: `#/call/${encodeURIComponent(c.call)}` }, when(c.started_ms)) },
      { title: t('agent'), cell: (c) => words.agentName(c.agent) },
      { title: t('queue'), cell: (c) => words.queueName(c.queue) },
      { title: t('col.length'), num: true, cell: (c) => clock((c.ended_ms - c.started_ms) / 1000) },
      { title: t('fact.peak'), num: true, cell: level('peak') },
      { title: t('fact.end'), num: true, cell: level('end') },
      { title: t('fact.peak_end'), num: true, cell: level('peak_end') },
      { title: t('fact.recovery'), num: true, cell: (c) => percent(c.recovery) },
      { title: t('col.alerts'), num: true, cell: (c) => (c.alerts ? h('b', { class: 'count-alert' }, num(c.alerts)) : '0') },
    ];
    const more = this.next ? h('button', { type: 'button', class: 'more', onclick: () => this.load(true) }, t('history.more')) : '';
    this.results.replaceChildren(table(t('nav.history'), columns, this.rows), more);
  }
}
