// SPDX-License-Identifier: MIT
// What agents see of their own work, how their callers left, and what they say of a figure that is wrong; for
// supervisors what waits for an answer.
import { h, say } from './dom.js';
import { t, num, percent, when } from './i18n.js';
import * as api from './api.js';
import * as words from './words.js';
import { ask, noteField } from './acts.js';
import { table } from './table.js';

// The figures, in words that the outcome page has.
const FIGURES = {
  calls: ['col.calls', (r) => num(r.calls)],
  mean_end: ['fact.end.mean', (r) => (r.mean_end === null ? '–' : words.stressNumber(r.mean_end))],
  recovery_adjusted: ['fact.recovery.adjusted', (r) => (r.recovery_adjusted === null ? '–' : percent(r.recovery_adjusted)
    + (r.recovery_low === null ? '' : ` [${num(r.recovery_low * 100)}, ${num(r.recovery_high * 100)}]`))],
  recovery_rate: ['fact.recovery_rate', (r) => (r.recovery_rate === null ? '–' : percent(r.recovery_rate))],
  rescued: ['col.rescued', (r) => num(r.rescued)],
  alerts: ['col.alerts', (r) => num(r.alerts)],
};
const titleOf = (figure) => (FIGURES[figure] ? t(FIGURES[figure][0]) : figure);
const valueOf = (d) => (d.value === null ? '' : FIGURES[d.figure]?.[1]({ recovery_low: null, [d.figure]: d.value }) ?? '');

const answered = (d) => h('p', { class: 'dim' }, d.done_ms ? t('dispute.answered', { who: d.done_by, at: when(d.done_ms), text: d.answer }) : t('dispute.waits'));

/** An agent's own figures, each with a way to say that it is wrong, and what came of that. */
export class OwnFigures {
  constructor() {
    this.node = h('section', { class: 'panel' });
    this.load();
  }

  async load() {
    try {
      const [{ figures }, { disputes }] = await Promise.all([api.ownFigures(), api.ownDisputes()]);
      this.node.replaceChildren(h('h2', {}, t('figures.title')), h('p', { class: 'dim' }, t(figures.length ? 'figures.lead' : 'figures.none')),
        ...figures.map((row) => this.figures(row)), ...disputes.map((d) => h('div', { class: 'dispute' }, h('p', {}, h('b', {}, titleOf(d.figure)), ` ${valueOf(d)} · ${d.text}`), answered(d))));
    } catch (error) {
      this.node.replaceChildren(h('h2', {}, t('figures.title')), h('p', { class: 'error-text', role: 'alert' }, `${error.message} ${error.remedy}`));
    }
  }

  figures(row) {
    return table(t('figures.title'), [
      { title: t('figures.figure'), cell: (key) => titleOf(key) },
      { title: t('figures.value'), num: true, cell: (key) => FIGURES[key][1](row) },
      { title: t('dispute.act'), cell: (key) => h('button', { type: 'button', class: 'quiet', 'aria-label': `${t('dispute.act')}: ${titleOf(key)}`, onclick: () => this.dispute(row, key) }, t('dispute.act')), csv: () => '' },
    ], Object.keys(FIGURES));
  }

  dispute(row, figure) {
    ask(`${t('dispute.title')}: ${titleOf(figure)}`, noteField(t('dispute.why'), true), async (form) => {
      await api.dispute({ agent: row.agent, figure, text: form.get('note').trim(), ...(row[figure] === null ? {} : { value: row[figure] }) });
      say(t('dispute.sent'));
      this.load();
    }, t('dispute.act'), `dispute ${figure}`);
  }
}

/** Of all agents, for the outcome page; nothing where nobody disputes. again: draws the page anew. */
export function disputed(disputes, may, again) {
  if (!disputes.length) return '';
  const answer = (d) => ask(`${t('dispute.answer')}: ${words.agentName(d.agent)}`, [h('p', {}, d.text), noteField(t('dispute.answer'), true)], async (form) => {
    await api.answerDispute(d.id, form.get('note').trim());
    again();
  }, t('dispute.answer'), `answer ${d.id}`);
  const columns = [
    { title: t('agent'), cell: (d) => h('b', {}, words.agentName(d.agent)) },
    { title: t('figures.figure'), cell: (d) => titleOf(d.figure) },
    { title: t('figures.value'), num: true, cell: (d) => valueOf(d) },
    { title: t('dispute.why'), cell: (d) => [d.text, d.done_ms ? answered(d) : null] },
    { title: t('col.start'), cell: (d) => when(d.time_ms), value: (d) => d.time_ms },
    { title: t('dispute.answer'), cell: (d) => (d.done_ms ? d.done_by : may ? h('button', { type: 'button', onclick: () => answer(d) }, t('dispute.answer')) : t('dispute.waits')), csv: (d) => d.answer ?? '' },
  ];
  return h('section', { class: 'panel flush disputes' }, h('div', { class: 'pad' }, h('h2', {}, t('dispute.list')), h('p', { class: 'dim' }, t('dispute.lead'))), table(t('dispute.list'), columns, disputes));
}
