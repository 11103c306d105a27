// SPDX-License-Identifier: MIT
// Articles for what the caller of a live call said last, or for its queue. Nothing is shown where there are none.
import { h, show } from './dom.js';
import { t } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';

const ASK_MS = 3000;

/** What a search elsewhere found: nobody here marks or pins it. */
export function outside(a) {
  return h('article', { class: 'outside' }, h('h3', {}, a.title), h('p', {}, a.passage),
    h('p', { class: 'dim' }, t('know.outside'), a.path ? [' · ', h('a', { href: a.path, target: '_blank', rel: 'noopener noreferrer' }, a.path)] : null));
}

export class KnowledgeBox {
  constructor(call) {
    this.call = call;
    this.list = h('div');
    this.node = h('section', { class: 'panel knowledge', 'aria-label': t('know.title') }, h('h2', {}, t('know.title')), this.list);
    this.dropped = new Set();
    this.shown = '';
    show(this.node, false);
    this.timer = setInterval(() => this.ask(), ASK_MS);
    this.ask();
  }

  leave() {
    clearInterval(this.timer);
    this.left = true;
  }

  async ask() {
    if (document.hidden || !model.calls.has(this.call)) return;
    const answer = await api.callKnowledge(this.call).catch(() => null);
    if (!answer || this.left) return;
    const articles = answer.articles.filter((a) => !this.dropped.has(a.article ?? a.path));
    const text = JSON.stringify(articles);
    if (text === this.shown) return; // Nothing is drawn anew under who reads it.
    this.shown = text;
    this.list.replaceChildren(...articles.map((a) => this.box(a)));
    show(this.node, articles.length > 0);
  }

  box(a) {
    if (a.outside) return outside(a);
    const mark = (name, gone) => h('button', { type: 'button', class: 'quiet', onclick: () => this.mark(a, name, gone) }, t(`know.${name}`));
    return h('article', {}, h('h3', {}, a.title), h('p', {}, a.passage), h('p', { class: 'dim' }, a.path),
      model.may('note') ? h('div', { class: 'alert-acts' }, mark('helped', false), mark('dismissed', true), mark(a.pinned ? 'unpin' : 'pin', false)) : null);
  }

  async mark(a, name, gone) {
    if (gone) this.dropped.add(a.article);
    await api.markArticle(a.article, name).catch(() => null);
    this.ask();
  }
}
