// SPDX-License-Identifier: MIT
// A double of the server: the page's half of the protocol in openapi.json with invented calls, as
// many as asked for. The page's look and its speed at 500 calls are tested against it; how it works
// with the real server is tested by run.test.mjs.
//
//     node mock-server.mjs --port 45080 --calls 20 [--token T] [--rate 1]
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { accept } from './wire.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const WEB = path.join(here, '../../src/supervise/web');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; media-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const AGENTS = ['Ana Ruiz', 'Ben Okafor', 'Chloe Martin', 'Diego Soto', 'Eva Lindqvist', 'Farid Haddad', 'Grace Kim', 'Hugo Brandt', 'Inés Prado', 'Jonas Weber', 'Kavya Rao', 'Lucía Vega'];
const QUEUES = ['Billing', 'Claims', 'Technical support', 'Retention'];
const FEATURES = ['f0', 'effort', 'rate', 'harshness', 'variation'];

let seed = 7;
const rand = () => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648);
const round = (x, n = 3) => Number(x.toFixed(n));

export class Mock {
  constructor({ calls = 20, token = '', rate = 1, alerts = true, history = 60 } = {}) {
    Object.assign(this, { token, rate, quiet: !alerts });
    this.id = 1000;
    this.log = [];
    this.peers = new Set();
    this.calls = new Map();
    this.alerts = new Map();
    this.rows = new Map();
    this.problems = [];
    this.quiets = [];
    this.todo = [];
    this.disputes = [];
    this.searches = [];
    this.people = [];
    this.tokens = [{ name: 'ana', role: 'supervisor', queues: ['Billing'], created_ms: Date.now() - 9e8, last_used_ms: Date.now() - 9e5, expires_ms: null },
      { name: 'guest', role: 'viewer', queues: [], created_ms: Date.now() - 9e8, last_used_ms: null, expires_ms: Date.now() - 5e6 }];
    this.full = false;
    this.nodes = [];
    this.thresholds = [{ queue: '*', threshold: null, budget: null, set_by: null, set_ms: null }, { queue: 'Billing', threshold: null, budget: 10, set_by: 'ana', set_ms: Date.now() - 9e6 }];
    for (let i = 0; i < calls; i++) this.begin(i);
    this.ended = [...Array(history)].map((_, i) => this.oldCall(i));
    for (let s = 0; s < 70; s++) for (const call of this.calls.values()) this.step(call, true);
    this.server = http.createServer((req, res) => this.serve(req, res));
    this.server.on('upgrade', (req, socket, head) => this.upgrade(req, socket, head));
  }

  listen(port) { return new Promise((done) => this.server.listen(port, '127.0.0.1', () => done(this.server.address().port))); }

  start() {
    // Each call speaks up once a second, spread over the second as in life.
    let due = 0;
    let last = Date.now();
    this.timer = setInterval(() => {
      const all = [...this.calls.values()];
      due += (Date.now() - last) / 1000 * all.length * this.rate;
      last = Date.now();
      for (; due >= 1 && all.length; due--) this.step(all[this.turn = ((this.turn ?? 0) + 1) % all.length]);
    }, 15);
  }

  stop() {
    clearInterval(this.timer);
    for (const peer of this.peers) peer.close();
    return new Promise((done) => {
      this.server.close(done);
      this.server.closeAllConnections?.();
    });
  }

  begin(i) {
    const call = { call: `demo-${String(i + 1).padStart(4, '0')}`, node: 'node1', live: true, source: 'demo', queue: QUEUES[i % 4], agent: AGENTS[i % 12] + (i >= 12 ? ` ${Math.floor(i / 12) + 1}` : ''), has_agent: true,
      caller_key: null, started_ms: Date.now() - 70e3 - i * 4000, ended_ms: null, end_reason: null, on_hold: i % 37 === 20, t: 0, stress: null, arousal: null, valence: null, confidence: null, state: 'abstain', why: 'speech',
      state_since: 0, talk: 'none', level_dbfs: -30, speech_s: 0, line: 'unknown', spark: [], peak: null, alerts: 0, open_alert: null, peak_end: null, end: null, recovery: null };
    call.mood = i % 9 === 4 ? 0.6 : i % 5 === 2 ? 0.42 : 0.16;
    call.noisy = i % 11 === 7;
    this.calls.set(call.call, call);
    this.rows.set(call.call, []);
    this.send({ type: 'call', call: call.call, phase: 'started', state: this.clean(call) });
  }

