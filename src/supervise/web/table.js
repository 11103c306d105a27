// SPDX-License-Identifier: MIT
// A table that becomes a list of small cards on a phone. Its columns sort, and it goes out as CSV.
import { h, svg } from './dom.js';

const text = (node) => (node instanceof Node ? node.textContent : String(node ?? '')).trim();

/** What a column is sorted by: its own value, else the number or text that it shows. */
function keyOf(column, row) {
  if (column.value) return column.value(row) ?? null;
  const shown = text(column.cell(row));
  const number = column.num ? Number.parseFloat(shown.replace(/[^\d.,-]/g, '').replace(',', '.')) : NaN;
  return Number.isFinite(number) ? number : shown;
}

/** Nothing comes last, whichever way. */
function compare(a, b, way) {
  if (a === null || b === null) return (a === null) - (b === null);
  return way * (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b)));
}

/** A cell of CSV (RFC 4180); what a spreadsheet would take for a formula is kept a text. */
function csvCell(value) {
  const safe = /^[=+@\t\r]|^-(?!\d)/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(columns, rows) {
  const lines = [columns.map((c) => c.title), ...rows.map((row) => columns.map((c) => text(c.csv ? c.csv(row) : c.cell(row))))];
  return lines.map((cells) => cells.map((cell) => csvCell(String(cell))).join(',')).join('\r\n') + '\r\n';
}

function save(name, content) {
  const url = URL.createObjectURL(new Blob(['\ufeff', content], { type: 'text/csv;charset=utf-8' }));
  const link = h('a', { href: url, download: `${name.replace(/[^\p{L}\p{N}]+/gu, '-')}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** columns: [{title, cell(row) -> node or text, num, value(row), csv(row)}]; rows: any. total(rows): cells of a last row. */
export function table(caption, columns, rows, { total = null } = {}) {
  let sorted = { at: -1, way: 1 };
  const body = h('tbody');
  const row = (cells, of) => h('tr', {}, cells.map((cell, i) => h(i === 0 ? 'th' : 'td',
    { scope: i === 0 ? 'row' : undefined, class: columns[i].num ? 'num' : '', data: { label: columns[i].title } }, of ? columns[i].cell(of) : cell)));
  const draw = () => {
    const { at, way } = sorted;
    const list = at < 0 ? rows : rows.map((r) => [keyOf(columns[at], r), r]).sort((a, b) => compare(a[0], b[0], way)).map(([, r]) => r);
    body.replaceChildren(...list.map((r) => row(columns, r)));
  };
  const heads = columns.map((c, i) => {
    const th = h('th', { scope: 'col', class: c.num ? 'num' : '' }, rows.length > 1
      ? h('button', { type: 'button', class: 'quiet sort', onclick: () => {
        sorted = { at: i, way: sorted.at === i ? -sorted.way : c.num ? -1 : 1 };
        heads.forEach((other, k) => other.toggleAttribute('aria-sort', false) || (k === i && other.setAttribute('aria-sort', sorted.way > 0 ? 'ascending' : 'descending')));
        draw();
      } }, c.title) : c.title);
    return th;
  });
  draw();
  const foot = total && rows.length > 1 ? h('tfoot', {}, row(total(rows))) : null;
  return h('div', { class: 'table' }, h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption }, h('table', { class: 'list fold' },
    h('caption', { class: 'sr' }, caption), h('thead', {}, h('tr', {}, heads)), body, foot)),
  rows.length ? h('div', { class: 'table-ends' }, h('button', { type: 'button', class: 'quiet', 'aria-label': `CSV: ${caption}`, onclick: () => save(caption, csv(columns, rows)) }, 'CSV')) : null);
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
