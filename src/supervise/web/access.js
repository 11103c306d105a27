// SPDX-License-Identifier: MIT
// Who may: tokens are made and dropped here; and who did what, for an audit.
import { h, setText, say } from './dom.js';
import { t, known, when } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import { table } from './table.js';
import { ask } from './acts.js';

const ROLES = ['agent', 'viewer', 'supervisor', 'qa', 'admin', 'ingest'];
const DAY_MS = 86400e3;
const PAGE = 100;

export class AccessPage {
  constructor() {
    this.tokens = h('section', { class: 'panel flush' });
    this.log = h('section', { class: 'panel flush' });
    this.node = h('div', {}, h('div', { class: 'page-head' }, h('h1', {}, t('nav.access')), h('p', { class: 'lead' }, t('access.lead'))),
      h('div', { class: 'stack' }, this.tokens, this.log));
    this.entries = [];
    this.loadTokens();
    this.loadLog();
  }

  leave() { this.left = true; }

  wrong(node, error) { if (!this.left) node.replaceChildren(h('p', { class: 'error-text pad', role: 'alert' }, `${error.message} ${error.remedy}`)); }

  async loadTokens() {
    try {
      const { tokens } = await api.tokens();
      if (!this.left) this.drawTokens(tokens);
    } catch (error) {
      this.wrong(this.tokens, error);
    }
  }

  drawTokens(list) {
    const columns = [{ title: t('access.name'), cell: (r) => r.name }, { title: t('access.role'), cell: (r) => t(`role.${r.role}`) },
      { title: t('access.queues'), cell: (r) => (r.queues.length ? r.queues.join(', ') : t('queue.all')) },
      { title: t('access.made'), cell: (r) => when(r.created_ms), value: (r) => r.created_ms }, { title: t('access.used'), cell: (r) => (r.last_used_ms ? when(r.last_used_ms) : '–'), value: (r) => r.last_used_ms },
      { title: t('access.ends'), cell: (r) => (!r.expires_ms ? t('access.never') : r.expires_ms < model.now() ? h('b', { class: 'break' }, t('access.over', { at: when(r.expires_ms) })) : when(r.expires_ms)), value: (r) => r.expires_ms },
      { title: t('rules.change'), csv: () => '', cell: (r) => h('button', { type: 'button', onclick: () => this.drop(r) }, t('access.drop')) }];
    this.tokens.replaceChildren(h('h2', { class: 'pad' }, t('access.tokens')), table(t('access.tokens'), columns, list),
      h('div', { class: 'pad' }, h('button', { type: 'button', class: 'primary', onclick: () => this.add() }, t('access.add'))));
  }

  add() {
    const known = [...new Set([...model.calls.values()].map((c) => c.queue))].filter(Boolean).sort();
    const field = (word, input, ...more) => h('label', { class: 'field' }, t(word), input, ...more);
    ask(t('access.add'), [field('access.name', h('input', { name: 'name', required: true, maxlength: 64, pattern: '[A-Za-z0-9._@+\\-]+', autocomplete: 'off' })),
      field('access.role', h('select', { name: 'role' }, ROLES.map((r) => h('option', { value: r }, t(`role.${r}`))))),
      field('access.queues.how', h('textarea', { name: 'queues', rows: 3 }), known.length ? h('span', { class: 'dim' }, known.join(', ')) : null),
      field('access.days', h('input', { name: 'days', type: 'number', min: 1, max: 3650 }))],
    async (data) => {
      const days = Number(data.get('days'));
      const queues = data.get('queues').split('\n').map((q) => q.trim()).filter(Boolean);
      const made = await api.addToken({ name: data.get('name').trim(), role: data.get('role'), queues, expires_ms: days ? Math.round(model.now() + days * DAY_MS) : null });
      this.loadTokens();
      this.loadLog();
      setTimeout(() => this.show(made), 0);
    }, t('access.make'));
  }

  /** Once: the server keeps a hash alone. */
  show(made) {
    const told = h('span', { class: 'dim', role: 'status' });
    const copy = h('button', { type: 'button', onclick: () => navigator.clipboard.writeText(made.token).then(() => setText(told, t('access.copied')), () => setText(told, t('access.copy.not'))) }, t('access.copy'));
    ask(t('access.made.title', { name: made.name }), [h('p', {}, t('access.once')), h('p', {}, h('code', { class: 'mono token' }, made.token)), navigator.clipboard ? copy : null, told], null);
  }

  drop(token) {
    ask(t('access.drop'), h('p', {}, t('access.drop.text', { name: token.name })), async () => {
      await api.dropToken(token.name);
      say(t('access.dropped', { name: token.name }));
      this.loadTokens();
      this.loadLog();
    }, t('access.drop'));
  }

  async loadLog(more = false) {
    try {
      const answer = await api.accessLog({ limit: PAGE, cursor: more ? this.next : '' });
      if (this.left) return;
      this.next = answer.next;
      this.entries = more ? [...this.entries, ...answer.entries] : answer.entries;
      this.drawLog();
    } catch (error) {
      this.wrong(this.log, error);
    }
  }

  drawLog() {
    const { find } = this;
    const word = find?.value ?? '';
    const named = (kind, name) => (known(`${kind}.${name}`) ? t(`${kind}.${name}`) : name || '–');
    const fits = (e) => !word || `${e.who}\n${named('role', e.role)}\n${e.action}\n${named('did', e.action)}\n${e.what}`.toLowerCase().includes(word.toLowerCase());
    if (!find) {
      this.find = h('input', { type: 'search', 'aria-label': t('access.find'), placeholder: t('access.find'), oninput: () => this.drawLog() });
      this.logBody = h('div');
      this.log.replaceChildren(h('div', { class: 'pad row-head' }, h('h2', {}, t('access.log')), this.find), this.logBody);
    }
    const columns = [{ title: t('access.when'), cell: (e) => when(e.time_ms), value: (e) => e.time_ms, csv: (e) => new Date(e.time_ms).toISOString() }, { title: t('access.who'), cell: (e) => e.who || '–' },
      { title: t('access.role'), cell: (e) => named('role', e.role), csv: (e) => e.role }, { title: t('access.action'), cell: (e) => named('did', e.action), csv: (e) => e.action }, { title: t('access.what'), cell: (e) => e.what || '–' }];
    this.logBody.replaceChildren(table(t('access.log'), columns, this.entries.filter(fits)),
      this.next ? h('button', { type: 'button', class: 'more', onclick: () => this.loadLog(true) }, t('history.more')) : '');
  }
}
