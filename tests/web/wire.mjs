// SPDX-License-Identifier: MIT
// A small WebSocket of both ends over node's sockets: text frames, close, ping. For tests alone.
import crypto from 'node:crypto';
import http from 'node:http';

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function frame(opcode, data, masked) {
  const body = Buffer.from(data);
  const n = body.length;
  const head = n < 126 ? Buffer.from([0x80 | opcode, n]) : n < 65536 ? Buffer.from([0x80 | opcode, 126, n >> 8, n & 255]) : Buffer.alloc(10);
  if (n >= 65536) {
    head[0] = 0x80 | opcode;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(n), 2);
  }
  if (!masked) return Buffer.concat([head, body]);
  head[1] |= 0x80;
  const key = crypto.randomBytes(4);
  for (let i = 0; i < n; i++) body[i] ^= key[i & 3];
  return Buffer.concat([head, key, body]);
}

/** Reads frames from a socket and gives each text to onText; `raw`: as the bytes that came. */
export class Peer {
  constructor(socket, { masked = false, raw = false, onText = () => {}, onClose = () => {}, first } = {}) {
    Object.assign(this, { socket, masked, raw, onText });
    this.kept = first?.length ? first : Buffer.alloc(0);
    this.parts = [];
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.kept = this.kept.length ? Buffer.concat([this.kept, chunk]) : chunk;
      this.read();
    });
    socket.on('error', () => {});
    socket.on('close', onClose);
    if (this.kept.length) this.read();
  }

  read() {
    for (;;) {
      const b = this.kept;
      if (b.length < 2) return;
      let n = b[1] & 127;
      let at = 2;
      if (n === 126) {
        if (b.length < 4) return;
        n = b.readUInt16BE(2);
        at = 4;
      } else if (n === 127) {
        if (b.length < 10) return;
        n = Number(b.readBigUInt64BE(2));
        at = 10;
      }
      const key = b[1] & 128 ? b.subarray(at, at + 4) : null;
      if (key) at += 4;
      if (b.length < at + n) return;
      let body = b.subarray(at, at + n);
      if (key) body = Buffer.from(body.map((x, i) => x ^ key[i & 3]));
      this.kept = b.subarray(at + n);
      this.take(b[0] & 15, Boolean(b[0] & 128), body);
    }
  }

  take(opcode, last, body) {
    if (opcode === 8) this.socket.end(frame(8, body, this.masked));
    else if (opcode === 9) this.socket.write(frame(10, body, this.masked));
    else if (opcode < 3) {
      this.parts.push(last ? body : Buffer.from(body));
      if (!last) return;
      const text = this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts);
      this.parts = [];
      this.onText(this.raw ? text : text.toString());
    }
  }

  send(text) { return this.socket.write(frame(1, text, this.masked)); }
  close() { this.socket.destroy(); }
}

export function accept(req, socket, head, options) {
  const key = crypto.createHash('sha1').update(req.headers['sec-websocket-key'] + MAGIC).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`);
  return new Peer(socket, { ...options, first: head });
}

/** Connects to ws://127.0.0.1:port/path; resolves with the Peer. */
export function connect(port, path, { token, raw, onText, onClose } = {}) {
  return new Promise((done, fail) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': crypto.randomBytes(16).toString('base64'), ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    const req = http.request({ host: '127.0.0.1', port, path, headers });
    req.on('upgrade', (res, socket, head) => done(new Peer(socket, { masked: true, raw, onText, onClose, first: head })));
    req.on('response', (res) => fail(new Error(`${path}: HTTP ${res.statusCode}`)));
    req.on('error', fail);
    req.end();
  });
}
