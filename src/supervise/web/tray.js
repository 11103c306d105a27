// SPDX-License-Identifier: MIT
// The tray of alerts: what stands, who sees to it, and what can be done. Rings on request.
import { h, icon, setIcon, setText, setData, show, say } from './dom.js';
import { t, num } from './i18n.js';
import * as model from './model.js';
import * as settings from './settings.js';
import * as words from './words.js';
import * as ring from './ring.js';
import * as api from './api.js';
import * as need from './need.js';
import * as quiet from './quiet.js';
import { Bulk } from './bulk.js';
import { bind } from './keys.js';
import { acknowledge, askNote, askHandOver } from './acts.js';
import { helpBox } from './help.js';
import { askVerdict } from './verdict.js';

const CLOSED_SHOWN = 6;
const STEP = 40; // Items that come into the document at once; more as the list is scrolled.
const PAGE = 500;

class Item {
  constructor(alert, bulk) {
    this.bulk = bulk;
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
      quiet: button('quiet', () => quiet.askQuiet(this.alert)),
      hush: h('p', { class: 'dim' }),
      help: helpBox(alert.call, alert.queue) ?? h('div', { hidden: true }),
      pick: h('input', { type: 'checkbox', class: 'alert-pick', onchange: () => bulk.turn(this.alert) }),
    };
    this.node = h('li', { class: 'alert', tabindex: '-1', data: { alert: alert.alert } },
      h('div', { class: 'alert-top' }, n.pick, n.who, n.ago),
      h('div', { class: 'alert-status' }, n.sign, n.status), n.why, n.calmed, n.hush, n.notes,
      h('div', { class: 'alert-acts' }, n.ack, n.resolve, n.verdict, n.note, n.hand, n.quiet), n.help);
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
    const hush = open ? quiet.of(alert) : undefined;
    setText(n.hush, hush ? quiet.line(hush) + (hush.why ? `: ${hush.why}` : '') : '');
    show(n.hush, hush !== undefined);
    show(n.quiet, open && !hush && model.may('act'));
    show(n.pick, open && model.may('act'));
    show(n.help, open && model.calls.has(alert.call) && n.help.childElementCount > 0);
    n.pick.checked = this.bulk.has(alert);
    n.pick.setAttribute('aria-label', t('bulk.pick', { who: `${words.agentName(alert.agent)}, ${words.queueName(alert.queue)}` }));
    setData(this.node, 'severity', alert.severity ?? 'medium');
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
    this.heads = Object.fromEntries(['over', 'quiet', 'past'].map((part) => [part, h('li', { class: 'tray-part' }, t(`tray.${part}`))]));
    this.quiets = h('li', { class: 'quiets' });
    this.most = STEP;
    this.bulk = new Bulk({ shown: () => this.open, changed: () => this.paint() });
    this.open = [];
    this.trouble = ring.troubleLine();
    this.fold = h('button', { class: 'quiet tray-fold', type: 'button', onclick: () => this.turn() });
    this.node = h('aside', { class: 'tray', id: 'alerts', 'aria-label': t('tray.title') },
      h('div', { class: 'tray-head' }, h('h2', {}, t('tray.title')), this.badge,
        h('div', { class: 'tools' }, ring.soundButton(), ring.notifyButton(), this.fold)),
      this.trouble.node, this.bulk.node, this.none, this.list);
    this.list.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.setFold();
    this.stops = [model.watch((c) => this.take(c)), model.onRaised((alert, action) => this.raised(alert, action)),
      this.trouble.leave, bind(this.keys())];
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
    if (quiet.of(alert)) return;
    const who = `${words.agentName(alert.agent)}, ${words.queueName(alert.queue)}`;
    say(`${t('say.alert', { who })} ${words.sentence(alert)}`, true);
    ring.raise(alert, action);
  }

  take(change) {
    if (change.alerts || change.all || change.removed.length || change.added.length) this.paint();
    if (!change.all || !model.health) return;
    ring.raiseStanding();
    if (model.more) this.loadOlder();
  }

  /** The snapshot has the newest; the oldest have waited longest. */
  async loadOlder() {
    let cursor = '';
    const mine = this.older = {};
    do {
      const page = await api.alerts({ state: 'open', limit: PAGE, cursor }).catch(() => ({ alerts: [], next: null }));
      if (this.older !== mine) return;
      model.addAlerts(page.alerts);
      cursor = page.next;
    } while (cursor);
  }

  paint() {
    const all = [...model.alerts.values()];
    const parts = need.sort(all.filter(model.isOpen), model.session?.name, (a) => model.calls.has(a.call), quiet.of);
    const open = this.open = [...parts.now, ...parts.over, ...parts.quiet];
    const closed = all.filter((a) => !model.isOpen(a)).sort((a, b) => b.raised_ms - a.raised_ms).slice(0, CLOSED_SHOWN);
    this.bulk.keep(open);
    const rows = [...parts.now, ...[...model.breaks.values()].map((e) => ({ dom: this.breakNote(e) }))];
    for (const part of ['over', 'quiet']) {
      const hushed = part === 'quiet' && this.drawQuiets();
      if (parts[part].length || hushed) rows.push({ dom: this.heads[part] });
      if (hushed) rows.push({ dom: this.quiets });
      rows.push(...parts[part]);
    }
    if (closed.length) rows.push({ dom: this.heads.past }, ...closed);
    this.rows = rows;
    this.draw();
    const waits = open.filter((a) => a.state === 'raised' && !quiet.of(a)).length;
    show(this.none, rows.length === 0 && model.health !== null); // Before the first answer nothing is known.
    setText(this.badge, String(waits));
    show(this.badge, waits > 0);
    document.title = waits ? `(${waits}) Undertone` : 'Undertone';
  }

  /** Of the rows those up to where the list was scrolled. */
  draw() {
    const rows = this.rows.slice(0, this.most);
    const keep = new Set(rows.map((a) => a.alert));
    for (const id of this.items.keys()) if (!keep.has(id)) this.items.delete(id);
    this.place(rows.map((row) => row.dom ?? this.item(row)));
  }

  scrolled() {
    const { list } = this;
    if (this.most >= this.rows.length || list.scrollTop + list.clientHeight < list.scrollHeight - 600) return;
    this.most += STEP;
    this.draw();
  }

  /** What is quiet, with a button that ends it. Returns 0 where nothing is. */
  drawQuiets() {
    const list = quiet.all();
    const key = JSON.stringify(list);
    if (key !== this.quietKey) {
      this.quietKey = key;
      this.quiets.replaceChildren(...list.map((q) => h('p', {}, quiet.line(q) + (q.why ? `: ${q.why}` : ''), ' ',
        model.may('act') ? h('button', { type: 'button', class: 'quiet', onclick: () => quiet.end(q).catch(() => {}) }, t('quiet.end')) : null)));
    }
    return list.length;
  }

  /** The alert that has the keyboard, else the first. */
  current() {
    const node = document.activeElement?.closest?.('.tray .alert[data-alert]');
    return model.alerts.get(node?.dataset.alert) ?? this.open[0];
  }

  step(by) {
    const at = this.open.indexOf(this.current());
    const here = document.activeElement?.closest?.('.tray .alert') ? at + by : 0;
    const next = this.open[Math.min(Math.max(here, 0), this.open.length - 1)];
    if (!next) return false;
    while (!this.items.has(next.alert) && this.most < this.rows.length) {
      this.most += STEP;
      this.draw();
    }
    this.items.get(next.alert)?.node.focus();
    return true;
  }

  keys() {
    const on = (fits, act) => () => {
      const alert = this.current();
      if (!alert || !fits(alert)) return false;
      act(alert);
      return true;
    };
    const may = (what, fits = () => true) => (a) => model.may(what) && model.isOpen(a) && fits(a);
    return {
      j: () => this.step(1), k: () => this.step(-1),
      a: on(may('act', (a) => a.state === 'raised'), (a) => acknowledge(a, this.items.get(a.alert).parts.ack)),
      o: on(() => true, (a) => { location.hash = `#/call/${encodeURIComponent(a.call)}`; }),
      r: on(may('act', (a) => a.state === 'acknowledged'), askVerdict), n: on(may('note'), askNote), h: on(may('act'), askHandOver),
      q: on(may('act', (a) => !quiet.of(a)), quiet.askQuiet), x: on(may('act'), (a) => this.bulk.turn(a)),
    };
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
    if (!item) this.items.set(alert.alert, item = new Item(alert, this.bulk));
    item.paint(alert);
    return item.node;
  }
}
