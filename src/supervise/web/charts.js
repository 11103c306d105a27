// SPDX-License-Identifier: MIT
// The charts of a call, by dygraphs: stress and arousal; who talked; features against the baseline.
// They share one time axis: zooming one zooms all, and the reading under the mouse is one line.
import { h, setText } from './dom.js';
import { t, clock, num, signed } from './i18n.js';
import * as words from './words.js';
import { term } from './explain.js';

let library = null;

// Its legend writes style attributes, which the page's policy forbids; the reading line stands for it.
function withoutLegend(Dygraph) {
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins.Legend);
  return Dygraph;
}

/** Loads the library once, when the first chart is drawn. */
function load() {
  library ??= new Promise((done, fail) => {
    document.head.append(
      h('link', { rel: 'stylesheet', href: '/static/vendor/dygraph.min.css' }),
      h('script', { src: '/static/vendor/dygraph.min.js', onload: () => done(withoutLegend(globalThis.Dygraph)), onerror: fail }));
  });
  return library;
}

const LABEL_PX = 44; // Of all three, so that their times stand in line: "Cliente" fits.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const TALK_ROWS = ['caller', 'agent'];
export const FEATURE_COLOURS = ['--c1', '--c2', '--c3', '--c4', '--c5'];
const DASHES = [null, [8, 3], [2, 3], [10, 3, 2, 3], [5, 5]];

/** Stretches of rows that fit, as [from, to] in seconds. A row tells of the second before it. */
function runs(rows, fits) {
  const out = [];
  for (const row of rows) {
    if (!fits(row)) continue;
    const last = out.at(-1);
    if (last && row.t - 1 <= last[1] + 0.01) last[1] = row.t;
    else out.push([row.t - 1, row.t]);
  }
  return out;
}

const tick = (s) => clock(s);

export class Charts {
  /** rows: [{t, stress, arousal, words, talk, state, delta}] as they come; marks: what is drawn behind; pick(s): a click. */
  constructor(rows, marks, pick = null) {
    this.pick = pick;
    this.at = null; // The moment that is chosen, or heard.
    this.rows = rows;
    this.marks = marks;
    this.graphs = [];
    this.reading = h('p', { class: 'reading', 'aria-hidden': 'true' });
    this.boxes = ['stress', 'talk', 'features'].map((name) => h('div', { class: `chart chart-${name}` }));
    this.wordsKey = h('span', { class: 'key key-words', hidden: !this.hasWords() }, t('chart.words'));
    this.shown = words.FEATURES.map(() => true);
    this.toggles = h('div', { class: 'chips', role: 'group', 'aria-label': t('chart.features') },
      words.FEATURES.map((f, i) => this.toggle(f, i)));
    this.node = h('div', { class: 'charts' },
      h('figure', {}, h('figcaption', {}, t('chart.stress'), h('span', { class: 'keys' }, h('span', { class: 'key key-stress' }, t('stress')),
        h('span', { class: 'key key-arousal' }, t('arousal')), this.wordsKey, h('span', { class: 'key key-alert' }, t('chart.episode')))), this.boxes[0]),
      h('figure', {}, h('figcaption', {}, t('chart.talk')), this.boxes[1]),
      h('figure', {}, h('figcaption', {}, term('semitone', t('chart.features'))), this.toggles, this.boxes[2]), this.reading);
    this.resize = new ResizeObserver(() => { for (const g of this.graphs) g.resize(); });
  }

  toggle(feature, i) {
    return h('button', { type: 'button', class: 'chip', 'aria-pressed': 'true', onclick: (e) => {
      this.shown[i] = !this.shown[i];
      e.currentTarget.setAttribute('aria-pressed', String(this.shown[i]));
      this.graphs[2]?.setVisibility(i, this.shown[i]);
    } }, h('span', { class: `swatch swatch-${i + 1}` }), `${t(`feature.${feature}`)} (${words.unitOf(feature)})`);
  }

