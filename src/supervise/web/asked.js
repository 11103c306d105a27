// SPDX-License-Identifier: MIT
// Knowledge: the questions that everybody asks, with the article that answers each, and a search over what was said.
import { h, icon, setText } from './dom.js';
import { t, clock, when, num } from './i18n.js';
import * as api from './api.js';
import * as words from './words.js';
import { table, bar, stressKind } from './table.js';
import { speaker } from './lines.js';

const PAGE = 50;

export class AskedPage {
  constructor(rest) {
    const given = new URLSearchParams(rest.replace(/^\?/, ''));
    this.values = { q: given.get('q') ?? '', queue: given.get('queue') ?? '' };
    this.rows = [];
    this.found = h('div', { 'aria-live': 'polite' });
    this.asked = h('div', { class: 'panel flush' });
    this.made = h('p', { class: 'dim' });
    this.node = h('div', { class: 'asked' }, h('div', { class: 'page-head' }, h('h1', {}, t('know.title'))), h('h2', {}, t('asked.search')), this.form(), this.found,
      h('h2', {}, t('asked.title')), this.made, this.asked);
    this.load();
    if (this.values.q) this.search();
  }

  leave() { this.left = true; }

  form() {
    const input = (name, type, extra) => h('label', { class: 'field' }, t(`asked.${name}`), h('input', { name, type, value: this.values[name], ...extra }));
    const form = h('form', { class: 'filters', role: 'search' }, input('q', 'search', { required: true, minlength: 3 }), input('queue', 'text', {}), h('button', { class: 'primary', type: 'submit' }, t('history.go')));
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      this.values = Object.fromEntries([...new FormData(form)].map(([k, v]) => [k, v.trim()]));
      history.replaceState(null, '', `#/knowledge/?${new URLSearchParams(this.values)}`);
      this.search();
    });
    return form;
  }

  wrong(node, error) { node.replaceChildren(h('p', { class: 'error-text pad', role: 'alert' }, `${error.message} ${error.remedy}`)); }

  async search(more = false) {
    const mine = this.searching = {};
    try {
      const answer = await api.findLines({ ...this.values, limit: PAGE, cursor: more ? this.next : '' });
      if (this.left || this.searching !== mine) return;
      this.next = answer.next;
      this.rows = more ? [...this.rows, ...answer.found] : answer.found;
      this.drawFound();
    } catch (error) {
      if (!this.left && this.searching === mine) this.wrong(this.found, error);
    }
  }

  drawFound() {
    if (!this.rows.length) {
      this.found.replaceChildren(h('div', { class: 'empty small' }, h('strong', {}, t('asked.nothing')), h('p', {}, t('asked.nothing.how'))));
      return;
    }
    const columns = [
      { title: t('col.start'), cell: (f) => h('a', { href: `#/call/${encodeURIComponent(f.call)}` }, when(f.started_ms)), value: (f) => f.started_ms },
      { title: t('col.time'), num: true, cell: (f) => clock(f.t), value: (f) => f.t }, { title: t('queue'), cell: (f) => words.queueName(f.queue) },
      { title: t('asked.line'), cell: (f) => h('span', {}, h('b', {}, `${speaker(f.who)}: `), h('bdi', { lang: f.language || undefined }, f.text)) },
    ];
    const more = this.next ? h('button', { type: 'button', class: 'more', onclick: () => this.search(true) }, t('history.more')) : '';
    this.found.replaceChildren(h('div', { class: 'panel flush' }, table(t('asked.search'), columns, this.rows), more));
  }

  async load() {
    try {
      const faq = await api.faq();
      if (!this.left) this.drawFaq(faq);
    } catch (error) {
      if (!this.left) this.wrong(this.asked, error);
    }
  }

  drawFaq({ made_ms: made, lines, questions }) {
    setText(this.made, made ? t('asked.made', { at: when(made), n: lines }) : '');
    if (!questions.length) {
      this.asked.replaceChildren(h('div', { class: 'empty small' }, icon('know'), h('strong', {}, t('asked.none')), h('p', {}, t('asked.none.how'))));
      return;
    }
    const columns = [
      { title: t('asked.question'), cell: (q) => h('div', {}, h('bdi', { lang: q.language || undefined }, q.text), this.examples(q)), value: (q) => q.text, csv: (q) => q.text },
      { title: t('asked.often'), num: true, cell: (q) => num(q.asked), value: (q) => q.asked }, { title: t('asked.calls'), num: true, cell: (q) => num(q.conversations), value: (q) => q.conversations },
      { title: t('stress'), num: true, cell: (q) => bar(words.stressNumber(q.stress), q.stress, stressKind(q.stress)), value: (q) => q.stress },
      { title: t('asked.minutes'), num: true, cell: (q) => (q.minutes === null ? '–' : num(q.minutes, 1)), value: (q) => q.minutes },
      { title: t('asked.again'), num: true, cell: (q) => num(q.again), value: (q) => q.again },
      { title: t('asked.trend'), cell: (q) => t(`asked.trend.${q.trend > 1.25 ? 'up' : q.trend < 0.75 ? 'down' : 'same'}`), value: (q) => q.trend, csv: (q) => String(q.trend) },
      { title: t('asked.article'), cell: (q) => (q.article ? q.article : h('span', { class: 'dim' }, t(q.article === null ? 'asked.article.none' : 'asked.article.unknown'))), value: (q) => q.article ?? '' },
    ];
    this.asked.replaceChildren(table(t('asked.title'), columns, questions));
  }

  examples(q) {
    const other = q.examples.filter((text) => text !== q.text);
    return other.length ? h('details', { class: 'small' }, h('summary', {}, t('asked.examples')), h('ul', {}, other.map((text) => h('li', {}, text)))) : null;
  }
}
