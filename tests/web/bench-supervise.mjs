// SPDX-License-Identifier: MIT
// The load of tools/bench-supervise.
import { parseArgs } from 'node:util';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Server, sample } from './server.mjs';
import { connect } from './wire.mjs';
import { visit, close } from './browser.mjs';

const FAR_BEHIND = 8000; // Messages: more than the kernel (256 KiB), the server (256 KiB) and its patience (4096) hold.
const FILLING_MS = 23000;
const SCROLL_S = 5;
const TARGET = { fps: 30, p99_ms: 100 };
const OPTIONS = { calls: { type: 'string', default: '500' }, supervisors: { type: 'string', default: '50' },
  seconds: { type: 'string', default: '20' }, check: { type: 'boolean', default: false }, teams: { type: 'boolean', default: false } };
const options = () => {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (e) {
    console.error(`bench-supervise: ${e.message.split('\n')[0]}; --help tells the options`);
    return process.exit(2);
  }
};
const values = options();
const number = (name, least, most) => {
  const n = Number(values[name]);
  if (!Number.isInteger(n) || n < least || n > most) {
    console.error(`bench-supervise: --${name} must be a whole number between ${least} and ${most}`);
    process.exit(2);
  }
  return n;
};
const calls = number('calls', 1, 2000);
const supervisors = number('supervisors', 3, 180);
const seconds = number('seconds', 5, 120);
// Those of the demo. With --teams each supervisor has one, but for the page and the silent one, who see all.
const QUEUES = ['Billing', 'Claims', 'Technical support', 'Cancellations'];
const TOKENS = { all: 'supervisor', ...Object.fromEntries(QUEUES.map((queue, i) => [`team${i}`, ['supervisor', '--queue', queue]])) };
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Latencies in whole milliseconds: a count for each. */
const latency = new Uint32Array(10001);
let messages = 0;
let measuring = false;

const MARK = Buffer.from('"time_ms":');
const SNAPSHOT = Buffer.from('"type":"snapshot"');

/** Only what is needed, of the bytes as they came: a parser's time would count as the server's. */
function take(bytes) {
  if (!measuring) return;
  const now = Date.now();
  if (bytes.subarray(0, 300).includes(SNAPSHOT)) return;
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 10)) {
    let then = 0;
    for (let i = at + 10; bytes[i] >= 48 && bytes[i] < 58; i++) then = then * 10 + bytes[i] - 48;
    latency[Math.min(Math.max(now - then, 0), 10000)]++;
    messages++;
  }
}

function share(q) {
  let left = Math.ceil(messages * q);
  for (let ms = 0; ms < latency.length; ms++) {
    left -= latency[ms];
    if (left <= 0) return ms;
  }
  return latency.length - 1;
}

/** Seconds of CPU so far, by whose they are: the page's browser; the server's hub, which serves the page and
 *  the supervisors; its threads that score and store; the supervisors that this process plays. */
function cpu(server) {
  const used = { page: 0, hub: 0, scoring: 0, load: 0 };
  const seconds = (file) => {
    const stat = fs.readFileSync(file, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), s: (Number(fields[11]) + Number(fields[12])) / 100 };
  };
  const parents = new Map();
  const all = new Map();
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const { parent, s } = seconds(`/proc/${pid}/stat`);
      parents.set(Number(pid), parent);
      all.set(Number(pid), s);
    } catch { /* It has ended. */ }
  }
  // Everything below this process is the bench's: the browser, but for the server and the silent one.
  const mine = (pid) => pid === process.pid || (parents.has(pid) && mine(parents.get(pid)));
  for (const [pid, s] of all) {
    if (!mine(pid) || pid === server) continue;
    used[pid === process.pid ? 'load' : 'page'] += s;
  }
  for (const id of fs.readdirSync(`/proc/${server}/task`)) {
    used[Number(id) === server ? 'hub' : 'scoring'] += seconds(`/proc/${server}/task/${id}/stat`).s;
  }
  return used;
}

const metric = async (server, name) => {
  const headers = values.teams ? { Authorization: `Bearer ${server.tokens.all}` } : {};
  const text = await (await fetch(`${server.url}metrics`, { headers })).text();
  return Number(text.match(new RegExp(`^${name} (\\S+)`, 'm'))?.[1] ?? NaN);
};

