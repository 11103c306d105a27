// SPDX-License-Identifier: MIT
// When an alert is raised: a threshold by queue, or the budget of false alerts that it follows from.
import { h, setText, show } from './dom.js';
import { t, num, when } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import * as words from './words.js';
import { table } from './table.js';
import { ask } from './acts.js';
import { ownRules } from './own_rules.js';
import { proposals } from './proposals.js';
import { sites } from './sites.js';

const SLIDER_STEPS = 200;

/** The threshold for a budget, as the model's table has it; log-linear between its rows. */
export function thresholdFor(rows, budget) {
  const sorted = [...rows].sort((a, b) => a.budget - b.budget);
  if (!sorted.length) return null;
  if (budget <= sorted[0].budget) return sorted[0].threshold;
  for (let i = 1; i < sorted.length; i++) {
    const [a, b] = [sorted[i - 1], sorted[i]];
    if (budget <= b.budget) {
      const share = (Math.log(budget) - Math.log(a.budget)) / (Math.log(b.budget) - Math.log(a.budget));
      return a.threshold + share * (b.threshold - a.threshold);
    }
  }
  return sorted.at(-1).threshold;
}

export class RulesPage {
  constructor() {
    this.body = h('div', { class: 'stack' });
    this.node = h('div', {}, h('div', { class: 'page-head' }, h('h1', {}, t('nav.rules')), h('p', { class: 'lead' }, t('rules.lead'))), this.body);
    this.stop = model.tap((e) => { if (e.type === 'threshold') this.load(); });
    this.load();
  }

  leave() {
    this.left = true;
    this.stop();
  }

  async load() {
    try {
      const [data, proposed, own, usual] = await Promise.all([api.thresholds(), api.proposals(), api.rules(), api.sites()]);
      if (this.left) return;
      this.proposed = proposed;
      this.usual = usual;
      this.own = own.rules;
      this.file = own.file;
      this.table = data.table.filter((r) => r.budget > 0);
      this.draw(data.thresholds);
    } catch (error) {
      if (!this.left) this.body.replaceChildren(h('p', { class: 'error-text', role: 'alert' }, `${error.message} ${error.remedy}`));
    }
  }

  draw(list) {
    const columns = [
      { title: t('queue'), cell: (r) => (r.queue === '*' ? t('rules.all') : r.queue) },
      { title: t('rules.budget'), num: true, cell: (r) => (r.budget === null ? '–' : num(r.budget, 1)) },
      { title: t('rules.threshold'), num: true, cell: (r) => this.thresholdText(r) },
      { title: t('rules.set'), cell: (r) => (r.set_by ? `${r.set_by}, ${when(r.set_ms)}` : '–') },
    ];
    if (model.may('configure'))
      columns.push({ title: t('rules.change'), cell: (r) => h('span', { class: 'acts' }, h('button', { type: 'button', onclick: () => this.edit(r) }, t('rules.edit')),
        r.set_by ? h('button', { type: 'button', class: 'quiet', onclick: () => this.unset(r.queue) }, t('rules.unset')) : null) });
    const known = new Set(list.map((r) => r.queue));
    const others = [...new Set([...model.calls.values()].map((c) => c.queue))].filter((q) => q && !known.has(q)).sort();
    const add = model.may('configure') ? h('div', { class: 'pad' }, h('button', { type: 'button', onclick: () => this.edit({ queue: '', budget: null, threshold: null }, others) }, t('rules.add'))) : null;
    this.body.replaceChildren(h('section', { class: 'panel flush' }, table(t('nav.rules'), columns, list), add), ownRules(this.own, this.file, () => this.load()), proposals(this.proposed, () => this.load(), known), sites(this.usual, () => this.load()), this.trade());
  }

  thresholdText(r) {
    if (r.threshold !== null) return num(r.threshold, 3);
    const from = r.budget === null ? null : thresholdFor(this.table, r.budget);
    return from === null ? t('rules.model') : `≈ ${num(from, 3)}`;
  }

  /** The model's own trade-off, as numbers: what a budget costs. */
  trade() {
    if (!this.table.length) return '';
    return h('section', { class: 'panel flush' }, h('div', { class: 'pad' }, h('h2', {}, t('rules.trade')), h('p', { class: 'dim' }, t('rules.trade.lead'))),
      table(t('rules.trade'), [{ title: t('rules.budget'), cell: (r) => num(r.budget, r.budget < 1 ? 2 : 0) }, { title: t('rules.threshold'), num: true, cell: (r) => num(r.threshold, 3) }], this.table));
  }

  edit(rule, others = []) {
    const lo = Math.log(Math.min(0.1, ...this.table.map((r) => r.budget)));
    const hi = Math.log(Math.max(100, ...this.table.map((r) => r.budget)));
    const budgetAt = (pos) => Number(Math.exp(lo + (hi - lo) * pos / SLIDER_STEPS).toPrecision(2));
    const start = Math.round((Math.log(rule.budget ?? 10) - lo) / (hi - lo) * SLIDER_STEPS);
    const told = h('output', { class: 'told' });
    const slider = h('input', { type: 'range', name: 'budget', min: 0, max: SLIDER_STEPS, value: start, 'aria-label': t('rules.budget') });
    const number = h('input', { type: 'number', name: 'threshold', min: 0, max: 1, step: 0.001, value: rule.threshold ?? 0.5, 'aria-label': t('rules.threshold') });
    const tell = () => {
      const budget = budgetAt(Number(slider.value));
      const at = thresholdFor(this.table, budget);
      setText(told, t('rules.told', { n: num(budget, budget < 1 ? 2 : budget < 10 ? 1 : 0), at: at === null ? '–' : num(at, 3) }));
      slider.setAttribute('aria-valuetext', told.textContent);
    };
    const byBudget = h('div', { class: 'field' }, slider, told);
    const byNumber = h('div', { class: 'field' }, number);
    const kind = (value, on) => h('label', { class: 'radio' }, h('input', { type: 'radio', name: 'kind', value, checked: on, onchange: () => turn(value) }), t(`rules.kind.${value}`));
    const turn = (value) => { show(byBudget, value === 'budget'); show(byNumber, value === 'threshold'); };
    const fixed = rule.threshold !== null;
    slider.addEventListener('input', tell);
    tell();
    turn(fixed ? 'threshold' : 'budget');
    const queue = rule.queue ? null : h('label', { class: 'field' }, t('queue'), h('input', { name: 'queue', required: true, maxlength: 63, list: 'queues' }),
      h('datalist', { id: 'queues' }, others.map((q) => h('option', { value: q }))));
    ask(rule.queue === '*' ? t('rules.all') : rule.queue || t('rules.add'), [queue, kind('budget', !fixed), byBudget, kind('threshold', fixed), byNumber, h('p', { class: 'dim' }, t('rules.holds'))],
      async (data) => {
        const value = data.get('kind') === 'budget' ? { budget: budgetAt(Number(data.get('budget'))) } : { threshold: Number(data.get('threshold')) };
        await api.setThreshold(rule.queue || data.get('queue').trim(), value);
        await this.load();
      }, t('rules.save'));
  }

  unset(queue) {
    ask(t('rules.unset'), h('p', {}, t('rules.unset.text', { queue: queue === '*' ? t('rules.all') : words.queueName(queue) })), async () => {
      await api.unsetThreshold(queue);
      await this.load();
    }, t('rules.unset'));
  }
}
