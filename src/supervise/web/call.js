// SPDX-License-Identifier: MIT
// One call: how it stands, what was heard, why; live calls go on growing while they are looked at.
import { h, icon, setText, setIcon, setData, show } from './dom.js';
import { t, clock, num, percent, when, timeOfDay } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import * as words from './words.js';
import { said } from './said.js';
import { Charts } from './charts.js';
import { KnowledgeBox } from './knowledge.js';
import { LinesBox } from './lines.js';
import * as place from './place.js';
import { ask, acknowledge, askNote, askHandOver } from './acts.js';
import { DeskBox } from './desk.js';
import { Player } from './player.js';
import { helpBox } from './help.js';
import { term } from './explain.js';
import { askVerdict, askMissed, missedList } from './verdict.js';

const REDRAW_MS = 500;
const TABLE_STEP_S = 5;
const EXPLAINED = { stress: 1, arousal: 1, peak_end: 1, recovery: 1 };

function toRows(scores) {
  const at = Object.fromEntries(scores.columns.map((name, i) => [name, i]));
  return scores.rows.map((row) => {
    const value = (name) => (name in at ? row[at[name]] : null);
    const known = words.FEATURES.some((f) => value(f) !== null);
    return { t: value('t'), stress: value('stress'), arousal: value('arousal'), words: value('words'), state: value('state'), why: value('why'), talk: value('talk'),
      delta: known ? Object.fromEntries(words.FEATURES.map((f) => [f, value(f)])) : null };
  });
}

const fromEvent = (e) => ({ t: e.t, stress: e.stress ?? null, arousal: e.arousal ?? null, words: e.words ?? null, state: e.state, why: e.why ?? null,
  talk: e.talk, delta: e.delta ?? null });

