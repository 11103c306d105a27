// SPDX-License-Identifier: MIT
// What people write beside a call: notes, tags and marks at its moments, follow-ups; and all that is to be done.
import { h, icon, setText, show } from './dom.js';
import { t, clock, when } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import { ask, noteField } from './acts.js';
import { table } from './table.js';

const KINDS = ['note', 'tag', 'stressed', 'calm'];
const VERDICTS = ['stressed', 'calm'];
const OVERDUE_MS = 60e3;
const DAY_MS = 86400e3;

/** The box of a call's page. data: its timeline, which is kept up; seek(s): goes to a moment. */
export class DeskBox {
  constructor(data, { seek, changed }) {
    Object.assign(this, { data, seek, changed });
    this.list = h('div', { class: 'marks' });
    this.follow = h('div', { class: 'follow-ups' });
    this.wrong = h('p', { class: 'error-text', role: 'alert' });
    show(this.wrong, false);
    const tags = Object.entries(data.tags ?? {});
    this.node = h('section', { class: 'panel desk' }, h('h2', {}, t('desk.title')), this.list,
      tags.length ? h('p', { class: 'chips', 'aria-label': t('desk.imported') }, tags.map(([name, value]) => this.tag(`${name}=${value}`))) : null,
      model.may('note') ? this.form() : null, h('h2', {}, t('follow.title')), this.follow,
      model.may('note') ? h('button', { type: 'button', class: 'quiet', onclick: () => this.askFollowUp() }, t('follow.add')) : null);
    this.draw();
  }

  tag(text) { return h('a', { class: 'chip', href: `#/history/?${new URLSearchParams({ tag: text, days: '' })}` }, text); }

  form() {
    this.kind = h('select', { name: 'kind', onchange: () => this.choose() }, KINDS.map((k) => h('option', { value: k }, t(`desk.kind.${k}`))));
    this.at = h('input', { name: 't', type: 'number', min: 0, step: 0.1, placeholder: t('desk.at.none') });
    this.text = h('input', { name: 'text', type: 'text', maxlength: 2000, required: true });
    const form = h('form', { class: 'mark-form' }, h('label', { class: 'field' }, t('desk.kind'), this.kind), h('label', { class: 'field' }, t('desk.at'), this.at),
      h('label', { class: 'field wide' }, t('desk.text'), this.text), h('button', { type: 'submit' }, t('desk.add')), this.wrong, h('p', { class: 'dim small wide' }, t('desk.how')));
    form.addEventListener('submit', (e) => {
      e.preventDefault();
      this.add({ kind: this.kind.value, text: this.text.value.trim(), t: this.at.value });
    });
    return form;
  }

  choose() {
    const verdict = VERDICTS.includes(this.kind.value);
    this.text.required = !verdict;
    this.at.required = verdict;
    this.text.maxLength = this.kind.value === 'tag' ? 63 : 2000;
  }

  /** The moment that was clicked on the curve, or is heard. */
  pick(s) { if (this.at) this.at.value = s.toFixed(1); }

  async add({ kind, text, t: at }) {
    await this.doing(async () => {
      const mark = await api.addMark(this.data.call.call, { kind, ...(text ? { text } : {}), ...(at === '' ? {} : { t: Number(at) }) });
      this.data.marks = [...this.data.marks.filter((m) => m.id !== mark.id), mark];
      this.text.value = '';
    });
  }

  /** What is refused is told beside the form, and nothing is lost. */
  async doing(act) {
    try {
      await act();
      show(this.wrong, false);
      this.draw();
    } catch (error) {
      setText(this.wrong, `${error.message} ${error.remedy ?? ''}`);
      show(this.wrong, true);
    }
  }

  draw() {
    const { marks, follow_ups: todo } = this.data;
    const sorted = [...marks].sort((a, b) => (a.t ?? -1) - (b.t ?? -1) || a.id - b.id);
    this.list.replaceChildren(...(sorted.length ? sorted.map((m) => this.mark(m)) : [h('p', { class: 'dim' }, t('desk.none'))]));
    this.follow.replaceChildren(...todo.map((f) => this.followUp(f)));
    this.changed?.(marks);
  }

  mark(m) {
    const words = m.kind === 'tag' ? this.tag(m.text) : m.kind === 'note' ? m.text : `${t(`desk.kind.${m.kind}`)}${m.text ? `: ${m.text}` : ''}`;
    return h('p', { class: 'mark', data: { kind: m.kind } },
      m.t === null ? null : h('button', { type: 'button', class: 'quiet at', 'aria-label': t('desk.goto', { at: clock(m.t) }), onclick: () => this.seek(m.t) }, clock(m.t)),
      h('span', {}, words, ' ', h('span', { class: 'dim small' }, m.by)),
      model.may('note') ? h('button', { type: 'button', class: 'quiet', 'aria-label': `${t('desk.drop')}: ${m.text ?? t(`desk.kind.${m.kind}`)}`, onclick: () => this.doing(async () => {
        await api.dropMark(m.id);
        this.data.marks = this.data.marks.filter((x) => x.id !== m.id);
      }) }, icon('close')) : null);
  }

