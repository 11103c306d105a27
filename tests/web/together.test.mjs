// SPDX-License-Identifier: MIT
// Two people act on the same alerts at once, at moments that a fixed seed draws, while their pages are reloaded, their
// connections cut and the daemon is killed and started again: nothing is lost, nothing said or done twice.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { test, after } from 'node:test';
import { freePort, program } from './server.mjs';
import { visit, until, close } from './browser.mjs';

const SEED = Number(process.env.SEED ?? 13);
const STEPS = Number(process.env.STEPS ?? 70);
const PATIENCE = 60000;
const data = fs.mkdtempSync(path.join(os.tmpdir(), 'undertone-together-'));
const port = await freePort();
const url = `http://127.0.0.1:${port}/`;
let state = SEED;
/** A whole number below n: the numerical recipes' generator, so that a failure comes again. */
const draw = (n) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor((state / 2 ** 32) * n); };

let daemon;
async function start() {
  const child = spawn(process.env.SUPERVISE_DAEMON ?? 'build/tests/loopback/supervise_daemon', [`data=${data}`, `listen=127.0.0.1:${port}`, 'escalate=0', 'expire=3600'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.match((await lines.next()).value, /^port /);
  daemon = { child, ended: new Promise((done) => child.on('exit', done)), async order(line) {
    child.stdin.write(`${line}\n`);
    assert.equal((await lines.next()).value, `ok ${line}`);
  } };
}
async function kill() {
  daemon.child.kill('SIGKILL');
  await daemon.ended;
}
after(async () => {
  await close();
  await kill();
  fs.rmSync(data, { recursive: true, force: true });
});

const tokens = Object.fromEntries(['ana', 'ben'].map((name) => [name, spawnSync(program, ['token', 'add', name, '--role', 'supervisor', '--data', data], { encoding: 'utf8' }).stdout.trim()]));
const ask = async (route) => (await fetch(`${url}api/v1/${route}`, { headers: { authorization: `Bearer ${tokens.ana}` } })).json();

async function signIn(name) {
  const page = await visit(url);
  await page.fill('input[name=token]', tokens[name]);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.frame');
  return page;
}
const live = (page) => until('live', () => page.evaluate(() => globalThis.undertone?.link.live).catch(() => false), PATIENCE);

/** An act as the page does it: true; the code of the refusal; "away" where nobody knows whether it was done. */
const act = (page, verb, alert, ...more) => page.evaluate(async ([name, ...args]) => {
  const api = await import('/static/api.js');
  return api[name](...args).then(() => true, (error) => error.code);
}, [verb, alert, ...more]).catch(() => 'away'); // The page was reloaded meanwhile.

test(`seed ${SEED}: two people, reloads, cuts and a daemon that is killed`, async () => {
  await start();
  const pages = { ana: await signIn('ana'), ben: await signIn('ben') };
  const names = Object.keys(pages);
  const alerts = new Map(); // What was done with each, as far as the pages were told.
  let doubles = 0;
  const acts = {
    async raise() {
      const call = `c-${alerts.size + 1}`;
      await daemon.order(`start ${call} sales agent-${alerts.size % 5}`);
      await daemon.order(`score ${call} 1 0.9 alert`);
      await daemon.order(`alert ${call} 1 2 raised`);
      alerts.set(`${call}-1`, { acknowledge: [], resolve: [], note: [] });
      await until('on record', async () => (await ask(`alerts/${call}-1`)).alert, PATIENCE); // Of what nobody has heard nothing is promised.
    },
    async both(id) { // The same at the same moment.
      const told = await Promise.all(names.map((name) => act(pages[name], 'acknowledge', id)));
      alerts.get(id).acknowledge.push(...told.map((how, i) => [how, names[i]]));
    },
    async note(id, name) {
      const text = `note ${alerts.get(id).note.length} of ${name} on ${id}`;
      alerts.get(id).note.push([await act(pages[name], 'note', id, text), text]);
    },
    async resolve(id, name) {
      alerts.get(id).resolve.push([await act(pages[name], 'resolve', id, 'helped', ''), name]);
    },
    async reload(id, name) {
      const late = draw(2) ? act(pages[name], 'note', id, 'begun before the reload') : null;
      doubles += await pages[name].evaluate(() => globalThis.undertone?.link.doubles ?? 0).catch(() => 0);
      await pages[name].reload();
      await late;
    },
    async cut(id, name) { await pages[name].evaluate(() => globalThis.undertone?.link.socket?.close()); },
    async restart(id, name) {
      const under = draw(2) ? acts.note(id, name) : null;
      await kill();
      await under;
      await start();
    },
  };
  const bag = ['raise', 'raise', 'both', 'both', 'both', 'note', 'note', 'resolve', 'reload', 'cut', 'restart'];
  for (let i = 0; i < 4; i++) await acts.raise();
  for (let i = 0; i < STEPS; i++) {
    const ids = [...alerts.keys()];
    await acts[bag[draw(bag.length)]](ids[draw(ids.length)], names[draw(2)]);
  }
  for (const page of Object.values(pages)) await live(page);

  const { alerts: stored } = await ask('alerts?state=all&limit=500');
  assert.deepEqual(stored.map((a) => a.alert).sort(), [...alerts.keys()].sort(), 'an alert is lost or doubled');
  for (const [id, told] of alerts) {
    const { life } = await ask(`alerts/${id}/life`);
    const done = (action) => life.filter((entry) => entry.action === action);
    assert.equal(done('raised').length, 1, id);
    for (const [verb, action] of [['acknowledge', 'acknowledged'], ['resolve', 'resolved']]) {
      const yes = told[verb].filter(([how]) => how === true).map(([, name]) => name);
      assert.ok(done(action).length <= 1, `${id} ${action} twice`);
      // Of an alert that is resolved so already, whoever resolves it so is told that it is; it is one person's to see to.
      assert.ok(verb === 'resolve' || new Set(yes).size <= 1, `${id}: ${yes} were both told that it is theirs`);
      if (yes.length) assert.deepEqual(done(action).map((entry) => entry.by), [yes[0]], `${id}: ${action} was told and is lost`);
    }
    for (const [how, text] of told.note) {
      const kept = done('noted').filter((entry) => entry.text === text).length;
      assert.ok(how === true ? kept === 1 : kept <= 1, `${id}: ${text} was answered ${how} and is there ${kept} times`);
    }
  }
  // Both pages show what the record has, each alert once.
  const standing = stored.filter((a) => a.state === 'raised' || a.state === 'acknowledged').map((a) => `${a.alert} ${a.state}`).sort();
  for (const name of names) {
    const shown = () => pages[name].evaluate(() => [...document.querySelectorAll('.alert[data-alert]')].map((item) => `${item.dataset.alert} ${item.dataset.status}`).filter((text) => / (raised|acknowledged)$/.test(text)).sort());
    await until(`${name} sees what stands`, async () => JSON.stringify(await shown()) === JSON.stringify(standing), PATIENCE).catch(async () => assert.deepEqual(await shown(), standing, name));
    doubles += await pages[name].evaluate(() => globalThis.undertone.link.doubles);
    assert.deepEqual(pages[name].wrongs, []);
  }
  assert.equal(doubles, 0, 'a message came twice');
  const acknowledged = [...alerts.values()].flatMap((told) => told.acknowledge);
  console.log(`    ${alerts.size} alerts, ${acknowledged.filter(([how]) => how === true).length} of ${acknowledged.length} acknowledgements taken, ${standing.length} stand`);
});