  clean({ mood, noisy, level, said, missed, ...call }) { return call; }

  oldCall(i) {
    const peak = 0.2 + 0.75 * rand();
    const end = peak * rand();
    const started = Date.now() - i * 3.1e6 - 1e6;
    return { ...this.clean([...this.calls.values()][0] ?? {}), call: `old-${i}`, live: false, spark: [], queue: QUEUES[i % 4], agent: AGENTS[i % 12], started_ms: started, ended_ms: started + 60e3 + 4e5 * rand(), end_reason: 'bye',
      peak: round(peak), end: round(end), peak_end: round((peak + end) / 2), recovery: round((peak - end) / peak), alerts: peak > 0.7 ? 1 : 0, open_alert: null };
  }

  step(call, silent = false) {
    call.t += 1;
    call.level = 0.85 * (call.level ?? call.mood) + 0.15 * Math.max(0, call.mood + (rand() - 0.5) * 0.5);
    if (rand() < 0.01) call.mood = Math.min(0.95, Math.max(0.1, call.mood + (rand() - 0.5) * 0.7));
    const quiet = call.t < 6 || (call.noisy && call.t % 40 > 24) || call.on_hold;
    const stress = quiet ? null : round(Math.min(0.97, Math.max(0.02, call.level * 1.15 + (rand() - 0.5) * 0.06)));
    const state = quiet ? 'abstain' : stress > 0.66 || (call.state === 'alert' && stress > 0.5) ? 'alert' : stress > 0.4 ? 'elevated' : 'calm';
    const score = { type: 'score', call: call.call, t: call.t, ...(quiet ? {} : { stress, arousal: round(0.25 + stress * 0.6), valence: round(0.1 - stress * 0.7), confidence: call.noisy ? 0.4 : 0.86 }), state,
      ...(quiet ? { why: call.t < 6 ? 'speech' : call.on_hold ? 'music' : 'noise' } : {}), talk: ['caller', 'agent', 'none', 'both', 'caller', 'agent', 'agent'][Math.floor((call.t / 3 + call.started_ms) % 7)], level_dbfs: -24.1, speech_s: call.t / 2,
      ...(quiet || call.t < 15 ? {} : { delta: { f0: round(stress * 5 - 0.6, 1), effort: round(stress * 8 - 1, 1), rate: round(stress * 1.6 - 0.2, 1), harshness: round(stress * 3 - 1, 1), variation: round(stress * 2 - 0.5, 1) } }) };
    if (state !== call.state) call.state_since = call.t;
    Object.assign(call, { stress, arousal: score.arousal ?? null, valence: score.valence ?? null, confidence: score.confidence ?? null, state, why: score.why ?? null, talk: score.talk, speech_s: score.speech_s,
      peak: Math.max(call.peak ?? 0, stress ?? 0) || null, line: score.why === 'noise' || score.why === 'music' ? score.why : 'good' });
    call.spark.push(stress);
    if (call.spark.length > 60) call.spark.shift();
    this.rows.get(call.call).push([score.t, stress, call.arousal, call.valence, call.confidence, state, call.why, score.talk, -24.1, score.speech_s, ...FEATURES.map((f) => score.delta?.[f] ?? null)]);
    if (!silent) this.send(score);
    const open = this.alerts.get(call.open_alert);
    if (state === 'alert' && !call.open_alert && !this.quiet) this.raise(call, silent);
    else if (open && !open.cleared && stress !== null && stress < 0.35) this.change(open, 'cleared', null, { cleared: true, cleared_ms: Date.now(), cleared_t: call.t, recovery_s: call.t - open.t });
  }

