// SPDX-License-Identifier: MIT
// The wall: one card a live call, most in need first.
//
//     change -> the order of all calls, every 1.5 s -> filters -> rows in sight -> cards, painted
//
// The order is held while the mouse or the keyboard is on the wall: nothing jumps under a hand. Of
// more calls than ALL only the rows in sight are in the document, with room above and below for the
// others: what a change costs depends on the screen, not on the number of calls.
import { h, icon, setText, show } from './dom.js';
import { t } from './i18n.js';
import * as model from './model.js';
import * as place from './place.js';
import * as words from './words.js';
import { bind } from './keys.js';
import { Card } from './card.js';
import { renewNeed, compare, arrange } from './order.js';

const ORDER_MS = 1500;
const ALL = 60; // Up to so many calls all have their card: find-in-page and screen readers get them.
const SPARE_ROWS = 2; // Above and below what is in sight.

export class Wall {
  constructor() {
    this.cards = new Map();
    this.sorted = []; // All calls, in the order that is shown.
    this.shown = []; // Those of them that the filters leave.
    this.build();
    this.slide = () => { this.sliding ??= requestAnimationFrame(() => this.scrolled()); };
    addEventListener('scroll', this.slide, { passive: true });
    this.sized = new ResizeObserver(() => this.resize());
    this.sized.observe(this.node);
    this.stop = model.watch((change) => this.take(change));
    this.timer = setInterval(() => {
      this.order();
      this.paintAway();
    }, ORDER_MS);
    this.reset();
  }

