// SPDX-License-Identifier: MIT
// The live half of the protocol. One connection to /ws, or to /events where a proxy lets no
// WebSocket through; it comes back by itself and asks for what came after the last id it has seen.

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8000;
const CARRIERS = new Set(['hello', 'snapshot', 'skip', 'ping', 'answer']); // May repeat an id.
const TYPES = ['hello', 'snapshot', 'skip', 'call', 'score', 'alert', 'turns', 'summary', 'exposure',
  'health', 'threshold', 'ping', 'erased', 'left'];

/**
 * onMessage(message): each once, in order. onState(state): 'wait' | 'live' | 'lost'.
 * onRefused(): nothing could be opened; the session may be over.
 */
export class Link {
  constructor({ onMessage, onState, onRefused }) {
    Object.assign(this, { onMessage, onState, onRefused });
    this.last = 0;
    this.wait = FIRST_WAIT_MS;
    this.failures = 0;
    this.heartbeat = 15;
    this.seen = 0;
    this.socket = null;
    this.stopped = true;
    this.doubles = 0;
  }

  start() {
    this.stopped = false;
    this.guard = setInterval(() => this.watchdog(), 2000);
    this.wake = () => { if (!this.live) this.retryNow(); };
    addEventListener('online', this.wake);
    this.open();
  }

  stop() {
    this.stopped = true;
    clearInterval(this.guard);
    clearTimeout(this.timer);
    removeEventListener('online', this.wake);
    this.shut();
  }

  retryNow() {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.shut();
    this.open();
  }

  shut() {
    const socket = this.socket;
    this.socket = null;
    this.live = false;
    socket?.close();
  }

  open() {
    this.onState(this.failures ? 'lost' : 'wait');
    this.seen = Date.now();
    const after = this.last ? `after=${this.last}` : '';
    // Every third try goes the other way: some proxies cut WebSockets and let streams through.
    this.socket = this.failures % 3 === 2 ? this.openStream(after) : this.openSocket(after);
  }

  openSocket(after) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/ws?batch=1&${after}`);
    socket.onmessage = (e) => { if (this.socket === socket) this.take(e.data); };
    socket.onclose = () => { if (this.socket === socket) this.lost(); };
    return socket;
  }

  openStream(after) {
    const stream = new EventSource(`/events?${after}`);
    for (const type of TYPES)
      stream.addEventListener(type, (e) => { if (this.socket === stream) this.take(e.data); });
    stream.onerror = () => {
      stream.close();
      if (this.socket === stream) this.lost();
    };
    return stream;
  }

  /** A message, or an array of those that came in one tick of the server. */
  take(data) {
    this.seen = Date.now();
    let parsed;
    try {
      parsed = JSON.parse(data);
    } catch {
      return;
    }
    if (Array.isArray(parsed)) for (const message of parsed) this.takeOne(message);
    else this.takeOne(parsed);
  }

  takeOne(message) {
    const type = message.event?.type;
    if (type === 'hello') {
      this.live = true;
      this.failures = 0;
      this.wait = FIRST_WAIT_MS;
      this.heartbeat = message.event.heartbeat_s || 15;
      this.onState('live');
    }
    if (!CARRIERS.has(type)) {
      if (message.id <= this.last) {
        this.doubles++;
        return;
      }
      this.last = message.id;
    } else if (type === 'snapshot') {
      this.last = message.id;
    }
    this.onMessage(message);
  }

  lost() {
    this.socket = null;
    this.live = false;
    if (this.stopped) return;
    this.failures++;
    this.onState('lost');
    if (this.failures === 1 || this.failures % 4 === 0) this.onRefused();
    const wait = this.wait * (0.75 + Math.random() / 2);
    this.wait = Math.min(this.wait * 1.7, LONGEST_WAIT_MS);
    this.timer = setTimeout(() => this.open(), wait);
  }

  watchdog() {
    if (this.socket && Date.now() - this.seen > this.heartbeat * 2000) {
      this.shut();
      this.lost();
    }
  }
}
