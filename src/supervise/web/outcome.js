// SPDX-License-Identifier: MIT
// How callers left, by queue and by agent, and what agents had to listen to. Everything here comes
// from callers' voices; nothing tells of an agent's emotion, which nobody measures.
import { h, icon } from './dom.js';
import { t, num, percent, when, date } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import * as words from './words.js';
import { nodeNote } from './nodes.js';
import { table, bar, stressKind } from './table.js';
import { zoneNote, glossary } from './explain.js';
import { disputed } from './figures.js';

const DAY_MS = 86400e3;
const SHOWN = 8;
const RANKED = 20; // Calls with an episode; with fewer nobody is compared.

/** A share and its 95 % interval, as base/interval.h tells them. */
function wilson(k, n) {
  if (!n) return { precision: null, low: null, high: null };
  const zz = 1.96 ** 2, middle = k + zz / 2, half = 1.96 * Math.sqrt((k * (n - k)) / n + zz / 4);
  return { precision: k / n, low: (middle - half) / (n + zz), high: (middle + half) / (n + zz) };
}

export class OutcomePage {
  constructor() {
    this.days = '30';
    this.by = 'queue';
    this.trend = { by: 'day', queue: '' };
    const days = h('select', { 'aria-label': t('history.days'), onchange: (e) => { this.days = e.target.value; this.load(); } },
      ['1', '7', '30', '90'].map((d) => h('option', { value: d }, t(`history.days.${d}`))));
    days.value = this.days;
    this.body = h('div', { class: 'stack' });
    this.note = nodeNote();
    this.node = h('div', {}, h('div', { class: 'page-head' }, h('h1', {}, t('nav.outcome')), days, h('p', { class: 'lead' }, t('outcome.lead')), zoneNote(), this.note.node), this.body,
      glossary([['peak_end', t('fact.peak_end.mean')], ['recovery', t('fact.recovery.adjusted')], ['episode', t('col.episodes')], ['precision', t('col.precision')]]));
    this.load();
  }

  leave() {
    this.left = true;
    this.note.stop();
  }

  async load() {
    const from_ms = Math.round(model.now() - this.days * DAY_MS);
    try {
      const [queues, agents, exposure, precision, rescued, trends, { disputes }] = await Promise.all([api.outcomes({ by: 'queue', from_ms }), api.outcomes({ by: 'agent', from_ms }), api.exposure({}),
        api.precision({ by: this.by, from_ms }), api.calls({ state: 'ended', rescued: 'yes', from_ms, limit: SHOWN }), api.trends({ ...this.trend, from_ms }), api.disputes()]);
      if (this.left) return;
      this.body.replaceChildren(disputed(disputes, model.may('act'), () => this.load()), this.rescued(rescued), this.trends(trends, queues.rows), this.precision(precision), this.part('queue', queues.rows), this.part('agent', this.byRecovery(agents.rows)), this.exposure(exposure.rows));
    } catch (error) {
      if (!this.left) this.body.replaceChildren(h('p', { class: 'error-text', role: 'alert' }, `${error.message} ${error.remedy}`));
    }
  }

  /** How days went, or the hours of a day; all queues, or one. */
  trends({ rows }, queues) {
    const choice = (key, list) => {
      const node = h('select', { 'aria-label': t(`trend.${key}`), onchange: (e) => { this.trend[key] = e.target.value; this.load(); } }, list.map(([v, word]) => h('option', { value: v }, word)));
      node.value = this.trend[key];
      return node;
    };
    const named = queues.filter((q) => q.name);
    const head = h('div', { class: 'page-head' }, h('h2', {}, t('trend.title')), choice('by', ['day', 'hour'].map((v) => [v, t(`trend.by.${v}`)])),
      choice('queue', [['', t('trend.all')], ...named.map((q) => [q.name, q.name])]));
    const part = (a, b) => (b ? a / b : null);
    const share = (a, b, kind) => (b ? bar(percent(a / b), a / b, kind) : '–');
    const level = (key) => (r) => (r[key] === null ? '–' : bar(words.stressNumber(r[key]), r[key], stressKind(r[key])));
    const columns = [
      { title: t(`trend.by.${this.trend.by}`), cell: (r) => (this.trend.by === 'day' ? date(r.name) : `${r.name}:00`), value: (r) => r.name, csv: (r) => r.name },
      { title: t('col.calls'), num: true, cell: (r) => num(r.calls) },
      { title: t('fact.peak.mean'), num: true, cell: level('mean_peak') },
      { title: t('fact.end.mean'), num: true, cell: level('mean_end') },
      { title: t('trend.alerted'), num: true, cell: (r) => share(r.alerted, r.calls, 'alert'), value: (r) => part(r.alerted, r.calls) },
      { title: t('col.alerts'), num: true, cell: (r) => num(r.alerts) },
      { title: t('past.answered'), num: true, cell: (r) => share(r.answered, r.alerts, 'calm'), value: (r) => part(r.answered, r.alerts) },
      { title: t('col.answer'), num: true, cell: (r) => words.seconds(r.mean_answer_s), value: (r) => r.mean_answer_s },
      { title: t('past.escalated'), num: true, cell: (r) => num(r.escalated) },
      { title: t('past.expired'), num: true, cell: (r) => num(r.expired) },
      { title: t('col.precision'), num: true, cell: (r) => this.judged(r), value: (r) => r.precision },
    ];
    return h('section', { class: 'panel flush' }, h('div', { class: 'pad' }, head), rows.length ? table(t('trend.title'), columns, rows, { total: (list) => this.whole(columns, list) }) : this.none());
  }

