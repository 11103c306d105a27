// SPDX-License-Identifier: MIT
// One shift hands over to the next: what stands, what is quiet, what was noted, and how the shift went.
import { h, icon, setText } from './dom.js';
import { t, when } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import * as need from './need.js';
import * as quiet from './quiet.js';
import * as words from './words.js';
import { nodeNote } from './nodes.js';
import { table } from './table.js';
import { zoneNote } from './explain.js';
import { columns, summary } from './past.js';

const PAGE = 500;
const PAGES = 4; // Of the shift's alerts: more are told as a number that ends with +.
const HOUR_MS = 3600e3;

export class ShiftPage {
  constructor() {
    this.hours = '8';
    this.rows = [];
    const hours = h('select', { 'aria-label': t('shift.hours'), onchange: (e) => { this.hours = e.target.value; this.load(); } },
      ['4', '8', '12', '24'].map((n) => h('option', { value: n }, t('shift.last', { n }))));
    hours.value = this.hours;
    this.status = h('p', { class: 'dim', role: 'status' });
    this.note = nodeNote();
    this.sum = h('dl', { class: 'facts panel' });
    this.parts = Object.fromEntries(['stands', 'quiet', 'noted'].map((part) => [part, h('section', { class: 'panel flush' })]));
    this.node = h('div', {}, h('div', { class: 'page-head' }, h('h1', {}, t('nav.shift')), hours, this.status,
      h('button', { type: 'button', class: 'print-no', onclick: () => print() }, t('past.print')), zoneNote(), this.note.node), this.sum, h('div', { class: 'stack' }, Object.values(this.parts)));
    this.stop = model.watch((change) => { if (change.alerts || change.all) this.drawNow(); });
    this.drawNow();
    this.load();
  }

  leave() {
    this.left = true;
    this.stop();
    this.note.stop();
  }

  async load() {
    const mine = this.loading = {};
    const from_ms = Math.round(model.now() - this.hours * HOUR_MS);
    let rows = [];
    let cursor = '';
    try {
      for (let i = 0; i < PAGES && cursor !== null; i++) {
        const answer = await api.alerts({ state: 'all', from_ms, limit: PAGE, cursor });
        if (this.left || this.loading !== mine) return;
        rows = rows.concat(answer.alerts);
        cursor = answer.next;
      }
      this.rows = rows;
      setText(this.status, t('shift.as', { at: when(model.now()) }) + (cursor ? ` ${t('shift.more', { n: rows.length })}` : ''));
      this.drawShift();
    } catch (error) {
      if (!this.left) setText(this.status, `${error.message} ${error.remedy}`);
    }
  }

  part(name, body) {
    this.parts[name].replaceChildren(h('div', { class: 'pad' }, h('h2', {}, t(`shift.${name}`))),
      body ?? h('div', { class: 'empty small' }, icon('check'), h('p', {}, t(`shift.${name}.none`))));
  }

  /** What is so at this moment: from the same messages as the tray. A table that is the same is left alone. */
  drawNow() {
    const parts = need.sort([...model.alerts.values()].filter(model.isOpen), model.session?.name, (a) => model.calls.has(a.call), quiet.of);
    const open = [...parts.now, ...parts.over, ...parts.quiet];
    const hushed = quiet.all();
    const key = JSON.stringify([open, hushed]);
    if (key === this.key) return;
    this.key = key;
    this.part('stands', open.length ? table(t('shift.stands'), columns(), open) : null);
    this.part('quiet', hushed.length ? table(t('shift.quiet'), [{ title: t('quiet.what'), cell: quiet.nameOf },
      { title: t('shift.until'), cell: (q) => when(q.until_ms), value: (q) => q.until_ms }, { title: t('shift.by'), cell: (q) => q.by },
      { title: t('past.why'), cell: (q) => q.why || '–' }], hushed) : null);
  }

  drawShift() {
    const noted = this.rows.filter((a) => a.notes.length);
    this.sum.replaceChildren(...summary(this.rows));
    this.part('noted', noted.length ? table(t('shift.noted'), columns(), noted) : null);
  }
}