/** Frames of the page while it is looked at, or scrolled up and down. */
const frames = (page, ms, scroll) => page.evaluate(([length, scrolling]) => new Promise((tell) => {
  const gaps = [];
  let last = performance.now();
  const end = last + length;
  const step = (now) => {
    gaps.push(now - last);
    last = now;
    if (scrolling) scrollBy({ top: (end - now) % 2000 > 1000 ? 40 : -40, behavior: 'instant' });
    if (now < end) requestAnimationFrame(step);
    else {
      gaps.shift();
      gaps.sort((a, b) => a - b);
      tell({ fps: 1000 * gaps.length / gaps.reduce((a, b) => a + b, 0), p95_ms: gaps[Math.floor(gaps.length * 0.95)], worst_ms: gaps.at(-1) });
    }
  };
  requestAnimationFrame(step);
}), [ms, scroll]);

async function main() {
  const server = await Server.start({ ...(values.teams ? { tokens: TOKENS } : { data: null }), args: ['--demo', sample('calm-en'), sample('calm-es'), sample('escalating-en'), sample('escalating-es'),
    '--demo-calls', String(calls), '--max-calls', String(calls + 10), '--log-level', 'warn'] });
  const peers = [];
  try {
    const page = await visit(server.url);
    if (values.teams) {
      await page.fill('input[name=token]', server.tokens.all);
      await page.keyboard.press('Enter');
    }
    for (let i = 0; i < supervisors - 2; i++) peers.push(await connect(server.port, '/ws?batch=1', { raw: true, onText: take, token: server.tokens[`team${i % QUEUES.length}`] }));
    await wait(FILLING_MS);
    const silent = spawn('python3', [path.join(path.dirname(fileURLToPath(import.meta.url)), 'silent-supervisor.py'), String(server.port), server.tokens.all ?? ''], { stdio: ['pipe', 'pipe', 'inherit'] });
    peers.push({ close: () => silent.kill() });
    const lines = createInterface({ input: silent.stdout })[Symbol.asyncIterator]();
    await lines.next(); // It reads no more.
    const cards = await page.evaluate(() => undertone.calls);
    const load = os.loadavg()[0];
    measuring = true;
    const before = cpu(server.child.pid);
    const begin = Date.now();
    const messagesBefore = await metric(server, 'undertone_messages_total');
    const skippedBefore = await metric(server, 'undertone_supervisors_skipped_total');
    const fps = await frames(page, seconds * 1000);
    const heardAt = (Date.now() - begin) / 1000;
    measuring = false;
    const after = cpu(server.child.pid);
    const scrolled = await frames(page, SCROLL_S * 1000, true);
    // The silent one must fall far enough behind to be skipped; that is found when it reads again.
    const behind = async () => (await metric(server, 'undertone_messages_total')) - messagesBefore;
    for (let more = 0; more < 60 && (await behind()) < FAR_BEHIND; more++) await wait(1000);
    const took = (Date.now() - begin) / 1000;
    const cores = (part) => Number(((after[part] - before[part]) / heardAt).toFixed(2));
    silent.stdin.write('read\n');
    const told = JSON.parse((await lines.next()).value);
    const result = {
      calls, cards, supervisors, teams: values.teams, seconds: Number(took.toFixed(1)),
      page: { fps: Number(fps.fps.toFixed(1)), frame_p95_ms: Number(fps.p95_ms.toFixed(1)), frame_worst_ms: Number(fps.worst_ms.toFixed(1)), scrolled_fps: Number(scrolled.fps.toFixed(1)), doubles: await page.evaluate(() => undertone.link.doubles) },
      messages_per_s: Math.round(messages / heardAt), latency_ms: { p50: share(0.5), p99: share(0.99), p999: share(0.999), worst: share(1) },
      silent: { skipped: (await metric(server, 'undertone_supervisors_skipped_total')) - skippedBefore, told: told.skips, snapshots: told.snapshots },
      cpu_cores: { page: cores('page'), hub: cores('hub'), scoring: cores('scoring'), load: cores('load') },
      load_before: Number(load.toFixed(1)),
    };
    console.log(JSON.stringify(result, null, 1));
    const misses = [];
    if (result.page.fps < TARGET.fps) misses.push(`fps ${result.page.fps} < ${TARGET.fps}`);
    if (result.latency_ms.p99 > TARGET.p99_ms) misses.push(`p99 ${result.latency_ms.p99} ms > ${TARGET.p99_ms}`);
    if (result.silent.skipped < 1 || result.silent.told < 1) misses.push('the silent supervisor was not skipped');
    if (messages === 0) misses.push('no message came');
    if (values.check && misses.length) {
      console.error(`bench-supervise: missed: ${misses.join('; ')}`);
      process.exitCode = 1;
    }
  } finally {
    for (const peer of peers) peer.close();
    await close();
    await server.stop();
  }
}

await main();