  async draw() {
    const Dygraph = await load();
    if (this.gone) return;
    this.destroy();
    const common = {
      interactionModel: Dygraph.defaultInteractionModel, legend: 'never', axisLabelFontSize: 11, xRangePad: 4,
      gridLineColor: colour('line'), axisLineColor: colour('line'), axisLabelColor: colour('ink-3'), highlightCircleSize: 3, connectSeparatedPoints: false,
      drawCallback: (g, first) => this.follow(g, first), highlightCallback: (e, x, p, row) => this.read(row),
      unhighlightCallback: () => this.unread(), clickCallback: (e, x) => this.pick?.(Math.max(0, x)), labelsKMB: false, rightGap: 8,
    };
    const axis = (extra) => ({ x: { axisLabelFormatter: tick, valueFormatter: tick, pixelsPerLabel: 70 }, y: { axisLabelWidth: LABEL_PX, ...extra } });
    const percent = (v) => num(v * 100);
    const step = (v) => signed(v, Math.abs(v - Math.round(v)) < 1e-6 ? 0 : 1); // Half steps when a voice hardly moves.
    this.graphs = [
      new Dygraph(this.boxes[0], this.stressData(), { ...common, labels: ['t', 'stress', 'arousal', 'words'],
        colors: [colour('ink'), colour('arousal'), colour('words')], strokeWidth: 1.8, valueRange: [0, 1.02], axes: axis({ axisLabelFormatter: percent, pixelsPerLabel: 30 }),
        series: { arousal: { strokeWidth: 1.2, strokePattern: [4, 3] }, words: { strokeWidth: 1.5, strokePattern: [1, 2] } }, underlayCallback: (c, a, g) => this.underlay(c, a, g) }),
      new Dygraph(this.boxes[1], this.talkData(), { ...common, labels: ['t', 'talk'], colors: ['transparent'], strokeWidth: 0, drawPoints: false, highlightCircleSize: 0,
        valueRange: [0, 2], axes: { x: { drawAxis: false, drawGrid: false }, y: { axisLabelWidth: LABEL_PX, drawAxis: true, drawGrid: false, ticker: () => TALK_ROWS.map((r, i) => ({ v: 1.5 - i, label: t(`talk.${r}`) })) } },
        underlayCallback: (c, a, g) => this.lanes(c, a, g) }),
      new Dygraph(this.boxes[2], this.featureData(), { ...common, labels: ['t', ...words.FEATURES], colors: FEATURE_COLOURS.map((c) => colour(c.slice(2))),
        visibility: this.shown, strokeWidth: 1.5, includeZero: true, axes: axis({ axisLabelFormatter: step, pixelsPerLabel: 24 }), series: Object.fromEntries(words.FEATURES.map((f, i) => [f, { strokePattern: DASHES[i] }])),
        underlayCallback: (c, a, g) => this.zero(c, a, g) }),
    ];
    for (const box of this.boxes) this.resize.observe(box);
  }

  stressData() { return this.orEmpty(this.rows.map((r) => [r.t, r.stress, r.arousal, r.words]), 3); }
  /** Some line of the caller was judged. */
  hasWords() { return this.rows.some((r) => r.words !== null && r.words !== undefined); }
  talkData() { return this.orEmpty(this.rows.map((r) => [r.t, 1]), 1); }
  featureData() { return this.orEmpty(this.rows.map((r) => [r.t, ...words.FEATURES.map((f) => r.delta?.[f] ?? null)]), words.FEATURES.length); }
  orEmpty(data, width) { return data.length ? data : [[0, ...Array(width).fill(null)], [10, ...Array(width).fill(null)]]; }

  /** After rows were added. A zoomed chart stays where it is. */
  refresh() {
    this.wordsKey.hidden = !this.hasWords();
    const data = [this.stressData(), this.talkData(), this.featureData()];
    this.graphs.forEach((g, i) => g.updateOptions({ file: data[i] }));
  }

  follow(from, first) {
    if (first || this.following) return;
    this.following = true;
    const range = from.isZoomed('x') ? from.xAxisRange() : null;
    for (const g of this.graphs) if (g !== from) g.updateOptions({ dateWindow: range });
    this.following = false;
  }

  read(row) {
    const r = this.rows[row];
    if (!r) return;
    for (const g of this.graphs) g.setSelection(row);
    const parts = [clock(r.t), r.stress === null ? words.whyName(r.why) : `${t('stress')} ${num(r.stress * 100)} %`];
    if (r.arousal !== null) parts.push(`${t('arousal')} ${num(r.arousal * 100)} %`);
    if (typeof r.words === 'number') parts.push(`${t('chart.words')} ${num(r.words * 100)} %`);
    parts.push(t(`talk.${r.talk}`));
    if (r.delta) for (const f of words.FEATURES) parts.push(words.reasonShort({ feature: f, delta: r.delta[f] ?? 0 }));
    setText(this.reading, parts.join('   ·   '));
  }

  unread() {
    for (const g of this.graphs) g.clearSelection();
    setText(this.reading, '');
  }