  leave() {
    place.leaveAt(scrollY);
    this.unbind();
    this.stop();
    clearInterval(this.timer);
    clearTimeout(this.counted);
    cancelAnimationFrame(this.sliding);
    removeEventListener('scroll', this.slide);
    this.sized.disconnect();
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
      value: place.get('find'), oninput: () => this.filterBy('find', this.find.value) });
    this.hint = h('button', { class: 'quiet held', type: 'button', onclick: () => this.order(true) });
    this.someText = h('span', { role: 'status' });
    this.some = h('p', { class: 'wall-some' }, this.someText, h('button', { class: 'quiet', type: 'button', onclick: () => this.clearFilter() }, t('wall.showall')));
    this.empty = h('div', { class: 'empty' });
    this.node = h('div', {},
      h('div', { class: 'wall-bar' }, h('h1', { class: 'sr' }, t('nav.wall')), this.chips, this.hint,
        h('div', { class: 'wall-find' }, this.queue, this.find)),
      this.some, this.empty, this.list);
    show(this.hint, false);
    show(this.some, false);
    this.unbind = bind({ '/': () => this.find.focus() });
  }

  chip(state) {
    const count = h('b', {}, '0');
    const node = h('button', { class: 'chip', type: 'button', 'aria-pressed': String(place.get('states').includes(state)),
      data: { state }, onclick: () => this.toggle(state, node) }, icon(state), count, words.stateName(state));
    node.count = count;
    return node;
  }

  toggle(state, node) {
    const on = new Set(place.get('states'));
    if (!on.delete(state)) on.add(state);
    place.set('states', [...on]);
    node.setAttribute('aria-pressed', String(on.has(state)));
    this.filter();
  }

  filterBy(key, value) {
    place.set(key, value);
    this.filter();
  }

  alertOf(call) { return call.open_alert ? model.alerts.get(call.open_alert) : undefined; }

  reset() {
    const held = this.focused()?.call;
    for (const card of this.cards.values()) card.node.remove();
    this.cards.clear();
    this.sorted = [...model.calls.values()];
    this.order(true);
    this.count();
    if (held) this.go(this.shown.findIndex((call) => call.call === held));
  }

  take(change) {
    if (change.all) {
      this.reset();
      return;
    }
    const gone = new Set(change.removed);
    const held = this.focused();
    if (gone.size) this.sorted = this.sorted.filter((call) => !gone.has(call));
    const after = gone.has(held) ? this.shown.indexOf(held) : -1;
    this.sorted.push(...change.added.filter((call) => model.calls.get(call.call) === call));
    for (const call of change.calls) this.cards.get(call.call)?.paint(this.alertOf(call));
    if (change.health) this.paintAway();
    if (change.added.length || gone.size) this.order();
    else if (place.get('states').length) this.filter();
    if (after >= 0) this.go(Math.min(after, this.shown.length - 1));
    this.counted ??= setTimeout(() => this.count(), 250);
  }

  /** Cards of nodes that are not heard say for how long. */
  paintAway() {
    for (const card of this.cards.values())
      if (card.node.dataset.away === 'true' || model.notHeard(card.call.node)) card.paint(this.alertOf(card.call));
  }

  /** Of what the queue and the word leave: the chips tell what they would show. */
  count() {
    clearTimeout(this.counted);
    this.counted = undefined;
    const by = { alert: 0, elevated: 0, calm: 0, abstain: 0 };
    const queues = new Set();
    const fits = this.fits(false);
    for (const call of model.calls.values()) {
      if (fits(call)) by[call.state]++;
      queues.add(call.queue);
    }
    this.sayFiltered();
    for (const [state, node] of this.chipNodes) setText(node.count, String(by[state]));
    this.offerQueues([...queues].sort());
    this.sayEmpty();
  }

  sayFiltered() {
    const on = place.filtered();
    show(this.some, on);
    if (on) setText(this.someText, t('wall.some', { n: this.shown.length, all: model.calls.size }));
  }

  offerQueues(queues) {
    const kept = place.get('queue');
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
    const hidden = !none && this.shown.length === 0;
    const full = none && this.full;
    const unknown = none && !full && model.health === null;
    const key = unknown ? 'unknown' : full ? 'full' : none ? 'none' : hidden ? 'hidden' : '';
    if (key === this.emptyKey) return;
    this.emptyKey = key;
    show(this.empty, none || hidden);
    if (full) this.empty.replaceChildren(icon('wall'), h('strong', {}, t('link.full')), h('p', {}, t('link.full.how')));
    else if (unknown) this.empty.replaceChildren(h('p', {}, t('link.wait')));
    else if (none)
      this.empty.replaceChildren(icon('wall'), h('strong', {}, t('wall.none')), h('p', {}, t('wall.none.how')),
        h('code', { class: 'mono' }, 'undertone serve --demo samples/*.wav'));
    else if (hidden)
      this.empty.replaceChildren(h('strong', {}, t('wall.hidden')),
        h('button', { type: 'button', onclick: () => this.clearFilter() }, t('wall.showall')));
  }

  clearFilter() {
    place.clear();
    this.find.value = this.queue.value = '';
    for (const node of this.chipNodes.values()) node.setAttribute('aria-pressed', 'false');
    this.filter();
  }

  filter() {
    this.shown = this.sorted.filter(this.fits());
    this.draw();
    this.sayEmpty();
    this.sayFiltered();
    this.counted ??= setTimeout(() => this.count(), 250);
  }

  fits(byState = true) {
    const states = byState ? place.get('states') : [];
    const queue = place.get('queue');
    const find = place.get('find').trim().toLowerCase();
    return (call) => (!states.length || states.includes(call.state)) && (!queue || call.queue === queue) &&
      (!find || `${call.agent}\n${call.queue}\n${call.call}\n${call.source}`.toLowerCase().includes(find));
  }

  /** Renews the order. Held while a hand is on the wall, unless `now`. */
  order(now = false) {
    for (const call of this.sorted) renewNeed(call, this.alertOf(call));
    const next = [...this.sorted].sort(compare);
    const same = next.every((call, i) => call === this.sorted[i]);
    const hold = !now && (this.over || this.focused() !== undefined);
    if (!hold) this.sorted = next;
    const waits = !same && hold;
    if (waits) setText(this.hint, t('wall.held'));
    show(this.hint, waits);
    this.filter();
  }

  resize() {
    if (this.width === this.node.clientWidth && this.height === innerHeight) return;
    this.width = this.node.clientWidth;
    this.height = innerHeight;
    this.pitch = 0;
    this.draw();
  }

  /** Columns, and pixels from row to row; asked of the document after a change of width alone. */
  measure() {
    if (this.pitch || !this.list.firstElementChild) return;
    const style = getComputedStyle(this.list);
    this.columns = style.gridTemplateColumns.split(' ').length;
    this.pitch = this.list.firstElementChild.getBoundingClientRect().height + (Number.parseFloat(style.rowGap) || 0);
  }

  /** First and last row (exclusive) that are to be in the document. */
  rows() {
    const all = Math.ceil(this.shown.length / this.columns);
    if (this.shown.length <= ALL) return [0, all];
    const above = -this.list.getBoundingClientRect().top;
    let from = Math.floor(above / this.pitch) - SPARE_ROWS;
    let to = Math.ceil((above + innerHeight) / this.pitch) + SPARE_ROWS;
    const held = this.shown.indexOf(this.focused()); // The focus is not to be scrolled away.
    if (held >= 0) {
      from = Math.min(from, Math.floor(held / this.columns));
      to = Math.max(to, Math.floor(held / this.columns) + 1);
    }
    const last = Math.min(Math.max(to, SPARE_ROWS), all);
    return [Math.min(Math.max(from, 0), Math.max(0, last - 1)), last];
  }

  /** Other rows may have come into sight. */
  scrolled() {
    this.sliding = undefined;
    if (this.pitch && String(this.rows()) !== this.drawn) this.draw();
  }

  draw() {
    this.measure();
    if (!this.pitch) this.fill(0, Math.min(this.shown.length, ALL)); // Nothing to measure yet.
    this.measure();
    if (!this.pitch) return;
    const [from, to] = this.rows();
    this.drawn = String([from, to]);
    this.fill(from * this.columns, to * this.columns);
    const below = Math.ceil(this.shown.length / this.columns) - to;
    this.pad('paddingTop', from * this.pitch);
    this.pad('paddingBottom', Math.max(below, 0) * this.pitch);
  }

  pad(side, px) {
    const value = `${px}px`;
    if (this.list.style[side] !== value) this.list.style[side] = value;
  }

  /** Brings the cards of shown[from..to) into the document and all others out of it. */
  fill(from, to) {
    const calls = this.shown.slice(from, to);
    const keep = new Set(calls.map((call) => call.call));
    for (const [id, card] of this.cards) {
      if (keep.has(id) && card.call === model.calls.get(id)) continue;
      card.node.remove();
      this.cards.delete(id);
    }
    arrange(this.list, calls.map((call, i) => this.card(call, from + i).node));
    if (!this.list.querySelector('a[tabindex="0"]')) this.focusOn(this.list.firstElementChild);
  }

  card(call, place) {
    let card = this.cards.get(call.call);
    if (!card) {
      card = new Card(call);
      card.paint(this.alertOf(call));
      this.cards.set(call.call, card);
    }
    card.place(place + 1, this.shown.length);
    return card;
  }

  /** The call whose card has the keyboard. */
  focused() { return document.activeElement?.closest?.('.card')?.card?.call; }

  /** One stop for the Tab key; the arrows go from card to card. */
  focusOn(node) {
    if (!node) return;
    for (const other of this.list.querySelectorAll('a[tabindex="0"]')) other.tabIndex = -1;
    node.card.link.tabIndex = 0;
  }

  /** Brings a place into sight and gives it the keyboard. */
  go(place) {
    const call = this.shown[place];
    if (!call) return;
    if (!this.cards.has(call.call)) {
      const top = this.list.getBoundingClientRect().top + Math.floor(place / this.columns) * this.pitch;
      scrollBy({ top: top - innerHeight / 2, behavior: 'instant' });
      this.draw();
    }
    const { link } = this.cards.get(call.call) ?? {};
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: 'nearest' });
  }

  key(e) {
    const node = e.target.closest('.card');
    if (!node || e.ctrlKey || e.altKey || e.metaKey) return;
    const at = this.shown.indexOf(node.card.call);
    const last = this.shown.length - 1;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, Home: -at, End: last - at };
    if (!(e.key in steps)) return;
    e.preventDefault();
    const to = at + steps[e.key];
    if (to >= 0 && to <= last) this.go(to);
  }

  link(state, full) {
    this.full = full;
    this.sayEmpty();
    const stale = String(state === 'lost');
    if (this.list.dataset.stale !== stale) this.list.dataset.stale = stale;
  }
}
