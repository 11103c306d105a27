// SPDX-License-Identifier: MIT
// The tray of alerts: what stands, who sees to it, and what can be done. Rings on request.
import { h, icon, setIcon, setText, setData, show, say } from './dom.js';
import { t, num } from './i18n.js';
import * as model from './model.js';
import * as settings from './settings.js';
import * as words from './words.js';
import * as ring from './ring.js';
import { acknowledge, askNote, askHandOver } from './acts.js';
import { askVerdict } from './verdict.js';

const CLOSED_SHOWN = 6;

class Item {
  constructor(alert) {
    const call = `#/call/${encodeURIComponent(alert.call)}`;
    const button = (what, fn, kind = '') => h('button', { type: 'button', class: kind, data: { act: what }, onclick: fn },
      kind ? icon('check') : null, t(`act.${what}`));
    const n = this.parts = {
      who: h('a', { class: 'alert-who', href: call }), ago: h('span', { class: 'alert-ago' }),
      sign: icon('alert'), status: h('span'), why: h('p', { class: 'alert-why' }),
      calmed: h('span', { class: 'dim' }), notes: h('div', { class: 'alert-notes' }),
      ack: button('acknowledge', (e) => acknowledge(this.alert, e.currentTarget), 'primary'),
      resolve: button('resolve', () => askVerdict(this.alert), 'primary'),
      verdict: button('verdict', () => askVerdict(this.alert)),
      note: button('note', () => askNote(this.alert)),
      hand: button('handover', () => askHandOver(this.alert)),
    };
    this.node = h('li', { class: 'alert', data: { alert: alert.alert } },
      h('div', { class: 'alert-top' }, n.who, n.ago),
      h('div', { class: 'alert-status' }, n.sign, n.status), n.why, n.calmed, n.notes,
      h('div', { class: 'alert-acts' }, n.ack, n.resolve, n.verdict, n.note, n.hand));
  }

  paint(alert) {
    this.alert = alert;
    const n = this.parts;
    const open = model.isOpen(alert);
    setData(this.node, 'status', alert.state);
    setText(n.who, `${words.agentName(alert.agent)} · ${words.queueName(alert.queue)}`);
    setText(n.status, words.statusLine(alert));
    setIcon(n.sign, alert.state === 'raised' ? 'alert' : alert.state === 'acknowledged' ? 'hand' : 'check');
    setText(n.why, words.sentence(alert));
    setText(n.calmed, alert.cleared ? words.clearedLine(alert) : '');
    show(n.calmed, alert.cleared);
    n.notes.replaceChildren(...alert.notes.map((note) => h('p', {}, h('b', {}, `${note.by}: `), note.text)));
    show(n.notes, alert.notes.length > 0);
    show(n.ack, alert.state === 'raised' && model.may('act'));
    show(n.resolve, alert.state === 'acknowledged' && model.may('act'));
    show(n.verdict, !open && model.may('note'));
    show(n.hand, open && model.may('act'));
    show(n.note, model.may('note'));
    this.tick();
  }

  tick() { setText(this.parts.ago, words.ago(model.now() - this.alert.raised_ms)); }
}

export class Tray {
  constructor() {
    this.items = new Map();
    this.list = h('ul', { class: 'tray-list', role: 'list', tabindex: '0', 'aria-label': t('tray.title') });
    this.none = h('p', { class: 'tray-empty' }, t('tray.none'));
    this.badge = h('span', { class: 'badge' });
    this.past = h('li', { class: 'tray-part' }, t('tray.past'));
    this.fold = h('button', { class: 'quiet tray-fold', type: 'button', onclick: () => this.turn() });
    this.node = h('aside', { class: 'tray', id: 'alerts', 'aria-label': t('tray.title') },
      h('div', { class: 'tray-head' }, h('h2', {}, t('tray.title')), this.badge,
        h('div', { class: 'tools' }, ring.soundButton(), ring.notifyButton(), this.fold)),
      this.none, this.list);
    this.setFold();
    this.stops = [model.watch((c) => { if (c.alerts || c.all) this.paint(); }),
      model.onRaised((alert, action) => this.raised(alert, action))];
    this.timer = setInterval(() => { for (const item of this.items.values()) item.tick(); }, 1000);
    this.paint();
  }

