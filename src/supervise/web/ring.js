// SPDX-License-Identifier: MIT
// Sound and desktop notification of an alert; both only when the person asked for them.
import { h, icon, setIcon, say } from './dom.js';
import { t } from './i18n.js';
import * as settings from './settings.js';
import * as words from './words.js';

let audio = null;

// Browsers let a page make sound only after a hand was on it; after a reload that is the next touch.
function unlock() {
  if (!settings.get('sound')) return;
  audio ??= new AudioContext();
  if (audio.state === 'suspended') audio.resume().catch(() => {});
}
for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, unlock, { passive: true });

/** Two soft tones, the second higher: heard beside voices without startling. */
function chime() {
  if (!audio || audio.state !== 'running') return;
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

function notify(alert) {
  if (!settings.get('notify') || !('Notification' in window) || Notification.permission !== 'granted') return;
  const note = new Notification(t('notify.title', { who: words.agentName(alert.agent), queue: words.queueName(alert.queue) }),
    { body: words.sentence(alert), tag: alert.alert, icon: '/static/icon.svg' });
  note.onclick = () => {
    window.focus();
    location.hash = `#/call/${encodeURIComponent(alert.call)}`;
    note.close();
  };
}

export const rung = []; // The last alerts that rang, newest last; the tests look here.

export function raise(alert, action) {
  rung.push({ alert: alert.alert, action, at: Date.now() });
  if (rung.length > 50) rung.shift();
  if (settings.get('sound')) {
    unlock();
    chime();
  }
  notify(alert);
}

function button(key, on, off, turn) {
  const sign = icon(settings.get(key) ? on : off);
  const node = h('button', { class: 'quiet square', type: 'button', title: t(`ring.${key}`), 'aria-label': t(`ring.${key}`),
    'aria-pressed': String(settings.get(key)), onclick: async () => {
      const value = await turn(!settings.get(key));
      settings.set(key, value);
      node.setAttribute('aria-pressed', String(value));
      setIcon(sign, value ? on : off);
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
  if (!want || !('Notification' in window)) return false;
  const answer = await Notification.requestPermission();
  if (answer !== 'granted') say(t('ring.refused'));
  return answer === 'granted';
});
