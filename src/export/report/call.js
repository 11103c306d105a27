// SPDX-License-Identifier: MIT
// A call's report, drawn from the data that stand in the page. Nothing is loaded from anywhere.
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const LANGUAGES = ['en', 'es', 'vi'];
const WORDS = {
  title: ['Call {id}', 'Llamada {id}', 'Cuộc gọi {id}'],
  peak: ['Peak', 'Máximo', 'Cao nhất'], at: ['at {t}', 'en {t}', 'lúc {t}'],
  end: ['End', 'Final', 'Cuối cuộc'], peakend: ['Peak-end', 'Máximo y final', 'Đỉnh và cuối'],
  recovery: ['Recovery', 'Recuperación', 'Hồi phục'], alerts: ['Alerts', 'Alertas', 'Cảnh báo'],
  length: ['Length', 'Duración', 'Thời lượng'], spoken: ['caller speaks {s} s', 'el cliente habla {s} s', 'khách nói {s} giây'],
  unscored: ['Nothing could be scored: {why}.', 'No se pudo valorar nada: {why}.', 'Không chấm được gì: {why}.'],
  calm: ['The caller stayed calm: stress was {peak} at most, at {t}.', 'El cliente estuvo tranquilo: el estrés llegó a {peak}, en {t}.', 'Khách bình tĩnh suốt cuộc gọi: mức căng thẳng cao nhất là {peak}, lúc {t}.'],
  once: ['The caller was stressed from {from} to {to}, most at {t} with {peak}.', 'El cliente estuvo estresado de {from} a {to}, sobre todo en {t} con {peak}.', 'Khách căng thẳng từ {from} đến {to}, cao nhất là {peak} lúc {t}.'],
  often: ['The caller was stressed {n} times; the worst was from {from} to {to}, with {peak} at {t}.', 'El cliente estuvo estresado {n} veces; lo peor fue de {from} a {to}, con {peak} en {t}.', 'Khách căng thẳng {n} lần; nặng nhất là từ {from} đến {to}, mức {peak} lúc {t}.'],
  ended: ['At the end stress was {end}: {share} of the peak had gone. What is remembered of a call is its peak and its end; together they are {pe}.', 'Al final el estrés era {end}: se había ido el {share} del máximo. De una llamada se recuerdan el máximo y el final; juntos dan {pe}.', 'Cuối cuộc gọi mức căng thẳng là {end}: đã giảm {share} so với đỉnh. Người ta nhớ đỉnh và cuối của cuộc gọi; gộp lại là {pe}.'],
  told: ['{n} alerts were raised, the first at {t}.', 'Hubo {n} alertas, la primera en {t}.', 'Có {n} cảnh báo, cảnh báo đầu lúc {t}.'],
  told1: ['An alert was raised at {t}.', 'Hubo una alerta en {t}.', 'Có một cảnh báo lúc {t}.'],
  stress: ['Stress', 'Estrés', 'Căng thẳng'], arousal: ['Arousal', 'Activación', 'Kích động'], episode: ['Episode', 'Episodio', 'Giai đoạn căng thẳng'],
  alert: ['Alert', 'Alerta', 'Cảnh báo'], caller: ['Caller', 'Cliente', 'Khách'], agent: ['Agent', 'Agente', 'Nhân viên'], over: ['Both at once', 'Ambos a la vez', 'Cả hai cùng nói'],
  silence: ['Silence of 3 s or more', 'Silencio de 3 s o más', 'Im lặng từ 3 giây'], who: ['Who speaks', 'Quién habla', 'Ai đang nói'],
  voice: ['The voice against the caller’s own calm one', 'La voz frente a la propia voz tranquila', 'Giọng nói so với giọng bình tĩnh của chính khách'],
  f0: ['Pitch (semitones)', 'Tono (semitonos)', 'Cao độ (nửa cung)'], effort: ['Effort (dB)', 'Esfuerzo (dB)', 'Gắng sức (dB)'], rate: ['Rate (syll/s)', 'Ritmo (síl/s)', 'Tốc độ (âm tiết/s)'],
  harshness: ['Harshness (dB)', 'Aspereza (dB)', 'Độ gắt (dB)'], variation: ['Liveliness (semitones)', 'Viveza (semitonos)', 'Độ linh hoạt (nửa cung)'],
  level: ['Level (dBFS)', 'Nivel (dBFS)', 'Mức âm (dBFS)'], line: ['Line', 'Línea', 'Đường dây'], noscore: ['No score', 'Sin valorar', 'Không chấm'],
  reasons: ['Reasons', 'Motivos', 'Lý do'], time: ['Time', 'Momento', 'Lúc'], cleared: ['Cleared', 'Se calmó', 'Dịu lại'], from: ['From', 'Desde', 'Từ'], to: ['To', 'Hasta', 'Đến'],
  none: ['None', 'Ninguno', 'Không có'], noalert: ['No alert.', 'Ninguna alerta.', 'Không có cảnh báo.'], more: ['and {n} more', 'y {n} más', 'và {n} nữa'],
  turns: ['Turn-taking', 'Turnos', 'Lượt nói'], talk: ['Talk (s)', 'Habla (s)', 'Nói (giây)'], count: ['Turns', 'Turnos', 'Lượt'], cut: ['Interruptions', 'Interrupciones', 'Ngắt lời'],
  share: ['{over} s both at once, {silence} s silence, the longest {longest} s, {n} of 3 s or more.', '{over} s ambos a la vez, {silence} s de silencio, el más largo {longest} s, {n} de 3 s o más.', '{over} giây cùng nói, {silence} giây im lặng, dài nhất {longest} giây, {n} lần từ 3 giây.'],
  noagent: ['The agent is not on the recording.', 'El agente no está en la grabación.', 'Bản ghi không có tiếng nhân viên.'],
  quality: ['Line quality', 'Calidad de la línea', 'Chất lượng đường dây'], scored: ['Scored {a} of {b} s.', 'Valorados {a} de {b} s.', 'Chấm được {a} trên {b} giây.'],
  why_role: ['caller’s channel not known', 'canal del cliente desconocido', 'chưa biết kênh của khách'], why_speech: ['too little caller speech', 'muy poca voz del cliente', 'khách nói quá ít'],
  why_gap: ['sound was lost on the way', 'se perdió sonido', 'âm thanh bị mất trên đường'], why_music: ['music or tone', 'música o tono', 'nhạc hoặc âm báo'],
  why_clipping: ['overdriven sound', 'sonido saturado', 'âm thanh bị vỡ'], why_noise: ['too much noise', 'demasiado ruido', 'quá nhiều tạp âm'],
  why_rate: ['wrong sampling rate', 'frecuencia de muestreo equivocada', 'sai tần số lấy mẫu'],
  f0_up: ['pitch {x} semitones above the own', 'tono {x} semitonos sobre el propio', 'cao độ hơn {x} nửa cung so với thường ngày'], f0_down: ['pitch {x} semitones below the own', 'tono {x} semitonos bajo el propio', 'cao độ thấp hơn {x} nửa cung so với thường ngày'],
  effort_up: ['{x} dB more vocal effort', '{x} dB más de esfuerzo vocal', 'gắng giọng hơn {x} dB'], effort_down: ['{x} dB less vocal effort', '{x} dB menos de esfuerzo vocal', 'gắng giọng ít hơn {x} dB'],
  rate_up: ['speaking faster', 'habla más rápido', 'nói nhanh hơn'], rate_down: ['speaking slower', 'habla más despacio', 'nói chậm hơn'],
  harshness_up: ['{x} dB harsher', '{x} dB más áspera', 'giọng gắt hơn {x} dB'], harshness_down: ['{x} dB less harsh', '{x} dB menos áspera', 'giọng bớt gắt {x} dB'],
  variation_up: ['melody livelier by {x} semitones', 'melodía {x} semitonos más viva', 'ngữ điệu linh hoạt hơn {x} nửa cung'], variation_down: ['melody flatter by {x} semitones', 'melodía {x} semitonos más plana', 'ngữ điệu phẳng hơn {x} nửa cung'],
  asawhole: ['the voice as a whole', 'la voz en su conjunto', 'giọng nói nói chung'],
  play: ['A click on a curve plays from there.', 'Un clic en una curva reproduce desde ahí.', 'Bấm vào đường biểu diễn để nghe từ chỗ đó.'],
  language: ['Language', 'Idioma', 'Ngôn ngữ'],
  made: ['Made by Undertone with the model {model}. Stress is the share of such moments that listeners call stressed; the agent’s voice is never scored.', 'Hecho por Undertone con el modelo {model}. El estrés es la parte de esos momentos que los oyentes llaman estresados; la voz del agente nunca se valora.', 'Undertone lập bằng mô hình {model}. Mức căng thẳng là tỉ lệ những lúc như vậy mà người nghe cho là căng thẳng; giọng nhân viên không bao giờ được chấm.'],
};
const FEATURES = ['f0', 'effort', 'rate', 'harshness', 'variation'];
const LIGHT = { ink: '#171c28', axis: '#5b6475', grid: '#dcdfe6', alert: '#b00c3e', area: 'rgba(176,12,62,.13)', off: 'rgba(91,100,117,.14)', arousal: '#6a4c93', caller: '#1f4e8c', agent: '#7f8898', five: ['#1f4e8c', '#b00c3e', '#1c6b45', '#8a5200', '#6a4c93'] };
const DARK = { ink: '#e9ecf2', axis: '#98a1b3', grid: '#2a303b', alert: '#ff86a5', area: 'rgba(255,134,165,.2)', off: 'rgba(152,161,179,.18)', arousal: '#b9a0e6', caller: '#8fbaf0', agent: '#98a1b3', five: ['#8fbaf0', '#ff86a5', '#6fcf9f', '#f0b654', '#b9a0e6'] };
const DASHES = [null, [8, 3], [2, 3], [10, 3, 2, 3], [5, 5]];
const COLUMNS = { t: 0, stress: 1, arousal: 2, confidence: 3, level: 4, why: 5, features: 6 };

