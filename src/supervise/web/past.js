// SPDX-License-Identifier: MIT
// Alerts of the past: who answered, how soon, what came of it. And an alert's own address.
import { h, icon, setText } from './dom.js';
import { t, when, num, percent } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import * as words from './words.js';
import { nodeNote } from './nodes.js';
import { table } from './table.js';
import { zoneNote } from './explain.js';

const PAGE = 100;
const DAY_MS = 86400e3;
const FIELDS = ['queue', 'agent', 'state', 'days'];

/** What is told of each alert. */
export function columns() {
  return [
    { title: t('past.raised'), cell: (a) => h('a', { href: `#/alert/${encodeURIComponent(a.alert)}` }, when(a.raised_ms)), value: (a) => a.raised_ms, csv: (a) => new Date(a.raised_ms).toISOString() },
    { title: t('agent'), cell: (a) => words.agentName(a.agent) }, { title: t('queue'), cell: (a) => words.queueName(a.queue) },
    { title: t('past.severity'), cell: (a) => t(`severity.${a.severity ?? 'medium'}`), value: (a) => ({ low: 0, medium: 1, high: 2 })[a.severity] ?? 1 },
    { title: t('past.why'), cell: (a) => words.sentence(a) },
    { title: t('past.who'), cell: (a) => a.acknowledged_by ?? '–' }, { title: t('col.answer'), num: true, cell: (a) => words.seconds(a.answer_s), value: (a) => a.answer_s },
    { title: t('past.outcome'), cell: (a) => (a.outcome ? t(`outcome.${a.outcome}`) : words.statusLine(a)) },
    { title: t('past.notes'), cell: (a) => (a.notes.length ? h('span', {}, a.notes.map((n) => `${n.by}: ${n.text}`).join(' · ')) : '–') },
  ];
}

/** How soon they were answered, and how many not. Of these rows: nothing else is claimed. */
export function summary(rows) {
  const answered = rows.map((a) => a.answer_s).filter((s) => s !== null).sort((a, b) => a - b);
  const median = answered.length ? answered[Math.floor((answered.length - 1) / 2)] : null;
  const share = (fits) => (rows.length ? percent(rows.filter(fits).length / rows.length) : '–');
  const facts = [['shown', num(rows.length)], ['answered', share((a) => a.answer_s !== null)], ['median', words.seconds(median)],
    ['escalated', share((a) => a.escalated)], ['expired', share((a) => a.state === 'expired')]];
  return facts.map(([k, v]) => h('div', {}, h('dt', {}, t(`past.${k}`)), h('dd', {}, v)));
}

export class PastPage {
  constructor(rest) {
    const given = new URLSearchParams(rest.replace(/^\?/, ''));
    this.values = { days: '1' };
    for (const key of FIELDS) if (given.has(key)) this.values[key] = given.get(key);
    this.rows = [];
    this.body = h('div', { class: 'panel flush' });
    this.status = h('p', { class: 'dim', role: 'status' });
    this.sum = h('dl', { class: 'facts panel' });
    this.note = nodeNote();
    this.node = h('div', {}, h('div', { class: 'page-head' }, h('h1', {}, t('nav.past')), this.status,
      h('button', { type: 'button', class: 'print-no', onclick: () => print() }, t('past.print')), zoneNote(), this.note.node), this.form(), this.sum, this.body);
    this.load();
  }

  leave() {
    this.left = true;
    this.note.stop();
  }

  form() {
    const input = (name) => h('label', { class: 'field' }, t(`history.${name}`), h('input', { name, type: 'text', value: this.values[name] ?? '' }));
    const select = (name, list, word) => {
      const node = h('select', { name }, list.map((v) => h('option', { value: v }, word(v))));
      node.value = this.values[name] ?? '';
      return h('label', { class: 'field' }, t(`past.${name}`), node);
    };
    const form = h('form', { class: 'filters print-no', role: 'search' }, input('queue'), input('agent'), select('state', ['', 'raised', 'acknowledged', 'resolved', 'expired'], (v) => t(`past.state.${v || 'all'}`)),
      select('days', ['1', '7', '30', '90', ''], (v) => t(`history.days.${v || 'any'}`)), h('button', { class: 'primary', type: 'submit' }, t('history.go')));
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      this.values = Object.fromEntries([...new FormData(form)].map(([k, v]) => [k, v.trim()]).filter(([, v]) => v));
      history.replaceState(null, '', `#/past/?${new URLSearchParams(this.values)}`);
      this.load();
    });
    return form;
  }

  async load(more = false) {
    const { days, state = 'all', ...rest } = this.values;
    try {
      setText(this.status, t('loading'));
      const answer = await api.alerts({ ...rest, state, limit: PAGE, cursor: more ? this.next : '', from_ms: days ? Math.round(model.now() - days * DAY_MS) : '' });
      if (this.left) return;
      this.next = answer.next;
      this.rows = more ? [...this.rows, ...answer.alerts] : answer.alerts;
      setText(this.status, t('past.count', { n: this.rows.length, more: answer.next ? '+' : '' }));
      this.draw();
    } catch (error) {
      if (this.left) return;
      setText(this.status, '');
      this.body.replaceChildren(h('p', { class: 'error-text pad', role: 'alert' }, `${error.message} ${error.remedy}`));
    }
  }

  draw() {
    this.sum.replaceChildren(...summary(this.rows));
    if (!this.rows.length) {
      this.body.replaceChildren(h('div', { class: 'empty small' }, icon('bell'), h('strong', {}, t('past.none')), h('p', {}, t('past.none.how'))));
      return;
    }
    const more = this.next ? h('button', { type: 'button', class: 'more print-no', onclick: () => this.load(true) }, t('history.more')) : '';
    this.body.replaceChildren(table(t('nav.past'), columns(), this.rows), more);
  }
}

/** An alert's address leads to its call, where it is shown. */
export class AlertPage {
  constructor(rest) {
    this.node = h('div', {}, h('p', { class: 'dim' }, t('loading')));
    let id = rest;
    try { id = decodeURIComponent(rest); } catch { /* No alert's name. */ }
    this.load(id);
  }

  leave() { this.left = true; }

  async load(id) {
    try {
      const alert = await api.alert(id);
      if (!this.left) location.replace(`#/call/${encodeURIComponent(alert.call)}`);
    } catch (error) {
      if (!this.left) this.node.replaceChildren(h('div', { class: 'empty' }, h('strong', {}, error.message), h('p', {}, error.remedy)));
    }
  }
}