  /** The last row: sums, and means and shares of all that they are of. */
  whole(columns, rows) {
    const sum = (key) => rows.reduce((n, r) => n + r[key], 0);
    const mean = (key, of) => {
      const kept = rows.filter((r) => r[key] !== null);
      const n = kept.reduce((all, r) => all + r[of], 0);
      return n ? kept.reduce((all, r) => all + r[key] * r[of], 0) / n : null;
    };
    const all = { mean_peak: mean('mean_peak', 'scored'), mean_end: mean('mean_end', 'scored'), mean_answer_s: mean('mean_answer_s', 'answered') };
    for (const key of ['calls', 'scored', 'alerted', 'alerts', 'answered', 'escalated', 'expired', 'judged', 'right']) all[key] = sum(key);
    Object.assign(all, wilson(all.right, all.judged));
    return [t('col.total'), ...columns.slice(1).map((c) => c.cell(all))];
  }

  byRecovery(rows) {
    return [...rows].sort((a, b) => (a.rank ?? 1e9) - (b.rank ?? 1e9) || a.name.localeCompare(b.name));
  }

  /** "83 % [69, 92]": a share and how far it can be trusted. */
  share(r) {
    return r.precision === null ? '–' : `${percent(r.precision)} [${num(r.low * 100)}, ${num(r.high * 100)}]`;
  }

  judged(r) {
    return r.precision === null ? '–' : bar(this.share(r), r.precision, 'calm');
  }

  /** How many alerts were right, as people said. */
  precision(data) {
    const by = h('select', { 'aria-label': t('precision.by'), onchange: (e) => { this.by = e.target.value; this.load(); } },
      ['queue', 'hour', 'reason'].map((x) => h('option', { value: x }, t(`precision.by.${x}`))));
    by.value = this.by;
    const { total } = data;
    const name = { queue: words.queueName, hour: (x) => `${x}:00`, reason: (x) => t(words.FEATURES.includes(x) ? `feature.${x}` : `reason.${x}`) }[this.by];
    const columns = [
      { title: t(`precision.by.${this.by}`), cell: (r) => name(r.name) },
      { title: t('col.alerts'), num: true, cell: (r) => num(r.alerts) },
      { title: t('col.judged'), num: true, cell: (r) => num(r.judged) },
      { title: t('col.right'), num: true, cell: (r) => num(r.right) },
      { title: t('col.precision'), num: true, cell: (r) => this.judged(r) },
      { title: t('col.unjudged'), num: true, cell: (r) => (r.unjudged_share === null ? '–' : percent(r.unjudged_share)) },
      { title: t('col.missed'), num: true, cell: (r) => num(r.missed) },
    ];
    const told = total.judged ? t('precision.told', { n: total.judged, right: total.right, share: this.share(total), without: percent(total.unjudged_share) })
      : t('precision.none');
    return h('section', { class: 'panel flush' }, h('div', { class: 'pad' }, h('div', { class: 'page-head' }, h('h2', {}, t('precision.title')), by), h('p', { class: 'dim' }, told)),
      data.rows.length ? table(t('precision.title'), columns, data.rows) : '');
  }

  recovery(r) {
    if (r.recovery_adjusted === null) return '–';
    const text = r.recovery_low === null ? percent(r.recovery_adjusted) : `${percent(r.recovery_adjusted)} [${num(r.recovery_low * 100)}, ${num(r.recovery_high * 100)}]`;
    return r.episodes < RANKED ? h('span', { class: 'dim' }, text) : bar(text, r.recovery_adjusted, 'calm');
  }

