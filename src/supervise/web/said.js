// SPDX-License-Identifier: MIT
// What the server says in English, as the reader's language has it: its sentences are the keys of lang_said.js.
import { columns } from './lang.js';
import { table } from './lang_said.js';
import { current } from './i18n.js';

const PLACE = /\{(\w+)\}/g;
const exact = new Map(table.filter(([key]) => !key.includes('{')).map((row) => [row[0], row]));

/** "Line {n}: {rest}." as an expression that takes what stands in its places; the first places take least. */
function pattern(row) {
  const text = row[0].split(PLACE).map((part, i) => (i % 2 ? '(.+?)' : part.replace(/[^\w ]/g, '\\$&'))).join('');
  return { row, names: [...row[0].matchAll(PLACE)].map((m) => m[1]), form: new RegExp(`^${text}$`, 's') };
}
const patterns = table.filter(([key]) => key.includes('{')).map(pattern);

/** The sentence in the reader's language; null for one that the table has not. What fills a place is a sentence of its own, or stands as it is. */
export function said(sentence) {
  const column = columns.indexOf(current());
  const row = exact.get(sentence);
  if (row) return row[column];
  for (const { row: [...texts], names, form } of patterns) {
    const found = form.exec(sentence ?? '');
    if (found) return texts[column].replace(PLACE, (all, name) => { const it = found[names.indexOf(name) + 1]; return said(it) ?? it; });
  }
  return null;
}