  raise(call) {
    call.alerts++;
    const id = `${call.call}-${call.alerts}`;
    const alert = { alert: id, call: call.call, n: call.alerts, node: 'node1', source: 'demo', queue: call.queue, agent: call.agent, t: call.t, stress: call.stress ?? 0.8, for_s: 6.5,
      reasons: [{ feature: 'f0', delta: 3.1, unit: 'semitones', share: 0.44 }, { feature: 'harshness', delta: 2.2, unit: 'dB', share: 0.31 }, { feature: 'rate', delta: 0.9, unit: 'syll/s', share: 0.25 }],
      text: 'pitch 3.1 semitones above', severity: 'medium', state: 'raised', cleared: false, escalated: false, assigned_to: null, raised_ms: Date.now(), asked_ms: Date.now(), escalated_ms: null, acknowledged_ms: null, acknowledged_by: null, cleared_ms: null, cleared_t: null,
      resolved_ms: null, resolved_by: null, expired_ms: null, outcome: null, answer_s: null, recovery_s: null, notes: [], stored: true, suggestion: { action: 'offer_help', call: call.call, free_script: true, agents: ['Eva Lindqvist', 'Grace Kim'] } };
    this.alerts.set(id, alert);
    call.open_alert = id;
    this.tell(alert, 'raised', null);
    return alert;
  }

  tell(alert, action, by) {
    this.send({ type: 'alert', call: alert.call, n: alert.n, t: alert.t, action, stress: alert.stress, by, state: alert });
  }

  change(alert, action, by, set) {
    Object.assign(alert, set);
    const call = this.calls.get(alert.call);
    if (call && (alert.state === 'resolved' || alert.state === 'expired')) call.open_alert = null;
    this.tell(alert, action, by);
    return alert;
  }

  message(event, id = this.id) { return { id, time_ms: Date.now(), node: 'node1', event }; }

  send(event) {
    const message = this.message(event, ++this.id);
    this.log.push(message);
    if (this.log.length > 20000) this.log.shift();
    if (!this.peers.size) return;
    const text = JSON.stringify(message);
    for (const peer of this.peers) peer.send(text);
  }

  /** As the server: the newest 2,000; the others are to be asked for. */
  shownAlerts() { return [...this.alerts.values()].slice(-2000); }
  moreAlerts() { return this.alerts.size > 2000 ? { alerts_more: this.alerts.size - 2000 } : {}; }

  hush({ kind, name, minutes, why = '' }) {
    const q = { kind, name, until_ms: minutes ? Date.now() + minutes * 60e3 : 0, by: 'ana', why, set_ms: Date.now() };
    this.quiets = [...this.quiets.filter((x) => x.kind !== kind || x.name !== name), ...(minutes ? [q] : [])];
    this.send({ type: 'quiet', ...q });
    return { quiets: this.quiets };
  }

  listAlerts(params) {
    const all = [...this.alerts.values()].reverse().filter((a) => params.get('state') !== 'open' || a.state === 'raised' || a.state === 'acknowledged');
    const from = Number(params.get('cursor') || 0);
    const to = from + Number(params.get('limit') ?? 50);
    return { alerts: all.slice(from, to), next: to < all.length ? String(to) : null };
  }

  access(method, name, body) {
    if (method === 'POST') this.tokens.push({ ...body, created_ms: Date.now(), last_used_ms: null });
    if (method === 'DELETE') this.tokens = this.tokens.filter((x) => x.name !== name);
    return method === 'POST' ? { ...body, token: 'ut_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' } : { tokens: this.tokens };
  }

