// SPDX-License-Identifier: MIT
// The page with the real server and demo calls: from sign-in to the outcome of an alert, over lost
// connections and a killed server.
import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { Server, sample } from './server.mjs';
import { visit, shot, accessible, until, close } from './browser.mjs';

const DEMO = ['--demo', sample('escalating-en'), sample('escalating-es'), '--demo-calls', '4', '--threshold', '0.2'];
const PATIENCE = 150000; // A sample escalates within a minute; a busy machine plays it slower.
let server;

before(async () => {
  server = await Server.start({ args: DEMO, tokens: { ana: 'supervisor', ben: 'supervisor', vera: 'viewer', root: 'admin' } });
});
after(async () => {
  await close();
  await server?.stop();
});

async function signIn(name, how) {
  const page = await visit(server.url, how);
  await page.fill('input[name=token]', server.tokens[name]);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.frame');
  await until('live', () => page.evaluate(() => document.querySelector('.link-state').dataset.link === 'live'));
  return page;
}

const leave = async (...pages) => {
  for (const page of pages) {
    assert.deepEqual(page.wrongs, []);
    await page.context().close();
  }
};

/** Notes in the page when each alert's item appeared, by the machine's clock. */
const watchAlerts = (page) => page.evaluate(() => {
  globalThis.appeared = {};
  const look = () => {
    for (const item of document.querySelectorAll('.alert[data-alert]'))
      globalThis.appeared[item.dataset.alert] ??= Date.now();
  };
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
});

test('a wrong token is refused, and a stranger sees nothing', async () => {
  const page = await visit(server.url);
  await page.fill('input[name=token]', 'undertone-wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.error-text:visible');
  for (const path of ['api/v1/calls', 'api/v1/alerts', 'metrics', 'events'])
    assert.equal((await fetch(server.url + path)).status, 401, path);
  await leave(page);
});

