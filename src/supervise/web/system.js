// SPDX-License-Identifier: MIT
// How the server fares: problems with their remedies, nodes, channels, what could not be delivered.
import { h } from './dom.js';
import { t, num, when, clock } from './i18n.js';
import { problemLine } from './problem.js';
import * as api from './api.js';
import * as model from './model.js';
import { table } from './table.js';
import { House } from './house.js';

export class SystemPage {
  constructor() {
    this.body = h('div', { class: 'stack' });
    this.house = new House();
    this.node = h('div', {}, h('div', { class: 'page-head' }, h('h1', {}, t('nav.system'))), h('div', { class: 'stack' }, this.body, this.house.node));
    this.stop = model.watch((c) => { if (c.health || c.all) this.load(); });
    this.timer = setInterval(() => this.load(), 5000);
    this.load();
  }

  leave() {
    this.left = true;
    this.stop();
    clearInterval(this.timer);
  }

  back() { this.load(); }

  async load() {
    try {
      const all = model.may('history');
      const [health, dead] = await Promise.all([api.health(), all ? api.deadLetters() : { dead_letters: [] }]);
      if (this.left || this.body.contains(document.activeElement)) return;
      this.draw(health, dead.dead_letters);
      this.house.draw(health);
    } catch (error) {
      if (!this.left) this.body.replaceChildren(h('p', { class: 'error-text', role: 'alert' }, `${error.message} ${error.remedy}`));
    }
  }

  draw(health, dead) {
    const pair = (k, v) => h('div', {}, h('dt', {}, t(`system.${k}`)), h('dd', {}, v));
    const { store } = health;
    this.body.replaceChildren(
      h('section', { class: 'panel' }, h('dl', { class: 'facts' }, pair('status', t(`system.status.${health.status}`)), pair('version', health.version), pair('node', health.node),
        pair('uptime', clock(health.uptime_s)), pair('calls', num(health.calls)), pair('supervisors', num(health.supervisors)),
        pair('store', `${t(`system.store.${store.state}`)}, ${num(store.size_bytes / 1e6, 1)} MB`), pair('dropped', num(store.dropped)))),
      health.problems.length ? h('section', { class: 'panel' }, h('h2', {}, t('system.problems')), health.problems.map((p) => { const line = problemLine(p); line.append(' ', h('span', { class: 'dim' }, when(p.since_ms))); return line; })) : '',
      h('section', { class: 'panel flush' }, h('h2', { class: 'pad' }, t('system.channels')), table(t('system.channels'), [
        { title: t('system.channel'), cell: (c) => c.name }, { title: t('col.state'), cell: (c) => t(`system.channel.${c.state}`) },
        { title: t('system.queued'), num: true, cell: (c) => num(c.queued) }, { title: t('system.delivered'), num: true, cell: (c) => num(c.delivered) },
        { title: t('system.failed'), num: true, cell: (c) => num(c.failed) }, { title: t('system.error'), cell: (c) => c.last_error ?? '–' }], health.channels)),
      dead.length ? this.deadLetters(dead) : '',
      health.nodes.length > 1 ? h('section', { class: 'panel flush' }, h('h2', { class: 'pad' }, t('system.nodes')), table(t('system.nodes'), [
        { title: t('system.node'), cell: (n) => n.node }, { title: t('col.state'), cell: (n) => t(!n.alive ? 'system.away' : n.draining ? 'system.draining' : 'system.alive') },
        { title: t('col.calls'), num: true, cell: (n) => num(n.calls) }, { title: t('system.seen'), cell: (n) => when(n.seen_ms) }], health.nodes)) : '');
  }

  deadLetters(dead) {
    const columns = [{ title: t('system.channel'), cell: (d) => d.channel }, { title: t('system.alert'), cell: (d) => d.alert },
      { title: t('system.tries'), num: true, cell: (d) => num(d.attempts) }, { title: t('system.last'), cell: (d) => when(d.last_ms) }, { title: t('system.error'), cell: (d) => d.error }];
    if (model.may('configure')) columns.push({ title: t('system.resend'), cell: (d) => h('button', { type: 'button', onclick: async (e) => {
      e.currentTarget.disabled = true;
      document.activeElement.blur();
      await api.resend(d.id).catch(() => {});
      this.load();
    } }, t('system.resend')) });
    return h('section', { class: 'panel flush' }, h('h2', { class: 'pad' }, t('system.dead')), table(t('system.dead'), columns, dead));
  }
}