  health() {
    return { status: this.problems.length ? 'degraded' : 'ok', version: '0.1.0', node: 'node1', demo: true, uptime_s: process.uptime(), time_ms: Date.now(), calls: this.calls.size, supervisors: this.peers.size,
      store: { state: 'ok', path: '/var/lib/undertone', schema: 1, size_bytes: 8.1e6, queued: 0, dropped: 0 }, nodes: this.nodes, problems: this.problems,
      channels: ['page', ...(this.house ? ['nats'] : [])].map((name) => ({ name, kind: name, state: 'ok', queued: 0, delivered: 12, failed: 0, dead: 0, last_error: null, last_ok_ms: Date.now() })) };
  }

  session(signed) {
    if (this.agent) return { signed_in: true, open: false, name: 'eva', role: 'agent', expires_ms: null, node: 'node1', demo: false, queues: [], proxy: false, room: true, actions: [], action_queues: {}, may: ['own'] };
    return { signed_in: signed, open: !this.token, name: signed && this.token ? 'ana' : null, role: signed ? (this.token ? 'supervisor' : 'admin') : null, expires_ms: null, node: 'node1', demo: true, recordings: true, queues: this.teams ?? [], proxy: false, room: !this.full, actions: signed ? this.actions ?? [] : [], action_queues: this.actionQueues ?? {},
      may: signed ? ['read', 'history', 'act', 'note', ...(this.token ? [] : ['configure', 'erase', 'tokens'])] : [] };
  }

  signed(req) { return !this.token || /undertone_session=good/.test(req.headers.cookie ?? ''); }

  upgrade(req, socket, head) {
    if (this.full) {
      socket.end('HTTP/1.1 429 Too Many Requests\r\n\r\n');
      return;
    }
    if (!this.signed(req)) {
      socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      return;
    }
    const peer = accept(req, socket, head, { onClose: () => this.peers.delete(peer) });
    const after = Number(new URL(req.url, 'http://x').searchParams.get('after') ?? NaN);
    const resumed = this.log.length > 0 && after >= this.log[0].id - 1 && after <= this.id;
    peer.send(JSON.stringify(this.message({ type: 'hello', v: 1, version: '0.1.0', node: 'node1', name: 'ana', role: 'supervisor', resumed, heartbeat_s: 15, demo: true })));
    if (resumed) for (const m of this.log) { if (m.id > after) peer.send(JSON.stringify(m)); }
    else peer.send(this.snapshot());
    this.peers.add(peer);
  }

  snapshot() {
    return JSON.stringify(this.message({ type: 'snapshot', calls: [...this.calls.values()].map((c) => this.clean(c)), alerts: this.shownAlerts(), ...this.moreAlerts(), quiets: this.quiets, health: this.health() }));
  }

  async serve(req, res) {
    const url = new URL(req.url, 'http://x');
    let body = '';
    for await (const chunk of req) body += chunk;
    if (url.pathname.endsWith('/recording')) return this.recording(req, res);
    if (!url.pathname.startsWith('/api/')) {
      this.file(url.pathname, res);
      return;
    }
    const [status, data, headers] = this.api(req, url, body ? JSON.parse(body) : {});
    res.writeHead(status, { 'content-type': 'application/json', ...headers });
    res.end(JSON.stringify(data));
  }

  file(name, res) {
    const file = name === '/' ? path.join(WEB, 'index.html') : name.startsWith('/static/vendor/') ? path.join('/usr/share/javascript/dygraphs', path.basename(name)) : path.join(WEB, path.basename(name));
    if (!fs.existsSync(file)) {
      res.writeHead(404).end();
      return;
    }
    res.writeHead(200, { 'content-type': TYPES[path.extname(file)], 'content-security-policy': CSP, 'x-content-type-options': 'nosniff' });
    res.end(fs.readFileSync(file));
  }