  /** Behind stress: episodes as bands, abstention hatched, the threshold dashed, alerts as lines. */
  underlay(c, area, g) {
    const x = (s) => g.toDomXCoord(s);
    c.save();
    c.fillStyle = colour('alert-soft');
    c.globalAlpha = 0.7;
    for (const e of this.marks.episodes)
      c.fillRect(x(e.onset), area.y, Math.max(2, x(e.end ?? this.rows.at(-1)?.t ?? e.onset) - x(e.onset)), area.h);
    c.globalAlpha = 1;
    this.hatch(c, area, x);
    c.strokeStyle = colour('alert');
    for (const a of this.marks.alerts) {
      c.lineWidth = 1.5;
      c.beginPath();
      c.moveTo(x(a.t), area.y);
      c.lineTo(x(a.t), area.y + area.h);
      c.stroke();
      c.fillStyle = colour('alert');
      c.beginPath();
      c.moveTo(x(a.t) - 5, area.y);
      c.lineTo(x(a.t) + 5, area.y);
      c.lineTo(x(a.t), area.y + 8);
      c.fill();
    }
    if (this.marks.threshold > 0) {
      c.strokeStyle = colour('line-strong');
      c.setLineDash([5, 4]);
      c.beginPath();
      c.moveTo(area.x, g.toDomYCoord(this.marks.threshold));
      c.lineTo(area.x + area.w, g.toDomYCoord(this.marks.threshold));
      c.stroke();
    }
    this.said(c, area, x);
    c.restore();
  }

  /** What people marked: stressed points up, calm down, a note or tag is a square; and the moment that is chosen. */
  said(c, area, x) {
    c.setLineDash([]);
    for (const m of this.marks.said ?? []) {
      if (m.t === null) continue;
      const way = m.kind === 'stressed' ? -6 : m.kind === 'calm' ? 6 : 0;
      const y = area.y + 18;
      c.fillStyle = colour(m.kind === 'stressed' ? 'alert' : m.kind === 'calm' ? 'calm' : 'accent');
      c.beginPath();
      if (way) { c.moveTo(x(m.t) - 5, y - way / 2); c.lineTo(x(m.t) + 5, y - way / 2); c.lineTo(x(m.t), y + way); } else c.rect(x(m.t) - 4, y - 4, 8, 8);
      c.fill();
    }
    if (this.at === null) return;
    c.strokeStyle = colour('accent');
    c.lineWidth = 2;
    c.beginPath();
    c.moveTo(x(this.at), area.y);
    c.lineTo(x(this.at), area.y + area.h);
    c.stroke();
  }

  /** Draws the line of a moment, and brings it into sight where the chart is zoomed. */
  point(s) {
    this.at = s;
    const g = this.graphs[0];
    if (!g) return;
    const [from, to] = g.xAxisRange();
    if (g.isZoomed('x') && (s < from || s > to)) g.updateOptions({ dateWindow: [s - (to - from) / 2, s + (to - from) / 2] });
    else g.updateOptions({});
  }

  hatch(c, area, x) {
    c.fillStyle = colour('abstain-soft');
    for (const [from, to] of runs(this.rows, (r) => r.state === 'abstain')) c.fillRect(x(from), area.y + area.h - 6, Math.max(1, x(to) - x(from)), 6);
  }

  lanes(c, area, g) {
    const x = (s) => g.toDomXCoord(s);
    c.save();
    TALK_ROWS.forEach((who, i) => {
      const y = area.y + (i + 0.5) * area.h / 2;
      c.fillStyle = colour('sink');
      c.fillRect(area.x, y - 6, area.w, 12);
      c.fillStyle = colour(i === 0 ? 'calm' : 'line-strong');
      for (const [from, to] of runs(this.rows, (r) => r.talk === who || r.talk === 'both')) c.fillRect(x(from), y - 6, Math.max(1, x(to) - x(from)), 12);
    });
    c.restore();
  }

  zero(c, area, g) {
    c.save();
    c.strokeStyle = colour('line-strong');
    c.beginPath();
    c.moveTo(area.x, g.toDomYCoord(0));
    c.lineTo(area.x + area.w, g.toDomYCoord(0));
    c.stroke();
    c.restore();
  }

  destroy() {
    this.resize.disconnect();
    for (const g of this.graphs) g.destroy();
    this.graphs = [];
  }

  leave() {
    this.gone = true;
    this.destroy();
  }
}
