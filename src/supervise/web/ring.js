// SPDX-License-Identifier: MIT
// Sound and desktop notification of an alert; both only when the person asked for them. Where the browser keeps
// one of them from working, that is said beside the bell, with what to do.
import { h, icon, setIcon, setText, say, show } from './dom.js';
import { t } from './i18n.js';
import * as model from './model.js';
import * as settings from './settings.js';
import * as quiet from './quiet.js';
import * as words from './words.js';

const RUNG_KEY = 'undertone.rung';
const RUNG_MAX = 500;
const UNHEARD_MS = 50; // Alerts of one moment are one sound.

let audio = null;
let unheard = false; // A sound was due and could not be made.
let chimes = 0;
let due = 0;
const told = new Set(); // Who wants to hear of a change of what works.

const changed = () => { for (const fn of told) fn(); };

// Browsers let a page make sound only after a hand was on it; after a reload that is the next touch.
function unlock() {
  if (!settings.get('sound')) return;
  if (!audio) {
    audio = new AudioContext();
    audio.addEventListener('statechange', () => {
      if (audio.state === 'running' && unheard && standing().length) chime();
      changed();
    });
  }
  if (audio.state === 'suspended') audio.resume().catch(() => {});
}
for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, unlock, { passive: true });

/** Two soft tones, the second higher: heard beside voices without startling. */
function chime() {
  if (!audio || audio.state !== 'running') {
    unheard = true;
    changed();
    return;
  }
  unheard = false;
  chimes++;
  for (const id of waiting) keep(id);
  waiting.clear();
  [[0, 587.3], [0.16, 880]].forEach(([after, hz]) => {
    const at = audio.currentTime + after;
    const tone = audio.createOscillator();
    const level = audio.createGain();
    tone.frequency.value = hz;
    level.gain.setValueAtTime(0.0001, at);
    level.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
    level.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
    tone.connect(level).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.55);
  });
}
export const chimed = () => chimes;

const standing = () => [...model.alerts.values()].filter((a) => a.state === 'raised' && !quiet.of(a));

function allowed() { return 'Notification' in window ? Notification.permission : 'missing'; }

/** On Android a page may not make one itself: a service worker does. */
async function viaWorker(title, options) {
  try {
    const worker = await navigator.serviceWorker.register('/static/notify.js');
    await worker.showNotification(title, options);
  } catch {
    broken = true;
    changed();
  }
}
let broken = false;

function notify(alert) {
  if (!settings.get('notify') || allowed() !== 'granted') return;
  const title = t('notify.title', { who: words.agentName(alert.agent), queue: words.queueName(alert.queue) });
  const where = `#/call/${encodeURIComponent(alert.call)}`;
  const options = { body: words.sentence(alert), tag: alert.alert, icon: '/static/icon.svg', data: where };
  try {
    const note = new Notification(title, options);
    note.onclick = () => {
      window.focus();
      location.hash = where;
      note.close();
    };
  } catch {
    viaWorker(title, options);
  }
}

export const rung = []; // The last alerts that rang, newest last; the tests look here.

// What has rung in this tab, over reloads: each alert rings once, whenever the page was away.
function heard() {
  try {
    return JSON.parse(sessionStorage.getItem(RUNG_KEY) ?? '[]');
  } catch {
    return [];
  }
}
const before = new Set(heard());
const waiting = new Set(); // Their sound has not begun: a page that goes before has not rung.

function keep(id) {
  before.add(id);
  try {
    sessionStorage.setItem(RUNG_KEY, JSON.stringify([...before].slice(-RUNG_MAX)));
  } catch { /* Storage is full or off: after a reload it rings once more. */ }
}

export function raise(alert, action) {
  if (quiet.of(alert)) return;
  if (settings.get('sound')) waiting.add(alert.alert);
  else keep(alert.alert);
  rung.push({ alert: alert.alert, action, at: Date.now() });
  if (rung.length > 50) rung.shift();
  if (settings.get('sound')) {
    unlock();
    due ||= setTimeout(() => { due = 0; chime(); }, UNHEARD_MS);
  }
  notify(alert);
}

/** When the page is opened: what stands and has not rung here. */
export function raiseStanding() {
  for (const alert of standing()) if (!before.has(alert.alert) && !waiting.has(alert.alert)) raise(alert, 'standing');
}

/** What keeps the page from ringing although it is to: keys of sentences. */
export function troubles() {
  const list = [];
  if (settings.get('sound') && audio?.state !== 'running') list.push(unheard ? 'ring.silent' : 'ring.blocked');
  if (settings.get('notify') && (allowed() !== 'granted' || broken)) list.push(broken ? 'ring.broken' : allowed() === 'missing' ? 'ring.missing' : 'ring.denied');
  if (!settings.get('sound') && !settings.get('notify')) list.push('ring.off');
  return list;
}

/** The sentence beside the bell; leave() when its tray goes. */
export function troubleLine() {
  const text = h('span');
  const go = h('button', { type: 'button', onclick: () => { unlock(); setTimeout(changed, 100); } }, t('ring.allow'));
  const node = h('p', { class: 'ring-trouble', role: 'status' }, text, go);
  const draw = () => {
    const list = troubles();
    setText(text, list.map((key) => t(key)).join(' '));
    show(go, list.includes('ring.silent') || list.includes('ring.blocked'));
    node.classList.toggle('grave', list.some((key) => key !== 'ring.off'));
    show(node, list.length > 0);
  };
  told.add(draw);
  unlock();
  draw();
  return { node, leave: () => told.delete(draw) };
}

function button(key, on, off, turn) {
  const sign = icon(settings.get(key) ? on : off);
  const node = h('button', { class: 'quiet square', type: 'button', title: t(`ring.${key}`), 'aria-label': t(`ring.${key}`),
    'aria-pressed': String(settings.get(key)), onclick: async () => {
      const value = await turn(!settings.get(key));
      settings.set(key, value);
      node.setAttribute('aria-pressed', String(value));
      setIcon(sign, value ? on : off);
      changed();
    } }, sign);
  return node;
}

export const soundButton = () => button('sound', 'sound', 'mute', async (want) => {
  if (!want) return false;
  settings.set('sound', true);
  unlock();
  setTimeout(chime, 60);
  return true;
});

export const notifyButton = () => button('notify', 'bell', 'bell', async (want) => {
  if (!want) return false;
  if (!('Notification' in window)) {
    say(t('ring.missing'));
    return true; // It stays wished for, and the line beside the bell says that it cannot be.
  }
  const answer = await Notification.requestPermission();
  if (answer !== 'granted') say(t('ring.denied'));
  return true;
});