  api(req, url, body) {
    const parts = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent);
    const wrong = (status, code) => [status, { error: { code, message: code, remedy: 'Try something else.' } }];
    if (parts[0] === 'session') return [200, this.session(this.signed(req))];
    if (parts[0] === 'logout') return [200, this.session(false), { 'set-cookie': 'undertone_session=; Path=/; HttpOnly; Max-Age=0' }];
    if (parts[0] === 'login')
      return body.token === this.token ? [200, this.session(true), { 'set-cookie': 'undertone_session=good; Path=/; HttpOnly; SameSite=Strict' }] : wrong(401, 'unauthorized');
    if (!this.signed(req)) return wrong(401, 'unauthorized');
    if (this.agent) return this.down ? [503, {}] : parts[0] !== 'own' ? wrong(403, 'forbidden') : [200, this.ownPart(parts[1], body)];
    if (parts[0] === 'disputes' && parts[1]) return [200, Object.assign(this.disputes.find((d) => d.id === Number(parts[1])), { done_ms: Date.now(), done_by: 'ana', answer: body.text })];
    if (parts[0] === 'alerts' && parts[2]) return this.act(parts[1], parts[2], body) ?? wrong(404, 'not_found');
    if (parts[0] === 'alerts' && parts[1]) return this.alerts.has(parts[1]) ? [200, this.alerts.get(parts[1])] : wrong(404, 'not_found');
    if (parts[0] === 'articles' && parts[2]) {
      (this.marks ??= []).push([Number(parts[1]), body.mark]);
      return [200, { marked: 1 }];
    }
    if (parts[0] === 'searches') return [200, this.keep(req.method, parts[1], body)];
    if (parts[0] === 'follow-ups') return [200, this.followUps(parts, url.searchParams)];
    if (parts[0] === 'marks') {
      for (const call of [...this.calls.values(), ...this.ended]) call.said = call.said?.filter((m) => m.id !== Number(parts[1]));
      return [200, { erased: 1 }];
    }
    if (parts[0] === 'calls') return this.callRoutes(parts, wrong, body, url.searchParams.get('rescued'));
    const rows = (names) => names.map((name, i) => ({ name, calls: 40 - i, scored: 38 - i, mean_peak: 0.5, mean_end: round(0.2 + 0.4 * rand(), 2), mean_peak_end: round(0.3 + 0.4 * rand(), 2), mean_recovery: round(rand(), 2), episodes: 42 - 6 * i, recovery_adjusted: 0.7 - 0.04 * i, recovery_low: 0.6 - 0.04 * i, recovery_high: 0.8 - 0.04 * i, rank: 42 - 6 * i < 20 ? null : i + 1,
      rescued: 3, feedback: i, mean_feedback: i ? 0.8 : null, recovery_rate: round(rand(), 2), alerts: i, mean_answer_s: 14.2, mean_recovery_s: 61 }));
    const answers = {
      disputes: () => ({ disputes: this.disputes }),
      outcomes: () => ({ by: url.searchParams.get('by'), from_ms: 0, to_ms: Date.now(), rows: rows(url.searchParams.get('by') === 'queue' ? QUEUES : AGENTS) }),
      proposals: () => ({ judged_least: 20, hours_least: 10, rows: QUEUES.map((queue, i) => {
        const curve = [0.5, 0.7, 0.8, 0.9, 0.95, 0.99].map((threshold, k) => ({ threshold, alerts: 60 - 10 * k, false: round(20 / (k + 1), 1) }));
        return { queue, calls: 400, hours: 60.5, judged: 41 - 12 * i, right: 34 - 11 * i, low: 0.69, high: 0.92, missed: i, budget: 10, proposed: i > 1 ? null : curve[2 + i], curve, drift: [null, 'precision', 'scores', null][i] ?? null };
      }) }),
      trends: () => ({ by: url.searchParams.get('by'), from_ms: 0, to_ms: Date.now(), rows: (url.searchParams.get('by') === 'hour' ? ['08', '09', '10'] : ['2026-11-28', '2026-11-29', '2026-11-30']).map((name, i) => ({ name, calls: url.searchParams.get('queue') ? 10 : 40 + i, scored: 38, mean_peak: 0.5 + i / 10, mean_end: 0.3, alerted: 4 + i, alerts: 5 + i, answered: 4, mean_answer_s: 12.5 + i, escalated: 1, expired: i, judged: 4, right: 3, precision: 0.75, low: 0.301, high: 0.954 })) }),
      precision: () => {
        const counts = (judged, right) => ({ alerts: judged + 9, judged, right, wrong: judged - right, precision: judged ? round(right / judged, 3) : null, low: judged ? 0.687 : null, high: judged ? 0.915 : null, unjudged: 9, unjudged_share: round(9 / (judged + 9), 3), missed: 2 });
        const by = url.searchParams.get('by');
        const names = { queue: QUEUES, hour: ['08', '09', '10'], reason: ['f0', 'effort', 'voice', 'words'] }[by];
        return { by, from_ms: 0, to_ms: Date.now(), total: counts(41, 34), rows: names.map((name, i) => ({ name, ...(i === 2 ? counts(0, 0) : counts(20 - i, 16 - i)) })) };
      },
      exposure: () => ({ from_ms: 0, to_ms: Date.now(), rows: AGENTS.slice(0, 6).map((agent, i) => ({ agent, from_ms: 0, to_ms: 0, calls: 14 - i, talk_minutes: 140 - 9 * i, stressed_minutes: 22 - 3 * i, alert_minutes: 9.5 - 1.5 * i, break_due: i === 0 })) }),
      sites: () => this.siteRoutes(req.method, parts[1], body),
      rules: () => this.ownRules(req.method, parts[1], body),
      thresholds: () => ({ thresholds: this.thresholds, table: [0.1, 1, 10, 50, 100].map((budget, i) => ({ budget, threshold: round(0.93 - i * 0.11, 2) })) }),
      faq: () => this.asked ?? { made_ms: null, lines: 0, questions: [] },
      lines: () => ({ found: (this.found ?? []).filter((f) => f.text.includes(url.searchParams.get('q'))), next: null }),
      health: () => this.health(), 'dead-letters': () => ({ dead_letters: [], next: null }), tokens: () => this.access(req.method, parts[1], body),
      invite: () => ({ secret: 'utj_0123456789abcdef0123456789abcdef', until_ms: Date.now() + 9e5 }), join: () => { this.joined = body.secret; this.problems = []; return { node: 'node1' }; },
      erasures: () => ({ erasures: this.erasures ?? [], next: null }),
      quiets: () => this.hush(body), alerts: () => this.listAlerts(url.searchParams), people: () => ({ people: this.people }),
      'access-log': () => ({ entries: [['ana', 'acknowledge', 'c1-1'], ['root', 'add_token', ''], ['', 'login_failed', '']].map(([who, action, what], i) => ({ time_ms: Date.now() - 6e4 * i, who, role: who && 'admin', action, what })), next: null }),
    };
    return answers[parts[0]] ? [200, answers[parts[0]]()] : wrong(404, 'not_found');
  }

  siteRoutes(method, queue, body) {
    const change = (shift) => ({ shift, shift_error: 0.06, usual: -1.9, usual_error: 0.33 });
    const row = (name, mode, calls, learnt, more) => ({ queue: name, mode, own: false, calls, hours: round(calls / 23, 2), speech_s: calls * 16.4, learnt, applied: null, aside: false, set_by: null, set_ms: null, ...more });
    this.sites ??= [row('*', 'learn', 812, change(0.12)), row('Billing', 'apply', 410, change(-0.21), { own: true, applied: { ...change(-0.18), checksum: '1a2b3c4d' }, set_by: 'root', set_ms: Date.now() - 36e5 }),
      row('Claims', 'learn', 12, null), row('Returns', 'learn', 0, null, { aside: true })];
    const one = this.sites.find((s) => s.queue === queue);
    if (method === 'PUT') Object.assign(one, { mode: body.mode ?? this.sites[0].mode, own: body.mode !== null, set_by: 'root', set_ms: Date.now() });
    if (method === 'DELETE') Object.assign(one, row(queue, one.mode, 0, null));
    return method === 'GET' ? { sites: this.sites, needed: { calls: 30, speech_s: 300 } } : one;
  }

  ownPart(part, body) {
    if (part === 'figures') return { figures: [{ agent: 'eva', calls: 61, mean_end: 0.31, episodes: 22, recovery_rate: 0.77, recovery_adjusted: 0.74, recovery_low: 0.6, recovery_high: 0.85, rescued: 4, alerts: 9 }] };
    if (part !== 'disputes') return part ? { articles: this.articles ?? [] } : this.agent;
    if (body?.text) this.disputes.unshift({ id: this.disputes.length + 1, value: null, by: 'eva', time_ms: Date.now(), done_ms: null, done_by: null, answer: null, ...body });
    return { disputes: this.disputes };
  }

  keep(method, name, body) {
    if (method !== 'GET') this.searches = this.searches.filter((s) => s.name !== name);
    if (method === 'PUT') this.searches.push({ name, query: body.query, set_ms: Date.now() });
    return { searches: this.searches, erased: 1 };
  }

  followUps(parts, params) {
    const one = this.todo.find((f) => String(f.id) === parts[1]);
    if (one) return Object.assign(one, { done_ms: Date.now(), done_by: 'ana' });
    const fits = { open: (f) => !f.done_ms, overdue: (f) => !f.done_ms && f.due_ms < Date.now(), done: (f) => f.done_ms, all: () => true };
    return { follow_ups: this.todo.filter((f) => (!params.get('who') || f.who === params.get('who')) && fits[params.get('state') ?? 'open'](f)), next: null };
  }

  /** A minute of silence, by ranges as the server gives it. */
  recording(req, res) {
    const wav = Buffer.alloc(44 + 60 * 8000, 128);
    wav.write('RIFF', 0);
    wav.writeUInt32LE(wav.length - 8, 4);
    wav.write('WAVEfmt ', 8);
    wav.writeUInt32LE(16, 16);
    for (const [at, value] of [[20, 1], [22, 1], [32, 1], [34, 8]]) wav.writeUInt16LE(value, at);
    wav.writeUInt32LE(8000, 24);
    wav.writeUInt32LE(8000, 28);
    wav.write('data', 36);
    wav.writeUInt32LE(wav.length - 44, 40);
    const from = Number(/bytes=(\d+)-/.exec(req.headers.range ?? '')?.[1] ?? 0);
    res.writeHead(206, { 'content-type': 'audio/wav', 'accept-ranges': 'bytes', 'content-range': `bytes ${from}-${wav.length - 1}/${wav.length}` });
    res.end(wav.subarray(from));
  }

  /** As the server answers; what is said of a rule that will not do is said in the daemon's own tests. */
  ownRules(method, name, body) {
    this.own ??= [{ name: 'left alone', text: 'rule "left alone"\n    when hold > 90s or unanswered > 45s\n    severity high\n', live: true, set_by: 'ana', set_ms: Date.now() - 9e6 }];
    if (name === 'try') return { days: body.days, calls: 212, of: 230, alerts: 14, alerted: 9, shown: [], not_tried: body.text.includes('hold') ? ['hold'] : [] };
    if (method === 'DELETE') this.own = this.own.filter((r) => r.name !== name);
    if (method === 'POST') {
      const rule = { name: body.text.match(/rule "(.*)"/)[1], ...body, set_by: 'ana', set_ms: Date.now() };
      this.own = [...this.own.filter((r) => r.name !== rule.name), rule];
    }
    return { rules: this.own, file: 'rule "by night"\n    when silence > 60s\n    hours 20:00-06:00\n' };
  }

  callRoutes(parts, wrong, body, rescued) {
    if (!parts[1]) return [200, { calls: rescued ? this.ended.slice(1, 4) : this.ended, next: rescued ? '3' : null }];
    const call = this.calls.get(parts[1]) ?? this.ended.find((c) => c.call === parts[1]);
    if (!call) return wrong(404, 'not_found');
    if (parts[2] === 'missed') {
      const mark = { id: (call.missed ??= []).length + 1, call: call.call, t: body.t, time_ms: Date.now(), by: 'ana', source: null, note: body.note ?? null };
      call.missed.push(mark);
      return [200, mark];
    }
    if (parts[2] === 'marks') {
      const mark = { id: (this.said = (this.said ?? 0) + 1), call: call.call, kind: body.kind, t: body.t ?? null, text: body.text ?? null, time_ms: Date.now(), by: 'ana' };
      (call.said ??= []).push(mark);
      return [200, mark];
    }
    if (parts[2] === 'follow-ups') {
      const todo = { id: this.todo.length + 1, call: call.call, queue: call.queue, agent: call.agent, started_ms: call.started_ms, who: body.who, due_ms: body.due_ms, text: body.text ?? null, by: 'ana', time_ms: Date.now(), done_ms: null, done_by: null };
      this.todo.push(todo);
      return [200, todo];
    }
    if (parts[2] === 'help' && this.acts?.[body.name]) return this.acts[body.name];
    if (parts[2] === 'help') return this.helped?.[body.name] ? [200, { name: body.name, url: this.helped[body.name] }] : [409, { error: { code: 'conflict_help', message: 'This call has no agent, which the address wants.', remedy: 'Help the agent in another way.' } }];
    if (parts[2] === 'lines') return [200, { lines: this.saidLines ?? [], next: null }];
    if (parts[2] === 'knowledge') return [200, { articles: this.articles ?? [] }];
    this.timelines = (this.timelines ?? 0) + 1;
    const rows = this.rows.get(call.call) ?? this.rows.values().next().value ?? [];
    const alerts = [...this.alerts.values()].filter((a) => a.call === call.call);
    if (call.node !== 'node1') { // Nothing of it is stored here.
      rows.length = 0;
      alerts.length = 0;
    }
    return [200, { call: this.clean(call), scores: { call: call.call, step_s: 1, rows, columns: ['t', 'stress', 'arousal', 'valence', 'confidence', 'state', 'why', 'talk', 'level_dbfs', 'speech_s', ...FEATURES] },
      alerts, missed: call.missed ?? [], marks: call.said ?? [], follow_ups: this.todo.filter((f) => f.call === call.call), tags: call.live ? {} : { direction: 'inbound', survey: '2' }, episodes: alerts.map((a) => ({ n: a.n, onset: a.t - 7, peak_t: a.t + 4, end: a.cleared_t ?? call.t, peak: call.peak })), turns: null, summary: null, threshold: 0.66 }];
  }

  act(id, verb, body) {
    const alert = this.alerts.get(id);
    if (!alert) return null;
    const by = 'ana';
    const now = Date.now();
    const sets = {
      acknowledge: () => ['acknowledged', { state: 'acknowledged', acknowledged_by: by, assigned_to: by, acknowledged_ms: now, answer_s: round((now - alert.raised_ms) / 1000, 1) }],
      note: () => ['noted', { notes: [...alert.notes, { time_ms: now, by, text: body.text }] }],
      resolve: () => ['resolved', { state: 'resolved', outcome: body.outcome, resolved_by: by, resolved_ms: now, judged_by: by, judged_ms: now }],
      verdict: () => ['judged', { outcome: body.outcome, judged_by: by, judged_ms: now, notes: body.note ? [...alert.notes, { time_ms: now, by, text: body.note }] : alert.notes }],
      'hand-over': () => ['handed_over', { state: 'raised', assigned_to: body.to }],
      life: () => [null, {}],
    };
    const [action, set] = sets[verb]();
    return [200, this.change(alert, action, by, set)];
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const arg = (name, other) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : other);
  const mock = new Mock({ calls: Number(arg('--calls', 20)), token: arg('--token', ''), rate: Number(arg('--rate', 1)) });
  console.log(`http://127.0.0.1:${await mock.listen(Number(arg('--port', 45080)))}/`);
  mock.start();
}
