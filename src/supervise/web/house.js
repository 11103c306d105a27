// SPDX-License-Identifier: MIT
// For administrators of several nodes: how one joins, and which have forgotten whom.
import { h, setText, say, show } from './dom.js';
import { t, num, when } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import { table } from './table.js';
import { ask } from './acts.js';

export class House {
  constructor() {
    this.invite = h('button', { type: 'button', onclick: () => this.askInvite() }, t('house.invite'));
    this.join = h('button', { type: 'button', class: 'primary', onclick: () => this.askJoin() }, t('house.join'));
    this.receipts = h('section', { class: 'panel flush' });
    this.node = h('div', { class: 'stack' },
      h('section', { class: 'panel stack' }, h('h2', {}, t('house.title')), h('p', { class: 'dim' }, t('house.lead')), h('div', {}, this.invite, this.join)),
      this.receipts);
    show(this.node, false);
  }

  /** health: the newest. A node without NATS has nobody to join. */
  draw(health) {
    const away = health.problems.some((p) => p.code === 'node_not_joined');
    const has = model.may('tokens') && health.channels.some((c) => c.name === 'nats');
    show(this.node, has);
    show(this.invite, !away);
    show(this.join, away);
    if (has && !this.asked) this.load();
  }

  async load() {
    this.asked = true;
    const { erasures } = await api.erasures().catch(() => ({ erasures: [] }));
    const who = (e) => (e.call ? t('house.call', { call: e.call }) : t('house.caller', { key: (e.caller_key ?? '').slice(0, 8) }));
    const done = (e) => e.nodes.map((n) => t('house.done', { node: n.node, at: when(n.time_ms), calls: num(n.calls) })).join('; ');
    this.receipts.replaceChildren(h('h2', { class: 'pad' }, t('house.receipts')), erasures.length ? table(t('house.receipts'), [
      { title: t('access.when'), cell: (e) => when(e.asked_ms), value: (e) => e.asked_ms, csv: (e) => new Date(e.asked_ms).toISOString() },
      { title: t('access.who'), cell: (e) => e.by }, { title: t('house.whom'), cell: who }, { title: t('house.nodes'), cell: done },
      { title: t('house.waiting'), cell: (e) => (e.waiting.length ? h('b', { class: 'break' }, e.waiting.join(', ')) : '–') }], erasures) : h('p', { class: 'pad dim' }, t('house.none')));
  }

  /** Once: it is kept nowhere. */
  async askInvite() {
    const told = h('span', { class: 'dim', role: 'status' });
    try {
      const { secret, until_ms: until } = await api.invite();
      const copy = h('button', { type: 'button', onclick: () => navigator.clipboard.writeText(secret).then(() => setText(told, t('access.copied')), () => setText(told, t('access.copy.not'))) }, t('access.copy'));
      ask(t('house.secret'), [h('p', {}, t('house.once', { at: when(until) })), h('p', {}, h('code', { class: 'mono token' }, secret)), navigator.clipboard ? copy : null, told], null);
    } catch (error) {
      say(`${error.message} ${error.remedy ?? ''}`);
    }
  }

  askJoin() {
    ask(t('house.join'), [h('p', {}, t('house.join.text')),
      h('label', { class: 'field' }, t('house.secret'), h('input', { name: 'secret', required: true, maxlength: 64, autocomplete: 'off', placeholder: 'utj_' }))],
    async (data) => {
      await api.join(data.get('secret').trim());
      say(t('house.joined'));
    }, t('house.join'));
  }
}
