// SPDX-License-Identifier: MIT
// Thresholds that a queue's own calls and verdicts speak for: one click applies one, another undoes it.
import { h, svg } from './dom.js';
import { t, num, percent } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import { table } from './table.js';
import { failed } from './acts.js';

const WIDTH = 160;
const HEIGHT = 44;

/** Alerts and the false ones among them against the threshold; the numbers stand beside it. */
function curve(row) {
  const most = Math.max(1, ...row.curve.map((p) => p.alerts));
  const [low, high] = [row.curve[0]?.threshold ?? 0, row.curve.at(-1)?.threshold ?? 1];
  const x = (p) => ((p.threshold - low) / Math.max(1e-6, high - low) * WIDTH).toFixed(1);
  const line = (key) => row.curve.map((p, i) => `${i ? 'L' : 'M'}${x(p)} ${(HEIGHT - 2 - p[key] / most * (HEIGHT - 4)).toFixed(1)}`).join('');
  return svg('svg', { class: 'trade', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-hidden': 'true' },
    svg('path', { class: 'trade-alerts', d: line('alerts') }), svg('path', { class: 'trade-false', d: line('false') }),
    row.proposed ? svg('path', { class: 'trade-at', d: `M${x(row.proposed)} 0V${HEIGHT}` }) : svg('g', {}));
}

/** The section of the page; changed() after a threshold was set or undone. own: the queues that have one to undo. */
export function proposals(data, changed, own) {
  const acts = (r) => h('span', { class: 'acts' },
    r.proposed ? h('button', { type: 'button', onclick: () => api.setThreshold(r.queue, { threshold: r.proposed.threshold }).then(changed, failed) }, t('proposal.apply')) : null,
    own.has(r.queue) ? h('button', { type: 'button', class: 'quiet', onclick: () => api.undoThreshold(r.queue).then(changed, failed) }, t('proposal.undo')) : null);
  const few = (r) => t('proposal.few', { n: num(r.judged), of: num(data.judged_least), h: num(r.hours) });
  const columns = [
    { title: t('queue'), cell: (r) => h('span', {}, r.queue, r.drift ? h('b', { class: 'drift' }, ` ${t(`proposal.drift.${r.drift}`)}`) : null) },
    { title: t('col.judged'), num: true, cell: (r) => num(r.judged) },
    { title: t('col.precision'), num: true, cell: (r) => (r.judged ? `${percent(r.right / r.judged)} [${num(r.low * 100)}, ${num(r.high * 100)}]` : '–') },
    { title: t('col.missed'), num: true, cell: (r) => num(r.missed) },
    { title: t('rules.budget'), num: true, cell: (r) => num(r.budget, 1) },
    { title: t('proposal.threshold'), cell: (r) => (r.proposed ? t('proposal.told', { at: num(r.proposed.threshold, 3), n: num(r.proposed.alerts, 1), wrong: num(r.proposed.false, 1) }) : few(r)) },
    { title: t('proposal.curve'), cell: curve },
  ];
  if (model.may('configure')) columns.push({ title: t('rules.change'), cell: acts });
  return h('section', { class: 'panel flush' }, h('div', { class: 'pad' }, h('h2', {}, t('proposal.title')), h('p', { class: 'dim' }, t('proposal.lead'))),
    data.rows.length ? table(t('proposal.title'), columns, data.rows) : h('p', { class: 'pad dim' }, t('proposal.none')));
}
