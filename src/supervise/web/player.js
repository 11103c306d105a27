// SPDX-License-Identifier: MIT
// The operator's own recording of a call, which Undertone finds by a template and stores nothing of.
import { h, setText, show } from './dom.js';
import { t } from './i18n.js';

export class Player {
  /** hear(s): the moment that is heard, some times a second. */
  constructor(call, hear) {
    this.audio = h('audio', { controls: true, preload: 'none', src: `/api/v1/calls/${encodeURIComponent(call)}/recording`, 'aria-label': t('play.title'),
      ontimeupdate: () => { if (!this.audio.paused) hear(this.audio.currentTime); }, onerror: () => this.failed() });
    this.told = h('p', { class: 'dim small', role: 'status' }, t('play.how'));
    this.node = h('div', { class: 'player' }, this.audio, this.told);
  }

  failed() {
    show(this.audio, false);
    setText(this.told, t('play.none'));
  }

  /** Plays from there. Before anything was heard there is no length yet: the browser asks for that first. */
  seek(s) {
    this.audio.currentTime = s;
    this.audio.play().catch(() => {}); // A browser that waits for a gesture, or no recording: onerror tells.
  }

  leave() {
    this.audio.pause();
    this.audio.removeAttribute('src');
  }
}
