// SPDX-License-Identifier: MIT
// What the server said, in memory: live calls, alerts, health. Messages change it; the views are told
// what changed, however many messages came in between: of alerts with the next frame, of scores five
// times a second, since each call has one score a second.

export const calls = new Map();
export const alerts = new Map();
export const breaks = new Map(); // Agents whose break is due, by name.
export let health = null;
export let session = null;
export let more = 0; // Open alerts that the snapshot had no room for.

const BEAT_MS = 200;
const CALM = new Set(['score', 'call', 'turns', 'summary', 'ping', 'answer', 'threshold']); // Can wait for the beat.
const SPARK_MAX = 60; // Seconds, as in the server's snapshot.
const LINE_HOLD_S = 10; // A bad line is shown this long after it was last seen bad.
const CLOSED_MAX = 30; // Alerts that are over are kept for the tray up to this number.

const views = new Set();
const raised = new Set();
const taps = new Set();
let change = fresh();
let beat = 0; // Timer of the next telling; 0: none is due.
let frame = 0;
let clockOffset = 0;

function fresh() {
  return { all: false, calls: new Set(), added: [], removed: [], alerts: false, health: false };
}

/** fn(change) after something changed. Returns how to stop it. */
export function watch(fn) { views.add(fn); return () => views.delete(fn); }
/** fn(alert) at once for each alert that is raised or raised again. */
export function onRaised(fn) { raised.add(fn); return () => raised.delete(fn); }
/** fn(event) at once for each event that is applied. */
export function tap(fn) { taps.add(fn); return () => taps.delete(fn); }

export function setSession(next) { session = next; }
export const may = (what) => Boolean(session?.may.includes(what));
/** The server's clock. */
export const now = () => Date.now() + clockOffset;

/** For how many seconds nothing was heard of a node that is away; 0: it is there. */
export function notHeard(name) {
  const node = health?.nodes?.find((n) => n.node === name);
  return node && !node.alive ? Math.max(1, Math.round((now() - node.seen_ms) / 1000)) : 0;
}

function flush() {
  clearTimeout(beat);
  cancelAnimationFrame(frame);
  beat = frame = 0;
  const done = change;
  change = fresh();
  for (const view of views) view(done);
}

// A hidden page gets no animation frames, and its alerts must still ring.
function nextFrame() {
  if (document.hidden) flush();
  else frame ||= requestAnimationFrame(flush);
}

function schedule(soon) {
  if (soon && !document.hidden) nextFrame();
  else beat ||= setTimeout(nextFrame, BEAT_MS);
}
document.addEventListener('visibilitychange', () => { if (beat || frame) flush(); });

function take(call) {
  const known = calls.get(call.call);
  if (known) {
    Object.assign(known, call);
    change.calls.add(known);
    return;
  }
  const line = call.line === 'good' || call.line === 'unknown' ? '' : call.line;
  const mine = { ...call, need: null, badLine: line, badLineT: line ? call.t : -1e9 };
  calls.set(mine.call, mine);
  change.added.push(mine);
}

function drop(id) {
  const call = calls.get(id);
  if (!call) return;
  calls.delete(id);
  change.calls.delete(call);
  change.removed.push(call);
}

function takeLine(call, score) {
  const bad = score.state === 'abstain' && ['noise', 'clipping', 'gap', 'music', 'rate'].includes(score.why);
  if (bad) {
    call.badLine = score.why;
    call.badLineT = score.t;
  }
  if (score.t - call.badLineT <= LINE_HOLD_S && call.badLine) call.line = call.badLine;
  else call.line = score.why === 'role' ? 'unknown' : 'good';
}

function takeScore(score) {
  const call = calls.get(score.call);
  if (!call) return;
  if (score.state !== call.state) {
    call.state = score.state;
    call.state_since = score.t;
  }
  call.t = score.t;
  call.stress = score.stress ?? null;
  call.arousal = score.arousal ?? null;
  call.valence = score.valence ?? null;
  call.confidence = score.confidence ?? null;
  call.why = score.why ?? null;
  call.talk = score.talk;
  call.speech_s = score.speech_s ?? call.speech_s;
  takeLine(call, score);
  call.spark.push(call.stress);
  if (call.spark.length > SPARK_MAX) call.spark.shift();
  change.calls.add(call);
}

export const isOpen = (alert) => alert.state === 'raised' || alert.state === 'acknowledged';

function prune() {
  const closed = [...alerts.values()].filter((a) => !isOpen(a)).sort((a, b) => b.raised_ms - a.raised_ms);
  for (const old of closed.slice(CLOSED_MAX)) alerts.delete(old.alert);
}

function takeAlert(event) {
  const alert = event.state;
  alerts.set(alert.alert, alert);
  const call = calls.get(alert.call);
  if (call) {
    if (isOpen(alert)) call.open_alert = alert.alert;
    else if (call.open_alert === alert.alert) call.open_alert = null;
    change.calls.add(call);
  }
  prune();
  change.alerts = true;
  const mine = event.action === 'handed_over' && alert.assigned_to === session?.name;
  if (event.action === 'raised' || event.action === 'escalated' || mine)
    for (const fn of raised) fn(alert, event.action);
}

function takeSnapshot(event) {
  calls.clear();
  change = fresh();
  change.all = change.alerts = change.health = true;
  for (const call of event.calls) take(call);
  const before = new Set(alerts.keys());
  const back = health !== null; // Not the first one: what it brings is news.
  for (const [id, alert] of alerts) if (isOpen(alert)) alerts.delete(id);
  for (const alert of event.alerts) {
    alerts.set(alert.alert, alert);
    // Raised while this page was away: it rings now, once.
    if (alert.state === 'raised' && back && !before.has(alert.alert))
      for (const fn of raised) fn(alert, 'raised');
  }
  prune();
  more = event.alerts_more ?? 0;
  health = event.health;
}

/** A call that is not there any more, or in a queue that this person does not see. */
function dropAll(event) {
  drop(event.call);
  for (const [id, alert] of alerts) if (alert.call === event.call) alerts.delete(id);
  change.alerts = true;
}

const takers = {
  snapshot: takeSnapshot,
  call: (e) => (e.phase === 'ended' ? drop(e.call) : take(e.state)),
  score: takeScore,
  alert: takeAlert,
  exposure: (e) => {
    if (e.break_due) breaks.set(e.agent, e);
    else breaks.delete(e.agent);
    change.alerts = true;
  },
  health: (e) => { health = e.state; change.health = true; },
  erased: dropAll,
  left: dropAll,
};

/** Takes one message of the protocol. */
export function apply(message) {
  const { event } = message;
  if (event.type === 'hello' || event.type === 'snapshot') clockOffset = message.time_ms - Date.now();
  takers[event.type]?.(event);
  for (const fn of taps) fn(event);
  schedule(!CALM.has(event.type));
}

/** What is shown of alerts has changed otherwise: something is quiet, or quiet no more. */
export function touchAlerts() {
  change.alerts = true;
  schedule(true);
}

/** Older open alerts, beyond those of the snapshot. */
export function addAlerts(list) {
  for (const alert of list) if (!alerts.has(alert.alert)) alerts.set(alert.alert, alert);
  touchAlerts();
}

/** Somebody saw to an agent's break; until the server says otherwise. */
export function dropBreak(agent) {
  breaks.delete(agent);
  change.alerts = true;
  schedule(true);
}

export function clear() {
  breaks.clear();
  calls.clear();
  alerts.clear();
  health = null;
  change = fresh();
  change.all = change.alerts = change.health = true;
  schedule(true);
}
