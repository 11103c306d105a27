// SPDX-License-Identifier: MIT
// A table that becomes a list of small cards on a phone.
import { h, svg } from './dom.js';

/** columns: [{title, cell(row) -> node or text, num}]; rows: any. */
export function table(caption, columns, rows) {
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption }, h('table', { class: 'list fold' },
    h('caption', { class: 'sr' }, caption),
    h('thead', {}, h('tr', {}, columns.map((c) => h('th', { scope: 'col', class: c.num ? 'num' : '' }, c.title)))),
    h('tbody', {}, rows.map((row) => h('tr', {}, columns.map((c, i) => h(i === 0 ? 'th' : 'td',
      { scope: i === 0 ? 'row' : undefined, class: c.num ? 'num' : '', data: { label: c.title } }, c.cell(row))))))));
}

/** A number with a bar under it; `value` 0..1. Colour is by meaning, the number tells the same. */
export function bar(text, value, kind = 'calm') {
  if (value === null || value === undefined) return '–';
  const width = Math.max(0, Math.min(1, value)) * 100;
  return h('span', { class: `barred bar-${kind}` }, text,
    svg('svg', { viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      svg('rect', { x: 0, y: 0, width: 100, height: 4, class: 'bar-back' }), svg('rect', { x: 0, y: 0, width, height: 4, class: 'bar-fill' })));
}

export function stressKind(value) {
  return value >= 0.66 ? 'alert' : value >= 0.4 ? 'elevated' : 'calm';
}