  leave() {
    for (const stop of this.stops) stop();
    clearInterval(this.timer);
  }

  turn() {
    if (this.node.dataset.page === 'wall') settings.set('tray', settings.get('tray') === 'open' ? 'fold' : 'open');
    else this.peek = !this.peek;
    this.setFold();
  }

  /** On a phone the alerts lie above the page: open on the wall, folded on the others. */
  on(page) {
    setData(this.node, 'page', page);
    this.peek = false;
    this.setFold();
  }

  setFold() {
    const fold = this.node.dataset.page === 'wall' ? settings.get('tray') !== 'open' : !this.peek;
    setData(this.node, 'fold', String(fold));
    setText(this.fold, t(fold ? 'tray.unfold' : 'tray.fold'));
    this.fold.setAttribute('aria-expanded', String(!fold));
  }

  raised(alert, action) {
    const who = `${words.agentName(alert.agent)}, ${words.queueName(alert.queue)}`;
    say(`${t('say.alert', { who })} ${words.sentence(alert)}`, true);
    ring.raise(alert, action);
  }

  paint() {
    const all = [...model.alerts.values()];
    const part = (state) => all.filter((a) => a.state === state).sort((a, b) => b.raised_ms - a.raised_ms);
    const raised = part('raised');
    const open = [...raised, ...part('acknowledged')];
    const closed = all.filter((a) => !model.isOpen(a)).sort((a, b) => b.raised_ms - a.raised_ms).slice(0, CLOSED_SHOWN);
    const nodes = [...open.map((a) => this.item(a)), ...[...model.breaks.values()].map((e) => this.breakNote(e))];
    if (closed.length) nodes.push(this.past, ...closed.map((a) => this.item(a)));
    const keep = new Set([...open, ...closed].map((a) => a.alert));
    for (const id of this.items.keys()) if (!keep.has(id)) this.items.delete(id);
    this.place(nodes);
    show(this.none, open.length === 0 && model.breaks.size === 0);
    setText(this.badge, String(raised.length));
    show(this.badge, raised.length > 0);
    document.title = raised.length ? `(${raised.length}) Undertone` : 'Undertone';
  }

  /** An agent has listened to stressed callers for long. */
  breakNote(event) {
    this.breakNodes ??= new Map();
    let node = this.breakNodes.get(event.agent);
    if (!node) {
      const text = h('p', { class: 'alert-why' });
      node = h('li', { class: 'alert rest' }, h('b', {}, t('break.title', { who: event.agent })), text,
        h('div', { class: 'alert-acts' }, h('button', { type: 'button', onclick: () => model.dropBreak(event.agent) }, t('break.done'))));
      node.text = text;
      this.breakNodes.set(event.agent, node);
      say(t('break.title', { who: event.agent }));
    }
    setText(node.text, t('break.text', { n: num(event.alert_minutes) }));
    return node;
  }

  /** Moves only what is out of place: a button that has the focus keeps it. */
  place(nodes) {
    const focus = document.activeElement;
    nodes.forEach((node, i) => {
      if (this.list.children[i] !== node) this.list.insertBefore(node, this.list.children[i] ?? null);
    });
    while (this.list.children.length > nodes.length) this.list.lastElementChild.remove();
    if (this.list.contains(focus) && document.activeElement !== focus && !focus.hidden) focus.focus();
  }

  item(alert) {
    let item = this.items.get(alert.alert);
    if (!item) this.items.set(alert.alert, item = new Item(alert));
    item.paint(alert);
    return item.node;
  }
}
