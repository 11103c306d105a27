// SPDX-License-Identifier: MIT
// How callers left, by queue and by agent, and what agents had to listen to. Everything here comes
// from callers' voices; nothing tells of an agent's emotion, which nobody measures.
import { h, icon } from './dom.js';
import { t, num, percent } from './i18n.js';
import * as api from './api.js';
import * as words from './words.js';
import { nodeNote } from './nodes.js';
import { table, bar, stressKind } from './table.js';

const DAY_MS = 86400e3;

export class OutcomePage {
  constructor() {
    this.days = '30';
    const days = h('select', { 'aria-label': t('history.days'), onchange: (e) => { this.days = e.target.value; this.load(); } },
      ['1', '7', '30', '90'].map((d) => h('option', { value: d }, t(`history.days.${d}`))));
    days.value = this.days;
    this.body = h('div', { class: 'stack' });
    this.note = nodeNote();
    this.node = h('div', {}, h('div', { class: 'page-head' }, h('h1', {}, t('nav.outcome')), days, h('p', { class: 'lead' }, t('outcome.lead')), this.note.node), this.body);
    this.load();
  }

  leave() {
    this.left = true;
    this.note.stop();
  }

  async load() {
    const from_ms = Math.round(Date.now() - this.days * DAY_MS);
    try {
      const [queues, agents, exposure] = await Promise.all([api.outcomes({ by: 'queue', from_ms }), api.outcomes({ by: 'agent', from_ms }), api.exposure({})]);
      if (this.left) return;
      this.body.replaceChildren(this.part('queue', queues.rows), this.part('agent', this.byRecovery(agents.rows)), this.exposure(exposure.rows));
    } catch (error) {
      if (!this.left) this.body.replaceChildren(h('p', { class: 'error-text', role: 'alert' }, `${error.message} ${error.remedy}`));
    }
  }

  byRecovery(rows) {
    return [...rows].sort((a, b) => (b.mean_recovery ?? -1) - (a.mean_recovery ?? -1));
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
      { title: t('fact.recovery.mean'), num: true, cell: good('mean_recovery') },
      { title: t('fact.recovery_rate'), num: true, cell: good('recovery_rate') },
      { title: t('col.alerts'), num: true, cell: (r) => num(r.alerts) },
      { title: t('col.answer'), num: true, cell: (r) => words.seconds(r.mean_answer_s) },
      { title: t('col.recover'), num: true, cell: (r) => words.seconds(r.mean_recovery_s) },
    ];
    return h('section', { class: 'panel flush' }, h('h2', { class: 'pad' }, t(`outcome.by.${by}`)),
      rows.length ? table(t(`outcome.by.${by}`), columns, rows) : this.none());
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