let lang = LANGUAGES.indexOf((location.hash.slice(1) || navigator.language || 'en').slice(0, 2));
if (lang < 0) lang = 0;
let graphs = [], heads = [];
const c = {};
const player = data.audio ? Object.assign(document.createElement('audio'), { controls: true, src: data.audio, preload: 'metadata' }) : null;

const t = (key, values = {}) => WORDS[key][lang].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const number = (v, digits = 0) => v.toLocaleString(LANGUAGES[lang], { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = (v) => `${number(v * 100)}\u00a0%`;
const stress = (v) => number(v * 100);
const pad = (n) => String(n).padStart(2, '0');
const clock = (s) => (s >= 3600 ? `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)}:${pad(Math.floor(s) % 60)}` : `${Math.floor(s / 60)}:${pad(Math.floor(s) % 60)}`);

function h(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) if (value !== null) node.setAttribute(key, value);
  node.append(...children.flat(Infinity).filter((c) => c !== null));
  return node;
}

const fact = (name, value, small) => h('div', {}, h('dt', {}, name), h('dd', {}, value, small ? h('small', {}, small) : null));

function facts(s) {
  const out = [fact(t('length'), clock(s.duration_s), t('spoken', { s: number(s.caller_speech_s) })), fact(t('alerts'), number(s.alerts))];
  if (s.peak !== undefined) {
    out.push(fact(t('peak'), stress(s.peak), t('at', { t: clock(s.peak_t) })), fact(t('end'), stress(s.end)),
      fact(t('peakend'), stress(s.peak_end)), fact(t('recovery'), percent(s.recovery)));
  }
  return h('dl', { class: 'facts' }, out);
}

function story(s) {
  if (s.peak === undefined) return [h('p', {}, t('unscored', { why: t(`why_${s.why}`) }))];
  const worst = [...s.episodes].sort((a, b) => b.peak - a.peak)[0];
  const out = [];
  if (worst) {
    out.push(t(s.episodes.length > 1 ? 'often' : 'once', { n: s.episodes.length, from: clock(worst.onset), to: clock(worst.end), t: clock(worst.peak_t), peak: stress(worst.peak) }));
  } else out.push(t('calm', { peak: stress(s.peak), t: clock(s.peak_t) }));
  const raised = data.alerts.filter((a) => a.action === 'raised');
  if (raised.length) out.push(t(raised.length > 1 ? 'told' : 'told1', { n: raised.length, t: clock(raised[0].t) }));
  out.push(t('ended', { end: stress(s.end), share: percent(s.recovery), pe: stress(s.peak_end) }));
  return [h('p', {}, out.join(' '))];
}

function sentence(alert) {
  const parts = alert.reasons.filter((r) => r.share >= 0.1).slice(0, 4)
    .map((r) => r.feature === 'words' ? `“${r.phrase}”` : t(`${r.feature}_${r.delta < 0 ? 'down' : 'up'}`, { x: number(Math.abs(r.delta), 1) }));
  const text = parts.length ? parts.join(', ') : t('asawhole');
  return text[0].toUpperCase() + text.slice(1);
}

function table(caption, heads, rows, numbers = []) {
  const cell = (name) => (value, i) => h(name, numbers.includes(i) ? { class: 'n' } : {}, value);
  return h('div', { class: 'panel scroll', tabindex: '0' }, h('table', {}, h('caption', {}, caption), h('thead', {}, h('tr', {}, heads.map(cell('th')))), h('tbody', {}, rows.map((r) => h('tr', {}, r.map(cell('td')))))));
}

function tables(s) {
  const out = [];
  const raised = data.alerts.filter((a) => a.action === 'raised');
  if (raised.length) {
    out.push(table(t('alerts'), [t('time'), t('stress'), t('cleared'), t('reasons')], raised.map((a) => {
      const end = data.alerts.find((c) => c.n === a.n && c.action === 'cleared');
      return [clock(a.t), stress(a.stress), end ? clock(end.t) : '–', sentence(a)];
    }), [1]));
  } else out.push(h('div', { class: 'panel' }, t('noalert')));
  const small = [];
  if (s.peak !== undefined && s.episodes.length) {
    const rows = s.episodes.map((e) => [clock(e.onset), clock(e.end), stress(e.peak)]);
    if (data.episodes > s.episodes.length) rows.push([t('more', { n: data.episodes - s.episodes.length }), '', '']);
    small.push(table(t('episode'), [t('from'), t('to'), t('peak')], rows, [2]));
  }
  const n = data.turns;
  if (n && data.has_agent) {
    const one = table(t('turns'), ['', t('talk'), t('count'), t('cut')], [
      [t('caller'), number(n.caller_talk_s), number(n.caller_turns), number(n.caller_interruptions)],
      [t('agent'), number(n.agent_talk_s), number(n.agent_turns), number(n.agent_interruptions)]], [1, 2, 3]);
    one.append(h('p', { class: 'sub' }, t('share', { over: number(n.talk_over_s, 1), silence: number(n.silence_s), longest: number(n.longest_silence_s, 1), n: number(n.long_silences) })));
    small.push(one);
  } else small.push(h('div', { class: 'panel' }, t('noagent')));
  const lost = {};
  for (const row of data.seconds) if (row[COLUMNS.why]) lost[row[COLUMNS.why]] = (lost[row[COLUMNS.why]] ?? 0) + 1;
  const scored = data.seconds.filter((r) => r[COLUMNS.stress] !== null).length;
  const quality = table(t('quality'), [t('noscore'), 's'], Object.entries(lost).sort((a, b) => b[1] - a[1]).map(([why, count]) => [t(`why_${why}`), number(count)]), [1]);
  quality.append(h('p', { class: 'sub' }, t('scored', { a: number(scored), b: number(data.seconds.length) }), ...data.notes.map((x) => ` ${x}`)));
  small.push(quality);
  out.push(h('div', { class: 'tables' }, small));
  return out;
}

const key = (text, name, more = '') => h('span', { class: `key key-${name} ${more}` }, text);

function spans(ctx, area, g, list, colour, top = 0, bottom = 1) {
  ctx.fillStyle = colour;
  for (const [from, to] of list) {
    const left = Math.max(area.x, g.toDomXCoord(from)), right = Math.min(area.x + area.w, g.toDomXCoord(to));
    if (right > left) ctx.fillRect(left, area.y + top * area.h, Math.max(1, right - left), (bottom - top) * area.h);
  }
}

function lanes(ctx, area, g) {
  const who = (...kinds) => data.talk.filter((s) => kinds.includes(s[2])).map(([a, b]) => [a, b]);
  spans(ctx, area, g, who('caller', 'both'), c.caller, .06, .44);
  spans(ctx, area, g, who('agent', 'both'), c.agent, .56, .94);
  spans(ctx, area, g, who('both'), c.alert, .46, .54);
  spans(ctx, area, g, data.has_agent ? who('none').filter(([a, b]) => b - a >= 3) : [], c.off);
}

function behind(ctx, area, g) {
  spans(ctx, area, g, data.summary.peak !== undefined ? data.summary.episodes.map((e) => [e.onset, e.end]) : [], c.area);
  ctx.strokeStyle = ctx.fillStyle = c.alert;
  ctx.lineWidth = 2;
  for (const a of data.alerts.filter((x) => x.action === 'raised')) {
    const x = g.toDomXCoord(a.t);
    if (x < area.x || x > area.x + area.w) continue;
    ctx.beginPath(); ctx.moveTo(x, area.y); ctx.lineTo(x, area.y + area.h); ctx.stroke();
    ctx.font = 'bold 11px sans-serif';
    ctx.textAlign = x > area.x + area.w - 80 ? 'right' : 'left';
    ctx.fillText(`${t('alert')} ${a.n}`, x + (ctx.textAlign === 'right' ? -5 : 5), area.y + 11);
  }
}

function unscored() {
  const out = [];
  for (const row of data.seconds) {
    if (row[COLUMNS.stress] !== null) continue;
    const last = out.at(-1);
    if (last && last[1] >= row[COLUMNS.t] - 1.01) last[1] = row[COLUMNS.t];
    else out.push([row[COLUMNS.t] - 1, row[COLUMNS.t]]);
  }
  return out;
}

function follow(from, first) {
  if (first || follow.busy) return;
  follow.busy = true;
  for (const g of graphs) if (g !== from) g.updateOptions({ dateWindow: from.xAxisRange() });
  follow.busy = false;
  moveHeads();
}

function moveHeads() {
  heads.forEach((head, i) => {
    const area = graphs[i].getArea(), x = graphs[i].toDomXCoord(player.currentTime);
    head.hidden = x < area.x || x > area.x + area.w;
    head.style.left = `${x}px`;
  });
}

/** The colours of the screen, or of paper. Canvases stay: what is drawn anew while printing would be missing on paper. */
function paint(paper) {
  Object.assign(c, !paper && matchMedia('(prefers-color-scheme: dark)').matches ? DARK : LIGHT);
  const colours = [[c.ink, c.arousal], ['transparent'], c.five, [c.caller]];
  graphs.forEach((g, i) => g.updateOptions({ colors: colours[i], gridLineColor: c.grid, axisLineColor: c.grid }));
}

function draw(boxes) {
  for (const g of graphs) g.destroy();
  graphs = [];
  paint(false);
  const end = Math.max(data.summary.duration_s, 1), rows = data.seconds.length ? data.seconds : [[1, null, null, null, null, null, []]];
  const common = {
    legend: 'never', gridLineColor: c.grid, axisLineColor: c.grid, axisLabelFontSize: 11, dateWindow: [0, end], rightGap: 8, highlightCircleSize: player ? 3 : 2, drawCallback: follow,
    clickCallback: player ? (event, x) => { player.currentTime = Math.max(0, x); player.play().catch(() => {}); } : null,
  };
  const x = { axisLabelFormatter: clock, valueFormatter: clock, pixelsPerLabel: 70 };
  const y = (formatter, gap = 28) => ({ axisLabelWidth: 48, axisLabelFormatter: formatter, pixelsPerLabel: gap });
  const make = (box, values, options) => new Dygraph(box, values, { ...common, ...options });
  graphs = [
    make(boxes[0], rows.map((r) => [r[0], r[1], r[2]]), { labels: ['t', 'stress', 'arousal'], colors: [c.ink, c.arousal], strokeWidth: 1.9, valueRange: [0, 1.03], series: { arousal: { strokeWidth: 1.2, strokePattern: [4, 3] } },
      axes: { x, y: y((v) => number(v * 100)) }, underlayCallback: (ctx, area, g) => behind(ctx, area, g) }),
    make(boxes[1], [[0, 1], [end, 1]], { labels: ['t', 'talk'], colors: ['transparent'], strokeWidth: 0, highlightCircleSize: 0, valueRange: [0, 2],
      axes: { x: { drawAxis: false, drawGrid: false }, y: { axisLabelWidth: 48, drawGrid: false, ticker: () => [{ v: 1.5, label: t('caller') }, { v: .5, label: data.has_agent ? t('agent') : '' }] } },
      underlayCallback: (ctx, area, g) => lanes(ctx, area, g) }),
    make(boxes[2], rows.map((r) => [r[0], ...FEATURES.map((_, i) => r[6][i] ?? null)]), { labels: ['t', ...FEATURES], colors: c.five, strokeWidth: 1.4, includeZero: true, series: Object.fromEntries(FEATURES.map((f, i) => [f, { strokePattern: DASHES[i] }])),
      axes: { x, y: y((v) => number(v, Math.abs(v) < 2 && v % 1 ? 1 : 0), 24) } }),
    make(boxes[3], rows.map((r) => [r[0], r[4]]), { labels: ['t', 'level'], colors: [c.caller], strokeWidth: 1.2, axes: { x, y: y((v) => number(v), 20) },
      underlayCallback: (ctx, area, g) => spans(ctx, area, g, unscored(), c.off) }),
  ];
  heads = player ? boxes.map((box) => box.appendChild(h('div', { class: 'head' }))) : [];
  if (player) moveHeads();
}

function show() {
  const s = data.summary;
  document.documentElement.lang = LANGUAGES[lang];
  document.title = t('title', { id: data.call });
  const boxes = ['stress', 'talk', 'voice', 'line'].map((name) => h('div', { class: `chart chart-${name}`, 'aria-hidden': 'true' }));
  const figure = (box, title, ...keys) => h('figure', {}, h('figcaption', {}, h('strong', {}, title), keys), box);
  document.body.replaceChildren(
    h('header', {}, h('h1', {}, t('title', { id: data.call })), h('div', { class: 'languages', role: 'group', 'aria-label': t('language') },
      LANGUAGES.map((name, i) => { const b = h('button', { type: 'button', 'aria-pressed': String(i === lang) }, name.toUpperCase()); b.onclick = () => { lang = i; show(); }; return b; }))),
    h('main', {},
      h('p', { class: 'sub' }, data.file ?? ''), facts(s), ...story(s),
      player ? h('div', { class: 'panel player' }, player, h('p', { class: 'sub' }, t('play'))) : '',
      figure(boxes[0], t('stress'), key(t('stress'), 'ink'), key(t('arousal'), 'arousal', 'dashed'), key(t('episode'), 'alert', 'area'), key(t('alert'), 'alert')),
      figure(boxes[1], t('who'), key(t('over'), 'alert'), key(t('silence'), 'axis', 'area')),
      figure(boxes[2], t('voice'), FEATURES.map((f, i) => key(t(f), `five-${i}`, i ? 'dashed' : ''))),
      figure(boxes[3], t('line'), key(t('level'), 'caller'), key(t('noscore'), 'axis', 'area')),
      ...tables(s)),
    h('footer', {}, t('made', { model: data.model })));
  draw(boxes);
}

addEventListener('beforeprint', () => paint(true));
addEventListener('afterprint', () => paint(false));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
player?.addEventListener('timeupdate', moveHeads);
show();
