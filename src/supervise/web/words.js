// SPDX-License-Identifier: MIT
// What the protocol's names and numbers are called for people.
import { said } from './said.js';
import { t, known, current, num, signed, clock, percent } from './i18n.js';

export const STATES = ['alert', 'elevated', 'calm', 'abstain'];
export const FEATURES = ['f0', 'effort', 'rate', 'harshness', 'variation'];

export const stateName = (state) => t(`state.${state}`);
export const queueName = (queue) => queue || t('no.queue');
export const agentName = (agent) => agent || t('no.agent');
export const whyName = (why) => t(`why.${why ?? 'speech'}`);

/** "41" of 0.412; the sign stands beside it. */
export const stressNumber = (stress) => (stress === null ? '–' : num(Math.round(stress * 100)));

const unit = { f0: 'unit.st', effort: 'unit.db', rate: 'unit.rate', harshness: 'unit.db', variation: 'unit.st' };
export const unitOf = (feature) => t(unit[feature]);

/** "pitch 3.1 semitones above this caller's own"; "“cancel” (threat to leave)" */
export function reasonLong(reason) {
  if (reason.feature === 'words') return t('reason.phrase', { phrase: reason.phrase, kind: t(`charged.${reason.kind}`) });
  const way = reason.delta < 0 ? 'down' : 'up';
  return t(`reason.${reason.feature}.${way}`, { x: num(Math.abs(reason.delta), 1) });
}

/** "Pitch +3.1 st", for a card. */
export function reasonShort(reason) {
  return `${t(`feature.${reason.feature}`)} ${signed(reason.delta)} ${unitOf(reason.feature)}`;
}

/** "On hold for 190 s", of what made an operator's rule true. */
export function factLong(fact) {
  const share = ['stress', 'rise', 'overtalk'].includes(fact.what);
  return t(`rule.fact.${fact.what}`, { x: num(share ? fact.value * 100 : fact.value) });
}

/** The alert's reasons as a sentence, strongest first. */
export function sentence(alert) {
  const reasons = (alert.reasons ?? []).filter((r) => r.share >= 0.1 || r.feature === 'words'), list = (some) => some.slice(0, 3).map(reasonLong).join(', ');
  const voice = list(reasons.filter((r) => r.feature !== 'words')), said = list(reasons.filter((r) => r.feature === 'words'));
  if (alert.rule) return t('alert.rule', { name: alert.rule.name, list: [...alert.rule.facts.map(factLong), said].filter(Boolean).join(', ') });
  // Alerts of words of earlier versions have their reasons in their text.
  if (!voice && !said) return /^(voice stressed, and )?words:/.test(alert.text ?? '') ? alert.text : t('alert.no.reason');
  const how = voice && alert.for_s >= 1 ? t('alert.for', { list: voice, s: num(alert.for_s) }) : voice;
  const text = !said ? how : how ? t('alert.both', { voice: how, said }) : t('alert.said', { said });
  return (text[0].toUpperCase() + text.slice(1) + '.').replace(/(\d) (?=\p{L})/gu, '$1\u00a0');
}

/** What a problem of the server is called here, and its remedy; then the server's own sentence, which has the names. */
export function problem(p) {
  const what = said(p.message);
  if (what) return [what, said(p.remedy) ?? (known(`problem.${p.code}.remedy`) ? t(`problem.${p.code}.remedy`) : p.remedy), ''];
  const key = known(`problem.${p.code}`) ? `problem.${p.code}` : p.code.endsWith('_down') ? 'problem.way_down' : null;
  if (current() === 'en' || !key) return [p.message, p.remedy, ''];
  return [t(key), t(`${key}.remedy`), p.message];
}

export const shareText = (reason) => t('reason.share', { share: percent(reason.share) });

/** "8 s", "3 min", "2 h": how long ago. */
export function ago(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return t('ago.s', { n: s });
  if (s < 3600) return t('ago.min', { n: Math.floor(s / 60) });
  return t('ago.h', { n: Math.floor(s / 3600) });
}

export function seconds(s) {
  if (s === null || s === undefined || !Number.isFinite(s)) return '–';
  return s < 90 ? t('secs', { n: num(s) }) : clock(s);
}

export function clearedLine(alert) {
  return alert.recovery_s === null ? t('alert.over') : t('alert.calmed', { s: seconds(alert.recovery_s) });
}

/** What became of an alert, in one line. */
export function statusLine(alert) {
  if (alert.state === 'raised') {
    if (alert.assigned_to)
      return t(alert.escalated ? 'alert.escalated.to' : 'alert.handed.to', { who: alert.assigned_to });
    return t(alert.escalated ? 'alert.escalated' : 'alert.waiting');
  }
  if (alert.state === 'acknowledged')
    return t('alert.acked', { who: alert.acknowledged_by ?? '–', s: seconds(alert.answer_s) });
  if (alert.state === 'resolved')
    return t('alert.resolved', { who: alert.resolved_by ?? '–', what: t(`outcome.${alert.outcome ?? 'other'}`) });
  return t('alert.expired');
}

/** 0 bars: not known; 1: cannot be scored; 2: fair; 3: good. And its word. */
export function lineQuality(call) {
  if (call.line === 'unknown') return [0, t('line.unknown')];
  if (call.line !== 'good') return [1, t(`line.${call.line}`)];
  if (call.confidence !== null && call.confidence < 0.5) return [2, t('line.fair')];
  return [3, t('line.good')];
}