/** From the address, which anybody may have written: what is not well encoded is no call's name. */
function readId(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export class CallPage {
  constructor(rest) {
    this.id = readId(rest);
    this.node = h('div', { class: 'call-page' }, h('p', { class: 'dim' }, t('loading')));
    this.stops = [model.tap((e) => this.take(e))];
    this.load();
  }

  leave() {
    this.left = true;
    for (const stop of this.stops) stop();
    clearInterval(this.timer);
    this.charts?.leave();
    this.knowledge?.leave();
    this.lines?.leave();
    this.player?.leave();
  }

  /** A moment is chosen: on the curve, or of a mark. */
  pick(s) {
    this.charts.point(s);
    this.desk?.pick(s);
    this.player?.seek(s);
  }

  /** The moment that is heard. */
  hear(s) {
    this.charts.point(s);
    this.desk?.pick(s);
  }

  said(marks) {
    this.marks.said = marks;
    this.charts.graphs[0]?.updateOptions({});
  }

  /** Of another node: nothing of it is stored here, so what has been gathered is kept. */
  foreign() { return this.data !== undefined && this.data.call.node !== model.session?.node; }

  back() { this.load(); }
  theme() { this.charts?.draw(); }

  async load() {
    if (this.foreign()) return;
    const mine = this.asked = {}; // Back after a restart it is asked twice at once: the newest answer counts.
    this.early = [];
    try {
      const data = await api.timeline(this.id);
      if (this.left || this.asked !== mine) return;
      this.fill(data);
    } catch (error) {
      if (this.left || this.asked !== mine || (error.status === 0 && this.data)) return;
      this.node.replaceChildren(this.backLink(), h('div', { class: 'empty' }, h('strong', {}, error.message), h('p', {}, error.remedy)));
    }
  }

  /** What has the focus of the buttons that help: they are drawn anew around, and keep it. */
  held() { return this.help?.contains(document.activeElement) ? document.activeElement : null; }

  fill(data) {
    const held = this.held();
    this.data = data;
    this.rows = toRows(data.scores);
    const foreign = this.foreign();
    const alerts = foreign ? [...model.alerts.values()].filter((a) => a.call === this.id) : data.alerts;
    this.alerts = new Map(alerts.map((a) => [a.alert, a]));
    this.marks = { episodes: data.episodes, threshold: data.threshold, alerts, said: data.marks };
    const early = this.early; // What came while the answer was on its way.
    this.early = null;
    for (const e of early) this.take(e);
    this.charts?.leave();
    this.charts = new Charts(this.rows, this.marks, (s) => this.pick(s));
    this.player?.leave();
    this.player = model.session?.recordings && !data.call.live && !foreign ? new Player(this.id, (s) => this.hear(s)) : null;
    this.desk = foreign ? null : new DeskBox(data, { seek: (s) => this.pick(s), changed: (marks) => this.said(marks) });
    if (this.lines) this.lines.ask(); // Its place is kept.
    else this.lines = foreign ? null : new LinesBox(this.id, (s) => this.pick(s));
    this.head = h('div', { class: 'call-head' });
    this.side = h('div', { class: 'call-side' });
    this.table = h('details', { class: 'panel' }, h('summary', {}, t('call.table')), h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('call.table') }));
    this.table.addEventListener('toggle', () => this.drawTable());
    this.node.replaceChildren(this.backLink(), this.head,
      foreign ? h('p', { class: 'lead foreign' }, t('call.foreign', { node: data.call.node })) : '', h('div', { class: 'call-cols' },
      h('section', { class: 'panel', 'aria-label': t('call.timeline') }, this.player?.node ?? '', this.charts.node), this.side), this.lines?.node ?? '', this.table,
      model.may('erase') && !foreign ? h('button', { class: 'quiet erase', type: 'button', onclick: () => this.erase() }, t('call.erase')) : '');
    this.help = data.call.live ? this.help ?? helpBox(this.id, data.call.queue) : null; // An act may be on its way in it.
    this.knowledge?.leave();
    this.knowledge = foreign || !data.call.live ? null : new KnowledgeBox(this.id);
    this.drawHead();
    this.drawSide();
    held?.focus();
    this.charts.draw();
    clearInterval(this.timer);
    this.timer = setInterval(() => this.redraw(), REDRAW_MS);
  }

  backLink() { return h('a', { class: 'back', href: place.address() }, icon('back'), t('nav.wall')); }

  take(e) {
    if (e.type === 'snapshot' && this.data) {
      this.load();
      return;
    }
    if (e.call !== this.id) return;
    if (this.early) this.early.push(e);
    if (!this.rows) return;
    if (e.type === 'score' && e.t > (this.rows.at(-1)?.t ?? -1)) {
      this.rows.push(fromEvent(e));
      this.dirty = true;
    } else if (e.type === 'alert') {
      this.alerts.set(e.state.alert, e.state);
      this.marks.alerts = [...this.alerts.values()];
      this.dirty = this.dirtySide = true;
    } else if (e.type === 'call') {
      this.data.call = e.state;
      this.dirty = true;
      if (e.phase === 'ended') setTimeout(() => { if (!this.left) this.load(); }, 700);
    }
  }

  redraw() {
    if (!this.dirty || document.hidden) return;
    this.dirty = false;
    this.drawHead();
    this.charts.refresh();
    if (this.dirtySide) this.drawSide();
    else this.drawTurns();
    this.dirtySide = false;
    if (Math.floor(this.rows.length / TABLE_STEP_S) !== this.tabled) this.drawTable();
  }

  drawHead() {
    const live = model.calls.get(this.id);
    const call = live ? { ...this.data.call, ...live } : this.data.call;
    if (!this.headParts) this.headParts = this.buildHead();
    const n = this.headParts;
    if (n.root.parentNode !== this.head) this.head.replaceChildren(n.root);
    setText(n.title, `${words.agentName(call.agent)} · ${words.queueName(call.queue)}`);
    setData(n.pill, 'state', call.live ? call.state : 'ended');
    setIcon(n.sign, call.live ? (call.on_hold ? 'hold' : call.state) : 'check');
    setText(n.state, call.live ? `${call.on_hold ? t('state.hold') : words.stateName(call.state)} ${clock(call.t - call.state_since)}` : t('call.ended'));
    const why = call.state === 'abstain' ? words.whyName(call.why) : '';
    setText(n.sub, call.live ? [why, call.choices, call.problem].filter(Boolean).join(' · ') : '');
    setText(n.meta, [when(call.started_ms), clock(call.live ? call.t : (call.ended_ms - call.started_ms) / 1000), call.source,
      said(call.end_reason) ?? call.end_reason, call.caller_key ? t('call.caller', { key: call.caller_key.slice(0, 8) }) : ''].filter(Boolean).join(' · '));
    const peak = call.peak === null ? null : Math.max(call.peak, call.stress ?? 0);
    const facts = call.live
      ? [['stress', words.stressNumber(call.stress)], ['arousal', words.stressNumber(call.arousal)], ['peak', words.stressNumber(peak)]]
      : [['peak', words.stressNumber(call.peak)], ['end', words.stressNumber(call.end)], ['peak_end', words.stressNumber(call.peak_end)], ['recovery', percent(call.recovery)]];
    const names = facts.map(([k]) => k).join();
    if (names !== n.facts.key) n.facts.replaceChildren(...facts.map(([k]) => h('div', {}, h('dt', {}, k in EXPLAINED ? term(k, t(`fact.${k}`)) : t(`fact.${k}`)), h('dd'))));
    n.facts.key = names; // What is explained stays open while its number changes.
    facts.forEach(([, v], i) => setText(n.facts.children[i].lastChild, v));
  }

  buildHead() {
    const n = { title: h('h1'), sign: icon('calm'), state: h('span'), sub: h('span', { class: 'dim' }), meta: h('p', { class: 'dim' }), facts: h('dl', { class: 'facts' }) };
    n.pill = h('span', { class: 'pill' }, n.sign, n.state);
    n.root = h('div', { class: 'call-head-in' }, h('div', {}, h('div', { class: 'call-title' }, n.title, n.pill, n.sub), n.meta), n.facts);
    return n;
  }

  erase() {
    ask(t('erase.title'), h('p', {}, t('erase.text')), async () => {
      await api.eraseCall(this.id);
      location.hash = '#/wall';
    }, t('erase.go'));
  }

  drawSide() {
    const held = this.held();
    const alerts = [...this.alerts.values()].sort((a, b) => a.n - b.n);
    this.side.replaceChildren(this.help ? h('section', { class: 'panel' }, h('h2', {}, t('help.label')), this.help) : '', this.knowledge?.node ?? '',
      h('section', { class: 'panel' }, h('h2', {}, t('call.alerts')), alerts.length ? alerts.map((a) => this.alertBox(a)) : h('p', { class: 'dim' }, t('call.noalerts')), this.missed()),
      this.desk?.node ?? '', this.episodeBox(), this.turns = this.turnBox());
    held?.focus();
  }

  /** Where somebody says that an alert was missed: kept by the node that took the call. */
  missed() {
    if (this.foreign()) return null;
    const list = this.data.missed ??= [];
    const change = (fn) => { fn(); this.drawSide(); };
    const worst = this.rows.reduce((best, r) => ((r.stress ?? 0) > (best?.stress ?? 0) ? r : best), null);
    return h('div', {}, missedList(list, (m) => change(() => list.splice(list.indexOf(m), 1))),
      model.may('note') ? h('button', { type: 'button', class: 'quiet', onclick: () => askMissed(this.id, this.data.call.live ? this.rows.at(-1)?.t ?? 0 : worst?.t ?? 0,
        (m) => change(() => { this.data.missed = [...list.filter((x) => x.id !== m.id), m]; })) }, t('missed.button')) : null);
  }

  alertBox(a) {
    const may = (what, on) => on && model.may(what);
    const act = (name, fn) => h('button', { type: 'button', onclick: fn }, t(`act.${name}`));
    const top = Math.max(...a.reasons.map((r) => r.share), 0.01);
    return h('article', { class: 'alert', data: { status: a.state, alert: a.alert }, id: `alert-${a.n}` },
      h('div', { class: 'alert-top' }, h('b', {}, t('call.alert.at', { at: clock(a.t), n: words.stressNumber(a.stress) })), h('span', { class: 'alert-ago' }, timeOfDay(a.raised_ms))),
      h('div', { class: 'alert-status' }, icon(a.state === 'raised' ? 'alert' : 'check'), words.statusLine(a)),
      h('ul', { class: 'reasons' }, a.reasons.map((r) => h('li', {}, h('span', {}, words.reasonLong(r)), h('span', { class: 'dim' }, words.shareText(r)),
        h('meter', { min: 0, max: top, value: r.share, 'aria-hidden': 'true' })))),
      a.cleared ? h('p', { class: 'dim' }, words.clearedLine(a)) : null,
      a.reasons.length ? null : h('p', {}, a.rule ? words.sentence(a) : this.measuredAt(a)),
      a.suggestion && a.suggestion.action !== 'none' && model.isOpen(a) ? h('p', { class: 'suggest' }, this.suggestion(a.suggestion)) : null,
      a.notes.length ? h('div', { class: 'alert-notes' }, a.notes.map((x) => h('p', {}, h('b', {}, `${x.by}: `), x.text))) : null,
      h('div', { class: 'alert-acts' },
        may('act', a.state === 'raised') ? h('button', { type: 'button', class: 'primary', onclick: (e) => acknowledge(a, e.currentTarget) }, t('act.acknowledge')) : null,
        may('act', a.state === 'acknowledged') ? act('resolve', () => askVerdict(a)) : null,
        may('note', !model.isOpen(a)) ? act('verdict', () => askVerdict(a)) : null,
        may('note', true) ? act('note', () => askNote(a)) : null,
        may('act', model.isOpen(a)) ? act('handover', () => askHandOver(a)) : null));
  }

  /** Without a reason that stands out: what was measured when the alert was raised. Of the rate only a direction is known. */
  measuredAt(a) {
    const row = this.rows.find((r) => r.t >= a.t && r.delta);
    const parts = row ? words.FEATURES.map((f) => ({ feature: f, delta: row.delta[f] ?? 0 })).filter((r) => Math.abs(r.delta) >= 1) : [];
    return parts.length ? parts.map((r) => (r.feature === 'rate' ? words.reasonLong : words.reasonShort)(r)).join(' · ') : t('alert.no.reason');
  }

  suggestion(s) {
    const parts = [t(`suggest.${s.action}`)];
    if (s.free_script) parts.push(t('suggest.script'));
    if (s.agents.length) parts.push(t('suggest.agents', { names: s.agents.join(', ') }));
    return parts.join(' ');
  }

  episodeBox() {
    const { episodes } = this.data;
    if (!episodes.length) return '';
    return h('section', { class: 'panel' }, h('h2', {}, t('call.episodes')), h('ol', { class: 'episodes' }, episodes.map((e) =>
      h('li', {}, t('call.episode', { onset: clock(e.onset), peak: words.stressNumber(e.peak), at: clock(e.peak_t), end: e.end === null ? '–' : clock(e.end) })))));
  }

  /** A live call's turns are counted from what was heard so far. */
  drawTurns() {
    const next = this.turnBox();
    if (next.isEqualNode(this.turns)) return;
    this.turns.replaceWith(next);
    this.turns = next;
  }

  turnBox() {
    const { turns } = this.data;
    const count = (who) => this.rows.filter((r) => r.talk === who || r.talk === 'both').length;
    const facts = turns ? [['caller_talk', words.seconds(turns.caller_talk_s)], ['agent_talk', words.seconds(turns.agent_talk_s)], ['listening', percent(turns.listening_ratio)],
      ['talk_over', words.seconds(turns.talk_over_s)], ['caller_int', num(turns.caller_interruptions)], ['agent_int', num(turns.agent_interruptions)],
      ['silence', words.seconds(turns.silence_s)], ['longest', words.seconds(turns.longest_silence_s)], ['long', num(turns.long_silences)]]
      : [['caller_talk', words.seconds(count('caller'))], ['agent_talk', words.seconds(count('agent'))]];
    return h('section', { class: 'panel' }, h('h2', {}, t('call.turns')), h('dl', { class: 'pairs' },
      facts.map(([k, v]) => h('div', {}, h('dt', {}, t(`turns.${k}`)), h('dd', {}, v)))));
  }

  drawTable() {
    if (!this.table.open) return;
    this.tabled = Math.floor(this.rows.length / TABLE_STEP_S);
    const rows = this.rows.filter((r, i) => i % TABLE_STEP_S === TABLE_STEP_S - 1);
    const head = ['t', 'stress', 'arousal', 'state', 'talk', ...words.FEATURES];
    this.table.lastElementChild.replaceChildren(h('table', { class: 'list' },
      h('thead', {}, h('tr', {}, head.map((c) => h('th', { scope: 'col' }, c === 't' ? t('col.time') : c === 'state' || c === 'talk' ? t(`col.${c}`) : words.FEATURES.includes(c) ? `${t(`feature.${c}`)} (${words.unitOf(c)})` : t(c))))),
      h('tbody', {}, rows.map((r) => h('tr', {}, h('td', {}, clock(r.t)), h('td', {}, words.stressNumber(r.stress)), h('td', {}, words.stressNumber(r.arousal)),
        h('td', {}, r.state === 'abstain' ? words.whyName(r.why) : words.stateName(r.state)), h('td', {}, t(`talk.${r.talk}`)),
        words.FEATURES.map((f) => h('td', {}, r.delta ? num(r.delta[f] ?? NaN, 1) : '–')))))));
    show(this.table, true);
  }
}
