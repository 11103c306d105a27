// SPDX-License-Identifier: MIT
// Was the alert right, and where was one missed? Nothing is preselected: an answer that nobody gave teaches
// nothing. One key each; what was said can be corrected.
import { h } from './dom.js';
import { t, clock } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import { ask, told, noteField } from './acts.js';

export const OUTCOMES = ['helped', 'taken_over', 'called_back', 'no_action', 'false_alarm', 'other'];

async function give(alert, data) {
  const outcome = data.get('outcome');
  const note = data.get('note').trim();
  // Somebody may have resolved it while this dialogue stood open: then it is a verdict, and the note is kept.
  const now = model.alerts.get(alert.alert) ?? alert;
  const open = model.isOpen(now) && model.may('act');
  told(open ? await api.resolve(alert.alert, outcome, note) : await api.judge(alert.alert, outcome, note));
}

/** Asks what came of an alert: resolves an open one, else gives or corrects the verdict. */
export function askVerdict(alert) {
  const resolves = model.isOpen(alert) && model.may('act');
  const choices = OUTCOMES.map((o, i) => h('label', { class: 'radio verdict' },
    h('input', { type: 'radio', name: 'outcome', value: o, required: true }), h('kbd', { 'aria-hidden': 'true' }, String(i + 1)), t(`outcome.${o}`)));
  const group = h('fieldset', { class: 'verdicts' }, h('legend', {}, t('resolve.label')), choices);
  const before = alert.outcome ? h('p', { class: 'dim' }, t('verdict.before', { what: t(`outcome.${alert.outcome}`), who: alert.judged_by ?? '–' })) : null;
  const form = ask(t(resolves ? 'resolve.title' : 'verdict.title'), [before, group, noteField(t('note.optional'), false), h('p', { class: 'dim' }, t('verdict.keys'))],
    (data) => give(alert, data), t(resolves ? 'act.resolve' : 'act.verdict'), `verdict ${alert.alert}`);
  form.addEventListener('keydown', (e) => {
    const choice = choices[Number(e.key) - 1];
    if (!choice || e.ctrlKey || e.altKey || e.metaKey || e.target.matches('textarea')) return;
    e.preventDefault();
    e.stopPropagation();
    choice.firstChild.checked = true;
    form.requestSubmit();
  });
  choices[0].firstChild.focus();
}

/** Marks the moment at which a call should have raised an alert. */
export function askMissed(call, moment, done) {
  const at = h('input', { type: 'number', name: 't', min: 0, step: 1, required: true, value: Math.round(moment) });
  ask(t('missed.title'), [h('label', { class: 'field' }, t('missed.at'), at), noteField(t('note.optional'), false)],
    async (data) => done(await api.markMissed(call, Number(data.get('t')), data.get('note').trim())), t('missed.go'), `missed ${call}`);
}

/** The marks of a call, each with a way to take it back. */
export function missedList(marks, dropped) {
  return marks.map((m) => h('p', { class: 'missed' }, h('b', {}, t('missed.mark', { at: clock(m.t), who: m.by })), m.note ? ` ${m.note}` : '',
    model.may('note') ? h('button', { type: 'button', class: 'quiet', onclick: async () => { await api.dropMissed(m.id); dropped(m); } }, t('missed.drop')) : null));
}
