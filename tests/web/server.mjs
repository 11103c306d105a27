// SPDX-License-Identifier: MIT
// The real `undertone serve`, started by the tests on 127.0.0.1 with a data folder of its own.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const program = process.env.UNDERTONE ?? path.join(root, 'build/undertone');
export const sample = (name) => path.join(root, 'samples', `${name}.wav`);

export function freePort() {
  return new Promise((done) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

export class Server {
  /** args: further options. data: a folder to go on with, null for none. tokens: {name: role}, or [role, more options], made before the start. */
  static async start({ args = [], data, port, tokens = {} } = {}) {
    const server = new Server();
    server.args = args;
    server.data = data === undefined ? fs.mkdtempSync(path.join(os.tmpdir(), 'undertone-web-')) : data;
    server.port = port ?? await freePort();
    server.url = `http://127.0.0.1:${server.port}/`;
    server.tokens = {};
    for (const [name, role] of Object.entries(tokens)) {
      const made = spawnSync(program, ['token', 'add', name, '--role', ...[role].flat(), '--data', server.data], { encoding: 'utf8' });
      if (made.status !== 0) throw new Error(`token add ${name}: ${made.stderr}`);
      server.tokens[name] = made.stdout.trim().split(/\s+/).at(-1);
    }
    await server.launch();
    return server;
  }

  async launch() {
    this.said = '';
    this.child = spawn(program, ['serve', '--http', `127.0.0.1:${this.port}`, ...(this.data ? ['--data', this.data] : []), ...this.args], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr.on('data', (text) => { this.said = (this.said + text).slice(-20000); });
    this.ended = new Promise((done) => this.child.on('exit', (code, signal) => { this.over = true; done(code ?? signal); }));
    this.over = false;
    const end = Date.now() + 20000;
    for (;;) {
      const answer = await fetch(`${this.url}healthz`).catch(() => null);
      if (answer?.ok) return;
      if (this.over || Date.now() > end) throw new Error(`undertone serve did not start:\n${this.said}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** At once, as a power cut would. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async stop({ keep = false } = {}) {
    if (!this.over) this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 8000);
    await this.ended;
    clearTimeout(late);
    if (!keep && this.data) fs.rmSync(this.data, { recursive: true, force: true });
  }

  async api(method, route, { token, body } = {}) {
    const answer = await fetch(`${this.url}api/v1/${route}`, { method, body: body ? JSON.stringify(body) : undefined,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...(token ? { authorization: `Bearer ${token}` } : {}) } });
    return answer.json();
  }
}
