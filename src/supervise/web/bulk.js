// SPDX-License-Identifier: MIT
// Several alerts acted on at once: a bar over the tray while some are chosen.
import { h, setText, show, say } from './dom.js';
import { t } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import { ask } from './acts.js';
import { OUTCOMES } from './verdict.js';

const AT_ONCE = 8;

/** Each of a list by act, a few at a time. Returns how many were done, and the first refusal. */
async function each(list, act) {
  const rest = [...list];
  let done = 0;
  let wrong = null;
  const work = async () => {
    for (let a = rest.shift(); a; a = rest.shift()) {
      try {
        model.apply({ event: { type: 'alert', action: 'told', call: a.call, state: await act(a) } });
        done++;
      } catch (error) {
        wrong ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { done, wrong, left: list.length - done };
}

export class Bulk {
  /** shown(): the open alerts in the tray; changed(): after the choice has changed. */
  constructor({ shown, changed }) {
    this.chosen = new Set();
    this.shown = shown;
    this.changed = changed;
    const button = (what, fn) => h('button', { type: 'button', data: { bulk: what }, onclick: fn }, t(what === 'all' || what === 'none' ? `bulk.${what}` : `act.${what}`));
    this.count = h('span', { role: 'status' });
    this.told = h('p', { class: 'dim', role: 'status' });
    this.node = h('div', { class: 'bulk', role: 'group', 'aria-label': t('bulk.label') }, this.count, button('all', () => this.all()), button('none', () => this.none()),
      button('acknowledge', () => this.acknowledge()), button('resolve', () => this.resolve()), this.told);
    show(this.node, false);
  }

  /** Alerts that are over are chosen no more. */
  keep(open) {
    const ids = new Set(open.map((a) => a.alert));
    for (const id of this.chosen) if (!ids.has(id)) this.chosen.delete(id);
    this.draw();
  }

  has(alert) { return this.chosen.has(alert.alert); }

  turn(alert) {
    if (!this.chosen.delete(alert.alert)) this.chosen.add(alert.alert);
    setText(this.told, '');
    this.draw();
    this.changed();
  }

  all() {
    for (const a of this.shown()) this.chosen.add(a.alert);
    this.draw();
    this.changed();
  }

  none() {
    this.chosen.clear();
    this.draw();
    this.changed();
  }

  list(state) { return [...this.chosen].map((id) => model.alerts.get(id)).filter((a) => a && (!state || a.state === state)); }

  draw() {
    show(this.node, this.chosen.size > 0);
    setText(this.count, t('bulk.count', { n: this.chosen.size }));
  }

  tell({ done, wrong, left }) {
    const text = [t('bulk.done', { n: done }), left ? t('bulk.left', { n: left }) : '', wrong ? `${wrong.message} ${wrong.remedy ?? ''}` : ''].filter(Boolean).join(' ');
    say(text);
    setText(this.told, text);
    if (left) this.draw();
    else this.none();
  }

  async acknowledge() { this.tell(await each(this.list('raised'), (a) => api.acknowledge(a.alert))); }

  resolve() {
    const outcome = h('fieldset', { class: 'field' }, h('legend', {}, t('resolve.label')), OUTCOMES.map((o) =>
      h('label', { class: 'radio' }, h('input', { type: 'radio', name: 'outcome', value: o, required: true }), t(`outcome.${o}`))));
    ask(t('bulk.resolve', { n: this.chosen.size }), [outcome], async (data) =>
      this.tell(await each(this.list(), (a) => api.resolve(a.alert, data.get('outcome'), ''))), t('act.resolve'));
  }
}
