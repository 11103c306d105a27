// SPDX-License-Identifier: MIT
// An agent's own page: the call in hand, what helps with it, and breaks. The server gives nothing of others and no
// score; it is asked every two seconds, for an agent has one call.
import { outside } from './knowledge.js';
import { h, icon, setIcon, setText, setData, show, say } from './dom.js';
import { t, clock, num } from './i18n.js';
import * as api from './api.js';
import * as words from './words.js';
import { OwnFigures } from './figures.js';

const ASK_MS = 2000;

/** One call: queue, time, and where the operator allows it how the caller sounds and a hint. */
class OwnCall {
  constructor(call) {
    this.title = h('h2');
    this.sign = icon('calm');
    this.state = h('span');
    this.pill = h('span', { class: 'pill' }, this.sign, this.state);
    this.time = h('span', { class: 'dim' });
    this.hint = h('p', { class: 'suggest' }, t('mine.hint'));
    this.node = h('section', { class: 'panel' }, h('div', { class: 'call-title' }, this.title, this.pill, this.time), this.hint);
    this.draw(call);
  }

  draw(call) {
    const state = call.state ?? 'abstain';
    setText(this.title, words.queueName(call.queue));
    show(this.pill, call.on_hold || call.state !== undefined);
    setData(this.pill, 'state', call.on_hold ? 'ended' : state);
    setIcon(this.sign, call.on_hold ? 'hold' : state);
    setText(this.state, call.on_hold ? t('state.hold') : t(`mine.${state}`));
    setText(this.time, clock((Date.now() - call.started_ms) / 1000));
    if (call.hint && this.hint.hidden) say(t('mine.hint'));
    show(this.hint, Boolean(call.hint));
  }
}

export class OwnPage {
  constructor(menu) {
    this.calls = new Map();
    this.list = h('div', { class: 'stack' });
    this.none = h('p', { class: 'panel dim' }, t('mine.none'));
    this.break = h('section', { class: 'panel' }, h('h2', {}, t('mine.break')), h('p', {}, t('mine.break.text')));
    this.minutes = h('p', { class: 'dim' });
    this.know = h('section', { class: 'panel knowledge', 'aria-label': t('know.title') });
    this.away = h('div', { class: 'banner', role: 'status' }, t('mine.away'));
    for (const node of [this.break, this.know, this.away, this.none, this.minutes]) show(node, false);
    this.node = h('div', { class: 'own' },
      h('header', { class: 'top' }, h('span', { class: 'brand' }, icon('logo'), h('span', { class: 'word' }, 'Undertone')), h('div', { class: 'top-end' }, menu)),
      this.away, h('main', { class: 'page stack', id: 'page' }, h('h1', {}, t('mine.title')), this.break, this.none, this.list, this.know, this.minutes, new OwnFigures().node,
        h('p', { class: 'dim small' }, t('mine.private'))));
    this.timer = setInterval(() => this.ask(), ASK_MS);
    this.ask();
  }

  leave() {
    clearInterval(this.timer);
    this.left = true;
  }

  async ask() {
    if (this.asking || (document.hidden && this.asked)) return;
    this.asking = true;
    try {
      const own = await api.own();
      const { articles } = own.calls.length ? await api.ownKnowledge() : { articles: [] };
      if (!this.left) this.draw(own, articles);
      this.asked = true;
      show(this.away, false);
    } catch {
      show(this.away, true);
    } finally {
      this.asking = false;
    }
  }

  draw(own, articles) {
    const now = new Set(own.calls.map((c) => c.call));
    for (const [id, shown] of this.calls) if (!now.has(id)) { shown.node.remove(); this.calls.delete(id); }
    for (const call of own.calls) {
      if (this.calls.has(call.call)) this.calls.get(call.call).draw(call);
      else {
        this.calls.set(call.call, new OwnCall(call));
        this.list.append(this.calls.get(call.call).node);
      }
    }
    show(this.none, !own.calls.length);
    if (own.break_due && this.break.hidden) say(t('mine.break.text'));
    show(this.break, own.break_due);
    show(this.minutes, own.alert_minutes > 0);
    setText(this.minutes, own.alert_minutes > 0 ? t('mine.minutes', { n: num(own.alert_minutes, 1) }) : '');
    this.drawKnowledge(articles);
  }

  drawKnowledge(articles) {
    const text = JSON.stringify(articles);
    if (text === this.shown) return; // Nothing is drawn anew under who reads it.
    this.shown = text;
    this.know.replaceChildren(h('h2', {}, t('know.title')), ...articles.map((a) => a.outside ? outside(a) : h('article', {}, h('h3', {}, a.title), h('p', {}, a.passage), h('p', { class: 'dim' }, a.path))));
    show(this.know, articles.length > 0);
  }
}