test('the link of the first start opens the page as administrator, once', async () => {
  const first = await Server.start();
  const key = first.said.match(/#key=(\S+)/)[1];
  const page = await visit(`${first.url}#key=${key}`);
  await page.waitForSelector('.frame');
  assert.equal(new URL(page.url()).hash.includes(key), false, 'the key stays in the address');
  assert.equal((await page.evaluate(() => fetch('api/v1/session').then((r) => r.json()))).role, 'admin');
  const late = await visit(`${first.url}#key=${key}`);
  await late.waitForSelector('input[name=token]');
  for (const one of [page, late]) await one.context().close();
  await first.stop();
});

test('a demo call escalates; the alert is seen at once, answered in one window and seen in another', async () => {
  const ana = await signIn('ana');
  const ben = await signIn('ben', { lang: 'es-ES' });
  await ana.waitForSelector('.card', { timeout: 20000 });
  await watchAlerts(ana);
  await watchAlerts(ben);
  const states = new Set();
  const first = ana.locator('.alert[data-status=raised]').first();
  await until('an alert', async () => {
    for (const state of await ana.locator('.card').evaluateAll((cards) => cards.map((card) => card.dataset.state))) states.add(state);
    return first.isVisible();
  }, PATIENCE, 100);
  assert.ok(states.has('calm'), `states seen before the alert: ${[...states]}`);
  const id = await first.getAttribute('data-alert');
  const item = ana.locator(`[data-alert="${id}"]`); // More may be raised while this one is looked at.
  const alert = await server.api('GET', `alerts/${id}`, { token: server.tokens.ana });
  for (const page of [ana, ben]) {
    const at = await until('the alert in both windows', () => page.evaluate((a) => globalThis.appeared[a], id));
    assert.ok(at - alert.raised_ms < 1000, `shown ${at - alert.raised_ms} ms after its event`);
    console.log(`    shown ${at - alert.raised_ms} ms after its event`);
  }
  assert.match(await item.innerText(), /(semitones|vocal effort|faster|harsher|livelier|voice as a whole)/i);
  await shot(ana, 'live-alert-standing');
  await accessible(ana, 'alert standing');
  await item.locator('[data-act=acknowledge]').click();
  const other = ben.locator(`[data-alert="${id}"]`);
  await until('seen in the other window', async () => (await other.getAttribute('data-status')) === 'acknowledged', 10000);
  assert.match(await other.innerText(), /ana se ocupa/);
  await shot(ben, 'live-acknowledged-spanish');
  // Ben is too late; he is told, and by whom.
  const refused = await server.api('POST', `alerts/${id}/acknowledge`, { token: server.tokens.ben, body: {} });
  assert.equal(refused.error.code, 'conflict');
  // A note of one is read by the other; the state survives a reload.
  await ana.locator(`[data-alert="${id}"] [data-act=note]`).click();
  await ana.fill('dialog textarea', 'I listen in');
  await ana.click('dialog button[type=submit]');
  await until('the note', async () => (await other.innerText()).includes('I listen in'), 10000);
  await ana.reload();
  const again = ana.locator(`[data-alert="${id}"]`);
  await until('the state after the reload', async () => (await again.getAttribute('data-status')) === 'acknowledged' && /I listen in/.test(await again.innerText()));
  await again.locator('[data-act=resolve]').click();
  await ana.keyboard.press('1');
  await until('resolved for both', async () => (await other.getAttribute('data-status')) === 'resolved', 10000);
  const life = await server.api('GET', `alerts/${id}/life`, { token: server.tokens.ana });
  const acts = life.life.map((entry) => entry.action).filter((action) => action !== 'cleared' && action !== 'escalated'); // In 30 s a slow machine is late.
  assert.deepEqual(acts, ['raised', 'acknowledged', 'noted', 'resolved']);
  await leave(ana, ben);
});

test("a call's page draws its timeline and goes on growing", async () => {
  const page = await signIn('ana');
  const young = await until('a call that goes on for a while', async () => (await server.api('GET', 'calls', { token: server.tokens.ana })).calls.find((c) => c.t > 5 && c.t < 30), PATIENCE, 500);
  await page.locator(`.card[data-call="${young.call}"] a`).click();
  await page.waitForSelector('.chart-stress canvas');
  const title = await page.textContent('.call-title h1');
  assert.match(title, /·/);
  await page.click('summary:has-text("table")');
  const rows = () => page.locator('.list tbody tr').count();
  const before = await rows();
  await until('the table grows', async () => (await rows()) > before, 20000);
  assert.doesNotMatch(await page.innerText('.call-page'), /null|undefined|NaN/);
  await shot(page, 'live-call');
  await accessible(page, "a call's page");
  await leave(page);
});

test('history, outcome, thresholds and system hold what the server has', async () => {
  const page = await signIn('root');
  await until('a call has ended', async () => (await server.api('GET', 'calls?state=ended', { token: server.tokens.root })).calls.length > 0, PATIENCE, 500);
  await page.click('.nav a[data-page=history]');
  await page.waitForSelector('[data-page=history] tbody tr');
  await shot(page, 'live-history');
  await accessible(page, 'history');
  await page.click('tbody tr a');
  await page.waitForSelector('.chart-stress canvas');
  assert.doesNotMatch(await page.innerText('.call-page'), /null|undefined|NaN/);
  await shot(page, 'live-ended-call');
  await page.click('.nav a[data-page=outcome]');
  await page.waitForSelector('[data-page=outcome] tbody tr');
  await shot(page, 'live-outcome');
  await accessible(page, 'outcome');
  await page.click('.nav a[data-page=rules]');
  await page.click('table button:has-text("Change")');
  await page.locator('dialog input[type=range]').fill('100');
  await shot(page, 'live-threshold');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  await until('set', async () => (await page.textContent('tbody tr')).includes('root'));
  await page.click('table button:has-text("default")');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.goto(`${server.url}#/system`);
  await page.waitForSelector('[data-page=system] tbody tr');
  await shot(page, 'live-system');
  await leave(page);
});

test('a viewer sees, and is offered nothing to do', async () => {
  const page = await signIn('vera');
  await page.waitForSelector('.card', { timeout: 20000 });
  await page.waitForSelector('.alert[data-status=raised]', { timeout: PATIENCE });
  assert.equal(await page.locator('.nav a[data-page=rules]').count(), 0);
  assert.equal(await page.locator('[data-act]:visible').count(), 0);
  await leave(page);
});

test('with the keyboard alone: from sign-in to the acknowledged alert and the call', async () => {
  const page = await signIn('ben');
  await page.waitForSelector('.alert[data-status=raised]', { timeout: PATIENCE });
  const id = await page.getAttribute('.alert[data-status=raised]', 'data-alert');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Skip to the alerts/);
  await page.keyboard.press('Enter');
  let at = [];
  for (let i = 0; i < 200 && !(at[0] === 'acknowledge' && at[1] === id); i++) { // Others may have been raised before it.
    await page.keyboard.press('Tab');
    at = await page.evaluate(() => [document.activeElement.dataset.act, document.activeElement.closest('.alert')?.dataset.alert]);
  }
  assert.deepEqual(at, ['acknowledge', id]);
  assert.ok(await page.evaluate(() => document.activeElement.matches(':focus-visible')));
  await shot(page, 'live-keyboard');
  await page.keyboard.press('Enter');
  await until('acknowledged', async () => (await page.getAttribute(`[data-alert="${id}"]`, 'data-status')) === 'acknowledged', 10000);
  await until('two calls', async () => (await page.locator('.card').count()) >= 2, 30000);
  await page.evaluate(() => document.querySelector('.card a[tabindex="0"]').focus());
  await page.keyboard.press('Home');
  const first = await page.evaluate(() => document.activeElement.closest('.card').dataset.call);
  await page.keyboard.press('ArrowRight');
  const second = await page.evaluate(() => document.activeElement.closest('.card').dataset.call);
  assert.notEqual(first, second);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.call-title');
  assert.ok(page.url().includes(encodeURIComponent(second)));
  await leave(page);
});

