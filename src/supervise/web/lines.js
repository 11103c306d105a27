// SPDX-License-Identifier: MIT
// What was said in a call, where it is kept: masked as it is on record, with the charged phrases marked.
import { h, setText, show } from './dom.js';
import { t, clock, known } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';

const ASK_MS = 3000;
const PAGE = 500;

/** The text in parts; hits are counted in bytes of its UTF-8, and may lie over one another. */
export function marked(text, hits) {
  const bytes = new TextEncoder().encode(text);
  const part = (from, to) => new TextDecoder().decode(bytes.subarray(from, to));
  const parts = [];
  let at = 0;
  for (const [from, len, kind] of [...hits].sort((a, b) => a[0] - b[0])) {
    if (from < at) continue;
    const name = known(`charged.${kind}`) ? t(`charged.${kind}`) : kind;
    parts.push(part(at, from), h('mark', { class: 'charged', title: name, data: { kind } }, part(from, from + len), h('span', { class: 'sr' }, ` (${name})`)));
    at = from + len;
  }
  return [...parts, part(at, bytes.length)];
}

/** Who said a line. */
export const speaker = (who) => t(`said.${['caller', 'agent'].includes(who) ? who : 'unknown'}`);

/** The box of a call's page. seek(s): goes to a moment. */
export class LinesBox {
  constructor(call, seek) {
    Object.assign(this, { call, seek, count: 0, next: '' });
    this.list = h('ol', { class: 'said', tabindex: '0', 'aria-label': t('said.title') });
    this.more = h('button', { type: 'button', class: 'more', onclick: () => this.ask(true) }, t('history.more'));
    this.sum = h('span', { class: 'dim' });
    this.node = h('section', { class: 'panel lines', 'aria-label': t('said.title') }, h('h2', {}, t('said.title'), ' ', this.sum), this.list, this.more);
    show(this.node, false);
    this.timer = setInterval(() => { if (model.calls.has(call) && !document.hidden) this.ask(); }, ASK_MS);
    this.ask();
  }

  leave() {
    clearInterval(this.timer);
    this.left = true;
  }

  /** While the call goes on its first page is asked for again: what is shown stays where it is. */
  async ask(more = false) {
    if (this.paged && !more) return;
    const answer = await api.callLines(this.call, { limit: PAGE, cursor: more ? this.next : '' }).catch(() => null);
    if (!answer || this.left) return;
    this.paged = more;
    const fresh = answer.lines.slice(more ? 0 : this.count);
    this.count += fresh.length;
    this.next = answer.next;
    this.list.append(...fresh.map((line) => this.row(line)));
    setText(this.sum, t('said.count', { n: this.count }));
    show(this.more, Boolean(answer.next));
    show(this.node, this.count > 0);
  }

  row(line) {
    return h('li', { data: { who: line.who } }, h('button', { type: 'button', class: 'quiet', 'aria-label': t('desk.goto', { at: clock(line.t) }), onclick: () => this.seek(line.t) }, clock(line.t)),
      h('span', {}, h('b', {}, `${speaker(line.who)}: `), h('bdi', { lang: line.language || undefined }, marked(line.text, line.hits))));
  }
}
