// SPDX-License-Identifier: MIT
// Words and numbers in the reader's language: the chosen one, else the browser's, else English.
import * as settings from './settings.js';
import { table as base, columns } from './lang.js';
import { table as day } from './lang_day.js';
import { table as desk } from './lang_desk.js';
import { table as know } from './lang_know.js';
import { table as site } from './lang_site.js';
import { table as server } from './lang_server.js';
import { table as acts } from './lang_acts.js';

const table = { ...base, ...day, ...desk, ...know, ...site, ...server, ...acts };

export const languages = [['en', 'English'], ['es', 'Español'], ['vi', 'Tiếng Việt']];

function pick() {
  const wanted = [settings.get('lang'), ...(navigator.languages || [navigator.language])];
  for (const tag of wanted) {
    const short = String(tag || '').slice(0, 2).toLowerCase();
    if (columns.includes(short)) return short;
  }
  return 'en';
}

// en-GB and en-US write dates apart: the browser's own variant of the language counts.
function variant() {
  return (navigator.languages ?? []).find((tag) => tag.toLowerCase().startsWith(lang)) ?? lang;
}

let lang = pick();
let locale = variant();
let column = columns.indexOf(lang);
const formats = new Map();

export function current() { return lang; }

export function choose(next) {
  settings.set('lang', next);
  lang = pick();
  column = columns.indexOf(lang);
  locale = variant();
  formats.clear();
  document.documentElement.lang = lang;
}
document.documentElement.lang = lang;

/** The sentence for a key, with {name} filled in. A key that is not known shows itself. */
export function t(key, vars) {
  let text = known(key) ? table[key][column] : key;
  if (typeof text === 'object')
    text = text[new Intl.PluralRules(lang).select(vars.n)] ?? text.other;
  return vars ? text.replace(/\{(\w+)\}/g, (all, name) => vars[name] ?? all) : text;
}

/** True when the table has the key: for names that come from the server. */
export function known(key) { return Object.hasOwn(table, key); }

function format(id, make) {
  let f = formats.get(id);
  if (!f) formats.set(id, f = make());
  return f;
}

export function num(x, digits = 0) {
  if (!Number.isFinite(x)) return '–';
  return format(`n${digits}`, () => new Intl.NumberFormat(locale,
    { minimumFractionDigits: digits, maximumFractionDigits: digits })).format(x);
}

export function signed(x, digits = 1) {
  const size = num(Math.abs(x), digits);
  return x === 0 ? size : (x < 0 ? '−' : '+') + size;
}

export function percent(x) {
  return Number.isFinite(x) ? format('%', () => new Intl.NumberFormat(locale,
    { style: 'percent', maximumFractionDigits: 0 })).format(x) : '–';
}

/** 75 -> "1:15", 3675 -> "1:01:15". */
export function clock(s) {
  if (!Number.isFinite(s)) return '–';
  const all = Math.max(0, Math.floor(s));
  const sec = String(all % 60).padStart(2, '0');
  const min = Math.floor(all / 60) % 60;
  const hours = Math.floor(all / 3600);
  return hours ? `${hours}:${String(min).padStart(2, '0')}:${sec}` : `${min}:${sec}`;
}

export function when(ms) {
  if (!Number.isFinite(ms) || ms <= 0) return '–';
  return format('when', () => new Intl.DateTimeFormat(locale,
    { dateStyle: 'medium', timeStyle: 'medium' })).format(ms);
}

/** "Europe/Madrid, GMT+01:00": where the times of the page are at home. */
export function zone() {
  const offset = new Intl.DateTimeFormat('en', { timeZoneName: 'longOffset' }).formatToParts().find((p) => p.type === 'timeZoneName').value;
  return `${Intl.DateTimeFormat().resolvedOptions().timeZone}, ${offset}`;
}

/** "Mon 30 Nov" of 2026-11-30, whatever the zone. */
export function date(day) {
  return format('date', () => new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' })).format(new Date(`${day}T00:00:00Z`));
}

export function timeOfDay(ms) {
  return format('time', () => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })).format(ms);
}