  part(by, rows) {
    const level = (key) => (r) => (r[key] === null ? '–' : bar(words.stressNumber(r[key]), r[key], stressKind(r[key])));
    const good = (key) => (r) => (r[key] === null ? '–' : bar(percent(r[key]), r[key], 'calm'));
    const name = by === 'queue' ? words.queueName : words.agentName;
    const columns = [
      { title: t(by), cell: (r) => name(r.name) },
      { title: t('col.calls'), num: true, cell: (r) => num(r.calls) },
      { title: t('fact.end.mean'), num: true, cell: level('mean_end') },
      { title: t('fact.peak_end.mean'), num: true, cell: level('mean_peak_end') },
      ...(by === 'agent' ? [{ title: t('col.rank'), num: true, cell: (r) => (r.rank === null ? '–' : num(r.rank)) }] : []),
      { title: t('col.episodes'), num: true, cell: (r) => num(r.episodes) },
      { title: t('fact.recovery.adjusted'), num: true, cell: (r) => this.recovery(r) },
      { title: t('fact.recovery_rate'), num: true, cell: good('recovery_rate') },
      { title: t('col.rescued'), num: true, cell: (r) => num(r.rescued) },
      { title: t('col.feedback'), num: true, cell: (r) => (r.mean_feedback === null ? '–' : `${percent(r.mean_feedback)} (${num(r.feedback)})`) },
      { title: t('col.alerts'), num: true, cell: (r) => num(r.alerts) },
      { title: t('col.answer'), num: true, cell: (r) => words.seconds(r.mean_answer_s) },
      { title: t('col.recover'), num: true, cell: (r) => words.seconds(r.mean_recovery_s) },
    ];
    return h('section', { class: 'panel flush' }, h('div', { class: 'pad' }, h('h2', {}, t(`outcome.by.${by}`)), by === 'agent' ? h('p', { class: 'dim' }, t('outcome.fair', { n: RANKED })) : null),
      rows.length ? table(t(`outcome.by.${by}`), columns, rows) : this.none());
  }

  /** Who has done well: calls that began stressed and ended calm. */
  rescued({ calls, next }) {
    const level = (key) => (c) => bar(words.stressNumber(c[key]), c[key], stressKind(c[key]));
    const columns = [
      { title: t('col.start'), cell: (c) => h('a', { href: `#/call/${encodeURIComponent(c.call)}` }, when(c.started_ms)) },
      { title: t('agent'), cell: (c) => h('b', {}, words.agentName(c.agent)) },
      { title: t('queue'), cell: (c) => words.queueName(c.queue) },
      { title: t('fact.peak'), num: true, cell: level('peak') },
      { title: t('fact.end'), num: true, cell: level('end') },
    ];
    const all = next ? h('a', { href: `#/history/?rescued=yes&days=${this.days}` }, t('outcome.rescued.all')) : '';
    return h('section', { class: 'panel flush rescued' }, h('div', { class: 'pad' }, h('h2', {}, t('outcome.rescued')),
      h('p', { class: 'dim' }, t(calls.length ? 'outcome.rescued.lead' : 'outcome.rescued.none'), ' ', all)),
      calls.length ? table(t('outcome.rescued'), columns, calls) : '');
  }

  none() { return h('div', { class: 'empty small' }, icon('outcome'), h('strong', {}, t('outcome.none')), h('p', {}, t('outcome.none.how'))); }

  exposure(rows) {
    const most = Math.max(1, ...rows.map((r) => r.stressed_minutes));
    const columns = [
      { title: t('agent'), cell: (r) => words.agentName(r.agent) },
      { title: t('col.calls'), num: true, cell: (r) => num(r.calls) },
      { title: t('col.minutes'), num: true, cell: (r) => num(r.talk_minutes) },
      { title: t('col.stressed'), num: true, cell: (r) => bar(num(r.stressed_minutes, 1), r.stressed_minutes / most, 'elevated') },
      { title: t('col.alerted'), num: true, cell: (r) => num(r.alert_minutes, 1) },
      { title: t('col.break'), cell: (r) => (r.break_due ? h('b', { class: 'break' }, t('outcome.break')) : '–') },
    ];
    return h('section', { class: 'panel flush' }, h('div', { class: 'pad' }, h('h2', {}, t('outcome.exposure')), h('p', { class: 'dim' }, t('outcome.exposure.lead'))),
      rows.length ? table(t('outcome.exposure'), columns, rows) : this.none());
  }
}