test('on a phone of 390 pixels, in Spanish and in the dark', async () => {
  const page = await signIn('ana', { width: 390, height: 844, lang: 'es-ES', dark: true });
  await page.waitForSelector('.card', { timeout: 20000 });
  await shot(page, 'live-phone-spanish');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 390));
  assert.match(await page.textContent('.nav'), /En vivo/);
  await accessible(page, 'phone');
  await leave(page);
});

test('a cut connection comes back without gaps and doubles', async () => {
  const page = await signIn('ana');
  await page.waitForSelector('.card', { timeout: 20000 });
  await page.evaluate(() => {
    globalThis.seen = {};
    globalThis.ids = [];
    const take = undertone.link.onMessage;
    undertone.link.onMessage = (m) => {
      if (m.event.type === 'score') {
        (globalThis.seen[m.event.call] ??= []).push(m.event.t);
        globalThis.ids.push(m.id);
      }
      take(m);
    };
  });
  const heard = (n) => until(`${n} scores`, () => page.evaluate((least) => globalThis.ids.length >= least, n), 30000);
  await heard(5);
  await page.evaluate(() => undertone.link.socket.close());
  await until('live again', () => page.evaluate(() => undertone.link.live), 8000);
  await heard(20);
  const { seen, ids, doubles } = await page.evaluate(() => ({ seen: globalThis.seen, ids: globalThis.ids, doubles: undertone.link.doubles }));
  assert.ok(Object.keys(seen).length > 0);
  for (const [call, times] of Object.entries(seen))
    times.forEach((t, i) => { if (i) assert.ok(Math.abs(t - times[i - 1] - 1) < 0.05, `${call}: ${times[i - 1]} then ${t}`); });
  assert.deepEqual(ids, [...new Set(ids)].sort((a, b) => a - b));
  assert.equal(doubles, 0);
  await leave(page);
});

test('a killed server is said, and the page goes on when it is back', async () => {
  const page = await signIn('ana');
  await page.waitForSelector('.card', { timeout: 20000 });
  const open = await server.api('GET', 'alerts?state=all', { token: server.tokens.ana });
  await server.kill();
  await page.waitForSelector('.banner:visible');
  await shot(page, 'live-connection-lost');
  await server.launch();
  await until('live again', () => page.evaluate(() => document.querySelector('.link-state')?.dataset.link === 'live'), 15000);
  await page.waitForSelector('.card', { timeout: 20000 });
  assert.ok(await page.locator('.banner').isHidden());
  const now = await server.api('GET', 'alerts?state=all', { token: server.tokens.ana });
  const ids = new Set(now.alerts.map((a) => a.alert));
  for (const alert of open.alerts) assert.ok(ids.has(alert.alert), `${alert.alert} was lost`);
  await leave(page);
});
