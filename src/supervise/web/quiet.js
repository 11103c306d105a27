// SPDX-License-Identifier: MIT
// What does not ring for a while: a call, an agent, a queue. Everybody who sees it is told by whom and until when.
import { h } from './dom.js';
import { t, timeOfDay } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import * as words from './words.js';
import { ask } from './acts.js';

const MINUTES = [5, 15, 30, 60, 240, 1440];
const list = new Map(); // kind and name -> Quiet
let timer = 0;

const key = (kind, name) => `${kind}\n${name}`;

function take(event) {
  if (event.type === 'snapshot') {
    list.clear();
    for (const q of event.quiets ?? []) list.set(key(q.kind, q.name), q);
  } else if (event.type === 'quiet') {
    if (event.until_ms) list.set(key(event.kind, event.name), event);
    else list.delete(key(event.kind, event.name));
    model.touchAlerts();
  } else {
    return;
  }
  expire();
}
model.tap(take);

/** Wakes the views when one is over. */
function expire() {
  clearTimeout(timer);
  const now = model.now();
  let next = Infinity;
  for (const [id, q] of list) {
    if (q.until_ms <= now) list.delete(id);
    else next = Math.min(next, q.until_ms);
  }
  if (next < Infinity) timer = setTimeout(() => { expire(); model.touchAlerts(); }, Math.min(next - now + 50, 2e9));
}

export const all = () => [...list.values()].sort((a, b) => a.until_ms - b.until_ms);

/** What makes this alert quiet, or undefined. One handed to me by name is never quiet. */
export function of(alert) {
  if (alert.state === 'raised' && alert.assigned_to && alert.assigned_to === model.session?.name) return undefined;
  return list.get(key('call', alert.call)) ?? list.get(key('agent', alert.agent)) ?? list.get(key('queue', alert.queue));
}

export function nameOf(q) {
  if (q.kind === 'queue') return t('quiet.queue', { name: words.queueName(q.name) });
  if (q.kind === 'agent') return t('quiet.agent', { name: words.agentName(q.name) });
  const call = model.calls.get(q.name);
  return t('quiet.call', { name: call ? words.agentName(call.agent) : q.name });
}

export const line = (q) => t('quiet.until', { what: nameOf(q), at: timeOfDay(q.until_ms), who: q.by });

export const end = (q) => api.setQuiet({ kind: q.kind, name: q.name, minutes: 0 });

/** Asks what is to be quiet, for how long and why. */
export function askQuiet(alert) {
  const kinds = [['call', alert.call, t('quiet.this')]];
  if (alert.agent) kinds.push(['agent', alert.agent, t('quiet.agent', { name: alert.agent })]);
  if (alert.queue) kinds.push(['queue', alert.queue, t('quiet.queue', { name: alert.queue })]);
  const what = h('fieldset', { class: 'field' }, h('legend', {}, t('quiet.what')), kinds.map(([kind, , word], i) =>
    h('label', { class: 'radio' }, h('input', { type: 'radio', name: 'kind', value: kind, checked: i === 0 }), word)));
  const long = h('label', { class: 'field' }, t('quiet.long'), h('select', { name: 'minutes' }, MINUTES.map((n) =>
    h('option', { value: n }, n < 60 ? t('quiet.min', { n }) : t('quiet.h', { n: n / 60 })))));
  long.querySelector('select').value = '15';
  const why = h('label', { class: 'field' }, t('quiet.why'), h('input', { name: 'why', maxlength: 80, autocomplete: 'off' }));
  ask(t('quiet.title'), [h('p', { class: 'dim' }, t('quiet.lead')), what, long, why], async (data) => {
    const [kind, name] = kinds.find(([k]) => k === data.get('kind'));
    await api.setQuiet({ kind, name, minutes: Number(data.get('minutes')), why: data.get('why').trim() });
  }, t('quiet.go'));
}