  followUp(f) {
    const late = !f.done_ms && f.due_ms < model.now();
    return h('div', { class: 'follow-up', data: { late: String(late) } }, h('p', {}, h('b', {}, f.who), ` · ${when(f.due_ms)}`, late ? h('b', { class: 'late' }, ` ${t('follow.late')}`) : null),
      f.text ? h('p', {}, f.text) : null, f.done_ms ? h('p', { class: 'dim' }, t('follow.done.by', { who: f.done_by, at: when(f.done_ms) })) : null,
      !f.done_ms && model.may('note') ? h('button', { type: 'button', onclick: () => this.doing(async () => this.took(await api.endFollowUp(f.id))) }, t('follow.done')) : null);
  }

  took(f) { this.data.follow_ups = [...this.data.follow_ups.filter((x) => x.id !== f.id), f]; }

  async askFollowUp() {
    const { people } = model.may('act') ? await api.people().catch(() => ({ people: [] })) : { people: [] };
    const names = h('datalist', { id: 'follow-names' }, people.map((p) => h('option', { value: p.name })));
    const date = new Date(model.now() + DAY_MS);
    const day = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
    ask(t('follow.add'), [names, h('label', { class: 'field' }, t('follow.who'), h('input', { name: 'who', required: true, maxlength: 63, list: 'follow-names', value: model.session?.name ?? '' })),
      h('label', { class: 'field' }, t('follow.due'), h('input', { name: 'due', type: 'datetime-local', required: true, value: `${day}T12:00` })),
      noteField(t('follow.what'), false)], async (form) => {
      this.took(await api.addFollowUp(this.data.call.call, { who: form.get('who').trim(), due_ms: new Date(form.get('due')).getTime(), text: form.get('note').trim() }));
      this.draw();
    }, t('desk.add'));
  }
}

/** All that is to be done about calls, the most pressing first. */
export class FollowUpsPage {
  constructor(rest) {
    const given = new URLSearchParams(rest.replace(/^\?/, ''));
    const select = (name, values, word, value) => h('select', { name, 'aria-label': name === 'of' ? t('follow.who') : t('follow.state'), onchange: () => this.load() },
      values.map((v) => h('option', { value: v, selected: v === value }, word(v))));
    this.of = select('of', ['mine', 'all'], (v) => t(`follow.of.${v}`), given.get('of') ?? 'mine');
    this.state = select('state', ['open', 'overdue', 'done', 'all'], (v) => t(`follow.state.${v}`), given.get('state') ?? 'open');
    this.body = h('div', { class: 'panel flush' });
    this.node = h('div', {}, h('div', { class: 'page-head' }, h('h1', {}, t('follow.title')), this.of, this.state), this.body);
    this.load();
  }

  leave() { this.left = true; }

  async load() {
    const who = this.of.value === 'mine' ? model.session?.name ?? '' : '';
    history.replaceState(null, '', `#/follow-ups/?${new URLSearchParams({ of: this.of.value, state: this.state.value })}`);
    try {
      const { follow_ups: list } = await api.followUps({ who, state: this.state.value, limit: 500 });
      if (!this.left) this.draw(list);
    } catch (error) {
      if (!this.left) this.body.replaceChildren(h('p', { class: 'error-text pad', role: 'alert' }, `${error.message} ${error.remedy}`));
    }
  }

  draw(list) {
    if (!list.length) {
      this.body.replaceChildren(h('div', { class: 'empty small' }, icon('check'), h('strong', {}, t('follow.none')), h('p', {}, t('follow.none.how'))));
      return;
    }
    const late = (f) => !f.done_ms && f.due_ms < model.now();
    this.body.replaceChildren(table(t('follow.title'), [
      { title: t('follow.due'), cell: (f) => (late(f) ? h('b', { class: 'late' }, `${when(f.due_ms)} · ${t('follow.late')}`) : when(f.due_ms)), value: (f) => f.due_ms },
      { title: t('follow.who'), cell: (f) => f.who }, { title: t('follow.what'), cell: (f) => f.text ?? '–' },
      { title: t('follow.call'), cell: (f) => h('a', { href: `#/call/${encodeURIComponent(f.call)}` }, [f.agent, f.queue, when(f.started_ms)].filter(Boolean).join(' · ')), value: (f) => f.started_ms },
      { title: t('follow.done'), cell: (f) => (f.done_ms ? t('follow.done.by', { who: f.done_by, at: when(f.done_ms) })
        : model.may('note') ? h('button', { type: 'button', onclick: async (e) => { e.currentTarget.disabled = true; await api.endFollowUp(f.id).catch(() => {}); this.load(); } }, t('follow.done')) : '–') },
    ], list));
  }
}

/** A line over every page while something of one's own is overdue; stop() with the frame. */
export function overdueNote() {
  const node = h('p', { class: 'problem overdue', role: 'status' });
  const look = async () => {
    const who = model.session?.name;
    const answer = who && model.may('history') ? await api.followUps({ who, state: 'overdue', limit: 500 }).catch(() => null) : { follow_ups: [] };
    if (!answer) return;
    const n = answer.follow_ups.length;
    show(node, n > 0);
    node.replaceChildren(...(n ? [h('b', {}, t('follow.overdue', { n })), ' ', h('a', { href: '#/follow-ups/?of=mine&state=overdue' }, t('follow.show'))] : []));
  };
  show(node, false);
  look();
  const timer = setInterval(look, OVERDUE_MS);
  addEventListener('hashchange', look);
  return { node, stop: () => { clearInterval(timer); removeEventListener('hashchange', look); } };
}
