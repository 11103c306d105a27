// SPDX-License-Identifier: MIT
// The wall: one card a live call, most in need first.
//
//     change (once a frame) -> cards in sight are painted -> every 1.5 s the order is renewed,
//     unless the mouse or the keyboard is on the wall: nothing jumps under a hand.
import { h, icon, setText, show } from './dom.js';
import { t } from './i18n.js';
import * as model from './model.js';
import * as settings from './settings.js';
import * as words from './words.js';
import { Card } from './card.js';
import { renewNeed, compare, arrange } from './order.js';

const ORDER_MS = 1500;

export class Wall {
  constructor() {
    this.cards = new Map();
    this.held = false;
    this.build();
    this.sight = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: '150px' });
    this.stop = model.watch((change) => this.take(change));
    this.timer = setInterval(() => this.order(), ORDER_MS);
    this.reset();
  }

  leave() {
    this.stop();
    clearInterval(this.timer);
    this.sight.disconnect();
  }

  build() {
    this.list = h('ul', { class: 'wall', 'aria-label': t('wall.label'), role: 'list' });
    this.list.addEventListener('pointerenter', (e) => { this.over = e.pointerType === 'mouse'; });
    this.list.addEventListener('pointerleave', () => { this.over = false; this.order(); });
    this.list.addEventListener('keydown', (e) => this.key(e));
    this.list.addEventListener('focusin', (e) => this.focusOn(e.target.closest('.card')));
    this.list.addEventListener('focusout', () => setTimeout(() => this.order(), 0));
    this.chips = h('div', { class: 'chips', role: 'group', 'aria-label': t('wall.filter') });
    this.chipNodes = new Map(words.STATES.map((state) => [state, this.chip(state)]));
    this.total = h('b');
    this.chips.append(...this.chipNodes.values());
    this.queue = h('select', { 'aria-label': t('queue'), onchange: () => this.filterBy('queue', this.queue.value) });
    this.find = h('input', { type: 'search', 'aria-label': t('wall.find'), placeholder: t('wall.find'),
      value: settings.get('find'), oninput: () => this.filterBy('find', this.find.value) });
    this.hint = h('button', { class: 'quiet held', type: 'button', onclick: () => this.order(true) });
    this.empty = h('div', { class: 'empty' });
    this.node = h('div', {},
      h('div', { class: 'wall-bar' }, h('h1', { class: 'sr' }, t('nav.wall')), this.chips, this.hint,
        h('div', { class: 'wall-find' }, this.queue, this.find)),
      this.empty, this.list);
    show(this.hint, false);
  }

  chip(state) {
    const count = h('b', {}, '0');
    const node = h('button', { class: 'chip', type: 'button', 'aria-pressed': String(settings.get('states').includes(state)),
      data: { state }, onclick: () => this.toggle(state, node) }, icon(state), count, words.stateName(state));
    node.count = count;
    return node;
  }

  toggle(state, node) {
    const on = new Set(settings.get('states'));
    if (!on.delete(state)) on.add(state);
    settings.set('states', [...on]);
    node.setAttribute('aria-pressed', String(on.has(state)));
    this.filter();
  }

  filterBy(key, value) {
    settings.set(key, value);
    this.filter();
  }

  alertOf(call) { return call.open_alert ? model.alerts.get(call.open_alert) : undefined; }

  add(call) {
    const card = new Card(call);
    card.visible = false;
    this.cards.set(call.call, card);
    renewNeed(call, this.alertOf(call));
    this.list.append(card.node);
    this.sight.observe(card.node);
    this.filterCard(card);
  }

  remove(call) {
    const card = this.cards.get(call.call);
    if (!card) return;
    if (card.node.contains(document.activeElement)) this.step(card.node, 1)?.focus();
    this.sight.unobserve(card.node);
    card.node.remove();
    this.cards.delete(call.call);
  }

  reset() {
    this.sight.disconnect();
    this.list.replaceChildren();
    this.cards.clear();
    for (const call of model.calls.values()) this.add(call);
    this.order(true);
    this.count();
  }

  seen(entries) {
    for (const entry of entries) {
      const card = entry.target.card;
      card.visible = entry.isIntersecting;
      if (card.visible && card.stale) card.paint(this.alertOf(card.call));
    }
  }

  take(change) {
    if (change.all) {
      this.reset();
      return;
    }
    for (const call of change.removed) this.remove(call);
    for (const call of change.added) if (model.calls.has(call.call)) this.add(call);
    for (const call of change.calls) {
      const card = this.cards.get(call.call);
      if (!card) continue;
      const before = card.node.dataset.state;
      card.paint(this.alertOf(call));
      if (before !== call.state) this.filterCard(card);
    }
    if (change.added.length || change.removed.length) this.order();
    this.counted ??= setTimeout(() => this.count(), 250);
  }

  count() {
    clearTimeout(this.counted);
    this.counted = undefined;
    const by = { alert: 0, elevated: 0, calm: 0, abstain: 0 };
    const queues = new Set();
    for (const call of model.calls.values()) {
      by[call.state]++;
      queues.add(call.queue);
    }
    for (const [state, node] of this.chipNodes) setText(node.count, String(by[state]));
    this.offerQueues([...queues].sort());
    this.sayEmpty();
  }

  offerQueues(queues) {
    const kept = settings.get('queue');
    if (kept && !queues.includes(kept)) queues.push(kept);
    const key = queues.join('\n');
    if (key === this.queueKey) return;
    this.queueKey = key;
    this.queue.replaceChildren(h('option', { value: '' }, t('queue.all')),
      ...queues.filter(Boolean).map((q) => h('option', { value: q }, q)));
    this.queue.value = kept;
  }

  sayEmpty() {
    const none = model.calls.size === 0;
    const hidden = !none && ![...this.cards.values()].some((c) => !c.node.hidden);
    const key = none ? 'none' : hidden ? 'hidden' : '';
    if (key === this.emptyKey) return;
    this.emptyKey = key;
    show(this.empty, none || hidden);
    if (none)
      this.empty.replaceChildren(icon('wall'), h('strong', {}, t('wall.none')), h('p', {}, t('wall.none.how')),
        h('code', { class: 'mono' }, 'undertone serve --demo samples/*.wav'));
    else if (hidden)
      this.empty.replaceChildren(h('strong', {}, t('wall.hidden')),
        h('button', { type: 'button', onclick: () => this.clearFilter() }, t('wall.showall')));
  }

  clearFilter() {
    settings.set('states', []);
    settings.set('queue', '');
    settings.set('find', '');
    this.find.value = this.queue.value = '';
    for (const node of this.chipNodes.values()) node.setAttribute('aria-pressed', 'false');
    this.filter();
  }

  filter() {
    for (const card of this.cards.values()) this.filterCard(card);
    this.sayEmpty();
  }

  filterCard(card) {
    const { call } = card;
    const states = settings.get('states');
    const find = settings.get('find').trim().toLowerCase();
    const fits = (!states.length || states.includes(call.state)) &&
      (!settings.get('queue') || call.queue === settings.get('queue')) &&
      (!find || `${call.agent}\n${call.queue}\n${call.call}\n${call.source}`.toLowerCase().includes(find));
    show(card.node, fits);
  }

  /** Renews the order. Held while a hand is on the wall, unless `now`. */
  order(now = false) {
    const cards = [...this.cards.values()];
    for (const card of cards) renewNeed(card.call, this.alertOf(card.call));
    cards.sort((a, b) => compare(a.call, b.call));
    const nodes = cards.map((card) => card.node);
    const same = nodes.every((node, i) => node === this.list.children[i]);
    const keyboard = this.list.contains(document.activeElement);
    const hold = !now && (this.over || keyboard);
    if (!same && !hold) arrange(this.list, nodes);
    const waits = !same && hold;
    if (waits) setText(this.hint, t('wall.held'));
    show(this.hint, waits);
    if (!this.list.querySelector('a[tabindex="0"]')) this.focusOn(this.list.firstElementChild);
  }

  /** One stop for the Tab key; the arrows go from card to card. */
  focusOn(node) {
    if (!node) return;
    for (const other of this.list.querySelectorAll('a[tabindex="0"]')) other.tabIndex = -1;
    node.card.link.tabIndex = 0;
  }

  step(node, by) {
    let next = node;
    do next = by > 0 ? next?.nextElementSibling : next?.previousElementSibling;
    while (next?.hidden);
    return next?.card.link;
  }

  key(e) {
    const node = e.target.closest('.card');
    if (!node || e.ctrlKey || e.altKey || e.metaKey) return;
    const columns = getComputedStyle(this.list).gridTemplateColumns.split(' ').length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    let to = null;
    if (e.key in steps) {
      to = node.card.link;
      for (let i = Math.abs(steps[e.key]); i > 0; i--)
        to = this.step(to.parentNode, Math.sign(steps[e.key])) ?? to;
    } else if (e.key === 'Home') to = this.step({ nextElementSibling: this.list.firstElementChild }, 1);
    else if (e.key === 'End') to = this.step({ previousElementSibling: this.list.lastElementChild }, -1);
    if (!to) return;
    e.preventDefault();
    to.focus();
    to.scrollIntoView({ block: 'nearest' });
  }

  link(state) {
    const stale = String(state === 'lost');
    if (this.list.dataset.stale !== stale) this.list.dataset.stale = stale;
  }
}
