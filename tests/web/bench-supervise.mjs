// SPDX-License-Identifier: MIT
// The load of tools/bench-supervise.
import { parseArgs } from 'node:util';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Server, sample } from './server.mjs';
import { connect } from './wire.mjs';
import { visit, close } from './browser.mjs';

const FAR_BEHIND = 20000; // Messages: more than the kernel (4 MiB), the server (256 KiB) and its patience (4096) hold.
const TARGET = { fps: 30, p99_ms: 100 };
const { values } = parseArgs({ options: { calls: { type: 'string', default: '500' }, supervisors: { type: 'string', default: '50' },
  seconds: { type: 'string', default: '20' }, check: { type: 'boolean', default: false } } });
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
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Latencies in whole milliseconds: a count for each. */
const latency = new Uint32Array(10001);
let messages = 0;
let measuring = false;

function take(text) {
  // Only what is needed: a parser's time would count as the server's.
  const at = text.indexOf('"time_ms":');
  if (!measuring || at < 0 || text.includes('"type":"snapshot"', at)) return;
  const late = Date.now() - Number.parseInt(text.slice(at + 10, at + 24), 10);
  latency[Math.min(Math.max(late, 0), 10000)]++;
  messages++;
}

function share(q) {
  let left = Math.ceil(messages * q);
  for (let ms = 0; ms < latency.length; ms++) {
    left -= latency[ms];
    if (left <= 0) return ms;
  }
  return latency.length - 1;
}

const cpu = (pid) => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

const metric = async (server, name) => {
  const text = await (await fetch(`${server.url}metrics`)).text();
  return Number(text.match(new RegExp(`^${name} (\\S+)`, 'm'))?.[1] ?? NaN);
};

/** Frames of the page while it is looked at. */
const frames = (page, ms) => page.evaluate((length) => new Promise((tell) => {
  const gaps = [];
  let last = performance.now();
  const end = last + length;
  const step = (now) => {
    gaps.push(now - last);
    last = now;
    if (now < end) requestAnimationFrame(step);
    else {
      gaps.shift();
      gaps.sort((a, b) => a - b);
      tell({ fps: 1000 * gaps.length / gaps.reduce((a, b) => a + b, 0), p95_ms: gaps[Math.floor(gaps.length * 0.95)], worst_ms: gaps.at(-1) });
    }
  };
  requestAnimationFrame(step);
}), ms);

async function main() {
  const server = await Server.start({ args: ['--demo', sample('calm-en'), sample('calm-es'), sample('escalating-en'), sample('escalating-es'),
    '--demo-calls', String(calls), '--max-calls', String(calls + 10), '--log-level', 'warn'] });
  const peers = [];
  try {
    const page = await visit(server.url);
    for (let i = 0; i < supervisors - 2; i++) peers.push(await connect(server.port, '/ws', { onText: take }));
    await wait(23000);
    const silent = spawn('python3', [path.join(path.dirname(fileURLToPath(import.meta.url)), 'silent-supervisor.py'), String(server.port)], { stdio: ['pipe', 'pipe', 'inherit'] });
    peers.push({ close: () => silent.kill() });
    const lines = createInterface({ input: silent.stdout })[Symbol.asyncIterator]();
    await lines.next(); // It reads no more.
    const cards = await page.locator('.card').count();
    measuring = true;
    const before = cpu(server.child.pid);
    const begin = Date.now();
    const messagesBefore = await metric(server, 'undertone_messages_total');
    const skippedBefore = await metric(server, 'undertone_supervisors_skipped_total');
    const fps = await frames(page, seconds * 1000);
    const heardAt = (Date.now() - begin) / 1000;
    measuring = false;
    // The silent one must fall far enough behind to be skipped; that is found when it reads again.
    const behind = async () => (await metric(server, 'undertone_messages_total')) - messagesBefore;
    for (let more = 0; more < 60 && (await behind()) < FAR_BEHIND; more++) await wait(1000);
    const took = (Date.now() - begin) / 1000;
    const used = cpu(server.child.pid) - before;
    silent.stdin.write('read\n');
    const told = JSON.parse((await lines.next()).value);
    const result = {
      calls, cards, supervisors, seconds: Number(took.toFixed(1)),
      page: { fps: Number(fps.fps.toFixed(1)), frame_p95_ms: Number(fps.p95_ms.toFixed(1)), frame_worst_ms: Number(fps.worst_ms.toFixed(1)), doubles: await page.evaluate(() => undertone.link.doubles) },
      messages_per_s: Math.round(messages / heardAt), latency_ms: { p50: share(0.5), p99: share(0.99), p999: share(0.999), worst: share(1) },
      silent: { skipped: (await metric(server, 'undertone_supervisors_skipped_total')) - skippedBefore, told: told.skips, snapshots: told.snapshots },
      server: { cpu_cores: Number((used / took).toFixed(2)) },
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
