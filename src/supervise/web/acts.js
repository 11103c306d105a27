// SPDX-License-Identifier: MIT
// What can be done about an alert: each act, and the dialogue that asks for what it needs.
import { h, say, setText, show } from './dom.js';
import { t } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import { keep } from './drafts.js';

/** An act that was answered: the page need not wait for its message. */
export function told(alert) {
  model.apply({ event: { type: 'alert', action: 'told', call: alert.call, state: alert } });
}

/** At once, without a question. A failure is said and shown. */
export async function acknowledge(alert, button) {
  button.disabled = true;
  try {
    told(await api.acknowledge(alert.alert));
    say(t('say.acked'));
  } catch (error) {
    failed(error);
  } finally {
    button.disabled = false;
  }
}

/** A failure, in a dialogue of its own. */
export function failed(error) {
  ask(t('failed.title'), [h('p', {}, error.message), error.remedy ? h('p', { class: 'dim' }, error.remedy) : null], null);
}

/** A dialogue with fields; `act` is called on its way out and may fail, which is shown in it. draft: names a note that is kept until then. */
function ask(title, fields, act, verb = '', draft = '') {
  const wrong = h('p', { class: 'error-text', role: 'alert' });
  const go = act ? h('button', { class: 'primary', type: 'submit' }, verb) : null;
  const form = h('form', { method: 'dialog' }, h('h2', {}, title), fields, wrong,
    h('div', { class: 'ends' }, h('button', { type: 'button', onclick: () => box.close() }, t(act ? 'cancel' : 'close')), go));
  const box = h('dialog', { 'aria-label': title, onclose: () => box.remove() }, form);
  show(wrong, false);
  const note = draft && form.querySelector('textarea');
  const sent = note ? keep(note, draft) : () => {};
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    go.disabled = true;
    try {
      await act(new FormData(form));
      sent();
      box.close();
    } catch (error) {
      setText(wrong, `${error.message} ${error.remedy ?? ''}`);
      show(wrong, true);
    } finally {
      go.disabled = false;
    }
  });
  document.body.append(box);
  box.showModal();
  return form;
}
export { ask };

export const noteField = (label, required) => h('label', { class: 'field' }, label,
  h('textarea', { name: 'note', maxlength: 2000, required }));

export function askNote(alert) {
  ask(t('note.title'), noteField(t('note.label'), true),
    async (data) => told(await api.note(alert.alert, data.get('note').trim())), t('act.note'), `note ${alert.alert}`);
}

/** To somebody there is, who sees the alert's queue. In a demo nobody has a name: any will do. */
export async function askHandOver(alert) {
  const { people } = await api.people().catch(() => ({ people: [] }));
  const fit = people.filter((p) => p.name !== model.session?.name && (!p.queues.length || p.queues.includes(alert.queue)));
  const names = fit.map((p) => p.name).sort();
  const field = people.length
    ? h('select', { name: 'to', required: true }, h('option', { value: '' }, ''), names.map((name) => h('option', { value: name }, name)))
    : h('input', { name: 'to', required: true, maxlength: 64, autocomplete: 'off' });
  const none = people.length && !names.length ? h('p', { class: 'error-text' }, t('hand.nobody')) : null;
  ask(t('hand.title'), [none, h('label', { class: 'field' }, t('hand.label'), field), noteField(t('note.optional'), false)],
    async (data) => told(await api.handOver(alert.alert, data.get('to').trim(), data.get('note').trim())), t('act.handover'), `hand ${alert.alert}`);
}
