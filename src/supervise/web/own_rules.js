// SPDX-License-Identifier: MIT
// An operator's own rules: written in plain words or as text, tried on the record, switched on and off.
import { h, setText } from './dom.js';
import { t, num, when } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import { table } from './table.js';
import { ask } from './acts.js';

const DAYS = 7;
// What a rule can look at, and in which unit its number is asked for; '' stands alone.
const FACTS = { stress: '%', rise: '%', silence: 's', overtalk: '%', hold: 's', length: 's', unanswered: 's', returning: '', words: '', said: '' };
const KINDS = ['anger', 'insult', 'leave', 'law', 'danger', 'despair', 'again', 'praise'];

/** A line of the text from what was chosen: "when hold > 90s for 5s", "and said law". */
export function condition(first, { join, fact, way, value, kind, secs }) {
  const compare = fact === 'said' ? ` ${kind}` : FACTS[fact] ? ` ${way} ${value}${FACTS[fact]}` : '';
  return `    ${first ? 'when' : join} ${fact}${compare}${Number(secs) > 0 ? ` for ${secs}s` : ''}\n`;
}

export function triedText(r) {
  const lines = [t('own.tried', { alerts: num(r.alerts), alerted: num(r.alerted), calls: num(r.calls), of: num(r.of), days: num(r.days) })];
  if (r.not_tried.length) lines.push(t('own.untried', { list: r.not_tried.map((w) => t(`own.fact.${w}`)).join(', ') }));
  if (!r.calls) lines.push(t('own.none.tried'));
  return lines.join(' ');
}

function select(name, label, values) {
  return h('label', { class: 'field' }, label, h('select', { name }, values.map(([value, text]) => h('option', { value }, text))));
}

/** The text, and the rows that write into it. */
function writer(text) {
  const box = h('textarea', { name: 'text', required: true, maxlength: 2047, rows: 9, spellcheck: 'false', 'aria-label': t('own.text') });
  box.value = text;
  const fact = select('fact', t('own.fact'), Object.keys(FACTS).map((f) => [f, t(`own.fact.${f}`)]));
  const join = select('join', t('own.join'), [['and', t('own.and')], ['or', t('own.or')]]);
  const way = select('way', t('own.way'), [['>', t('own.more')], ['<', t('own.less')]]);
  const value = h('label', { class: 'field' }, h('span', {}, t('own.value', { unit: '%' })), h('input', { name: 'value', type: 'number', min: 1, max: 86400, value: 60 }));
  const kind = select('kind', t('own.kind'), KINDS.map((k) => [k, t(`charged.${k}`)]));
  kind.hidden = true;
  const secs = h('label', { class: 'field' }, t('own.for'), h('input', { name: 'secs', type: 'number', min: 0, max: 3600, value: 0 }));
  const picked = (label) => label.querySelector('select, input').value;
  fact.classList.add('wide');
  const turn = () => {
    const unit = FACTS[picked(fact)];
    way.hidden = value.hidden = !unit;
    kind.hidden = picked(fact) !== 'said';
    setText(value.firstChild, t('own.value', { unit: unit || '–' }));
  };
  fact.addEventListener('change', turn);
  const add = h('button', { type: 'button', onclick: () => {
    const first = !/^\s*when\b/m.test(box.value);
    const line = condition(first, { join: picked(join), fact: picked(fact), way: picked(way), value: picked(value), kind: picked(kind), secs: picked(secs) });
    // Behind the last condition, so that the other lines stay as they are.
    const lines = (box.value.endsWith('\n') ? box.value : `${box.value}\n`).split(/(?<=\n)/);
    const last = lines.findLastIndex((l) => /^\s*(when|and|or|for|rule)\b/.test(l));
    lines.splice(last + 1, 0, line);
    box.value = lines.join('');
  } }, t('own.put'));
  return [h('fieldset', { class: 'filters' }, h('legend', {}, t('own.condition')), join, fact, way, value, kind, secs, add), h('label', { class: 'field' }, t('own.text'), box), h('p', { class: 'dim' }, t('own.how'))];
}

function edit(rule, changed) {
  const told = h('output', { class: 'told', role: 'status' });
  const attempt = h('button', { type: 'button', onclick: async (e) => {
    e.currentTarget.disabled = true;
    try {
      setText(told, triedText(await api.tryRule(form.elements.text.value, DAYS)));
    } catch (error) {
      setText(told, `${error.message} ${error.remedy ?? ''}`);
    } finally {
      attempt.disabled = false;
    }
  } }, t('own.try'));
  const live = h('label', { class: 'radio' }, h('input', { type: 'checkbox', name: 'live', checked: rule.live }), t('own.live'));
  const form = ask(t(rule.name ? 'own.edit' : 'own.add'), [writer(rule.text), h('div', { class: 'field' }, attempt, told), live],
    async (data) => {
      await api.setRule(data.get('text'), data.get('live') === 'on');
      changed();
    }, t('rules.save'));
}

function drop(rule, changed) {
  ask(t('own.drop'), h('p', {}, t('own.drop.text', { name: rule.name })), async () => {
    await api.dropRule(rule.name);
    changed();
  }, t('own.drop'));
}

/** The section of the page; changed() after a rule was written, switched or dropped. */
export function ownRules(list, file, changed) {
  const columns = [
    { title: t('own.name'), cell: (r) => r.name },
    { title: t('own.state'), cell: (r) => t(r.live ? 'own.on' : 'own.off') },
    { title: t('own.text'), cell: (r) => h('pre', { class: 'rule-text' }, r.text.split('\n').slice(1).map((l) => l.trim()).join('\n').trim()) },
    { title: t('rules.set'), cell: (r) => `${r.set_by}, ${when(r.set_ms)}` },
  ];
  if (model.may('configure'))
    columns.push({ title: t('rules.change'), cell: (r) => h('span', { class: 'acts' },
      h('button', { type: 'button', 'aria-label': `${t('rules.edit')}: ${r.name}`, onclick: () => edit(r, changed) }, t('rules.edit')),
      h('button', { type: 'button', 'aria-label': `${t(r.live ? 'own.switch.off' : 'own.switch.on')}: ${r.name}`, onclick: async () => { await api.setRule(r.text, !r.live); changed(); } }, t(r.live ? 'own.switch.off' : 'own.switch.on')),
      h('button', { type: 'button', class: 'quiet', 'aria-label': `${t('own.drop')}: ${r.name}`, onclick: () => drop(r, changed) }, t('own.drop'))) });
  const add = model.may('configure') ? h('div', { class: 'pad' }, h('button', { type: 'button', class: 'own-add', onclick: () => edit({ name: '', text: `rule "${t('own.example')}"\n    severity medium\n`, live: false }, changed) }, t('own.add'))) : null;
  return h('section', { class: 'panel flush own-rules' }, h('div', { class: 'pad' }, h('h2', {}, t('own.title')), h('p', { class: 'dim' }, t('own.lead'))),
    list.length ? table(t('own.title'), columns, list) : h('p', { class: 'pad dim' }, t('own.none')), add,
    file ? h('div', { class: 'pad' }, h('h3', {}, t('own.file')), h('p', { class: 'dim' }, t('own.file.how')), h('pre', { class: 'rule-text', tabindex: '0', 'aria-label': t('own.file') }, file)) : null);
}
