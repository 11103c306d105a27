// SPDX-License-Identifier: MIT
// One live call on the wall. Built once; later only what changed is written.
import { h, svg, icon, setIcon, setText, setData, show } from './dom.js';
import { t, clock } from './i18n.js';
import * as model from './model.js';
import * as words from './words.js';

const WIDTH = 120;
const HEIGHT = 34;
const STEPS = 59; // The sparkline is the last 60 s.

/** The path of a sparkline: a gap where no score could be given. */
export function sparkPath(values) {
  let line = '';
  let area = '';
  let start = -1;
  const x = (i) => ((STEPS - (values.length - 1 - i)) * WIDTH / STEPS).toFixed(1);
  const y = (v) => (HEIGHT - 2 - v * (HEIGHT - 4)).toFixed(1);
  for (let i = 0; i <= values.length; i++) {
    const v = values[i] ?? null;
    if (v !== null) {
      line += `${start < 0 ? 'M' : 'L'}${x(i)} ${y(v)}`;
      if (start < 0) {
        start = i;
        area += `M${x(i)} ${HEIGHT}`;
      }
      area += `L${x(i)} ${y(v)}`;
    } else if (start >= 0) {
      area += `L${x(i - 1)} ${HEIGHT}Z`;
      if (start === i - 1) line += 'h.1';
      start = -1;
    }
  }
  return { line, area };
}

function bars() {
  return svg('svg', { class: 'bars', viewBox: '0 0 13 11', 'aria-hidden': 'true', 'data-level': '0' },
    svg('rect', { x: 0, y: 7, width: 3, height: 4, rx: 1 }),
    svg('rect', { x: 5, y: 4, width: 3, height: 7, rx: 1 }),
    svg('rect', { x: 10, y: 0, width: 3, height: 11, rx: 1 }));
}

export class Card {
  constructor(call) {
    this.call = call;
    const n = this.parts = {
      agent: h('span', { class: 'card-agent' }), queue: h('div', { class: 'card-queue' }),
      stress: h('span'), sign: h('small', { 'aria-hidden': 'true' }, '%'),
      stateIcon: icon('calm'), state: h('span'), since: h('span', { class: 'since' }), acked: h('span', { class: 'acked' }),
      line: svg('path', { class: 'line' }), area: svg('path', { class: 'area' }),
      talk: h('span', { class: 'talk' }), talkIcon: icon('none'), talkWord: h('span'),
      quality: h('span', { class: 'quality' }), bars: bars(), qualityWord: h('span'),
      dur: h('span', { class: 'dur' }),
    };
    n.talk.append(n.talkIcon, n.talkWord);
    n.quality.append(n.bars, n.qualityWord);
    this.link = h('a', { href: `#/call/${encodeURIComponent(call.call)}`, tabindex: '-1' },
      h('div', { class: 'card-top' }, h('div', { class: 'card-who' }, n.agent, n.queue),
        h('div', { class: 'card-stress' }, h('span', { class: 'sr' }, `${t('stress')} `), n.stress, n.sign)),
      h('div', { class: 'card-state' }, n.stateIcon, n.state, n.since, n.acked),
      svg('svg', { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
        n.area, n.line),
      h('div', { class: 'card-foot' }, n.talk, n.quality, n.dur));
    this.node = h('li', { class: 'card', data: { call: call.call, state: call.state } }, this.link);
    this.node.card = this;
  }

  /** Its number among all: the document holds only those in sight. */
  place(number, all) {
    if (this.number === number && this.all === all) return;
    this.number = number;
    this.all = all;
    this.node.setAttribute('aria-posinset', String(number));
    this.node.setAttribute('aria-setsize', String(all));
  }

  /** Writes the call's newest state. */
  paint(alert) {
    const { call, parts: n } = this;
    setData(this.node, 'state', call.state);
    const away = model.notHeard(call.node);
    setData(this.node, 'away', String(away > 0));
    setText(n.agent, words.agentName(call.agent));
    setText(n.queue, words.queueName(call.queue));
    setText(n.stress, words.stressNumber(call.stress));
    show(n.sign, call.stress !== null);
    setIcon(n.stateIcon, call.on_hold ? 'hold' : call.state);
    setText(n.state, away ? t('card.away', { seconds: away }) : this.stateWords());
    setText(n.since, away ? '' : clock(call.t - call.state_since));
    const who = alert?.state === 'acknowledged' ? alert.acknowledged_by : '';
    const waits = alert?.state === 'raised';
    setText(n.acked, who ? t('card.acked', { who }) : waits && call.state !== 'alert' ? t('card.waits') : '');
    n.acked.classList.toggle('waits', waits);
    if (call.t !== this.drawn) { // A score a second is a stroke a second.
      this.drawn = call.t;
      const path = sparkPath(call.spark);
      n.line.setAttribute('d', path.line);
      n.area.setAttribute('d', path.area);
    }
    setIcon(n.talkIcon, call.talk);
    setText(n.talkWord, t(`talk.${call.talk}`));
    setData(n.talk, 'talk', call.talk);
    const [level, word] = words.lineQuality(call);
    setData(n.bars, 'level', String(level));
    setText(n.qualityWord, word);
    n.quality.classList.toggle('line-poor', level === 1);
    setText(n.dur, clock(call.t));
  }

  stateWords() {
    const { call } = this;
    if (call.on_hold) return t('state.hold');
    return call.state === 'abstain' ? words.whyName(call.why) : words.stateName(call.state);
  }
}
