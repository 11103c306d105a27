// SPDX-License-Identifier: MIT
// A supervisor's day against the double of the server: whose alerts, in which order, what is quiet, whether it
// rings, and who may.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test, after } from 'node:test';
import { Mock } from './mock-server.mjs';
import { visit, shot, accessible, until, close } from './browser.mjs';

const mocks = [];
async function serve(options) {
  const mock = new Mock({ alerts: false, rate: 0.05, ...options });
  mock.url = `http://127.0.0.1:${await mock.listen(0)}/`;
  mock.start();
  mocks.push(mock);
  return mock;
}
after(async () => {
  await close();
  await Promise.all(mocks.map((m) => m.stop()));
});
const done = async (page) => {
  assert.deepEqual(page.wrongs, []);
  await page.context().close();
};
const script = (name) => import('data:text/javascript,' +
  encodeURIComponent(fs.readFileSync(new URL(`../../src/supervise/web/${name}`, import.meta.url), 'utf8')));
const ids = (page) => page.locator('.tray .alert[data-alert]').evaluateAll((list) => list.map((n) => n.dataset.alert));
const rung = (page) => page.evaluate(async () => (await import('/static/ring.js')).rung.map((r) => r.alert));
const chimed = (page) => page.evaluate(async () => (await import('/static/ring.js')).chimed());

const busy = async () => {
  const mock = await serve({ calls: 12 });
  for (let i = 1; i <= 6; i++) mock.raise(mock.calls.get(`demo-000${i}`));
  mock.alerts.get('demo-0003-1').escalated = true;
  mock.hush({ kind: 'agent', name: 'Eva Lindqvist', minutes: 30, why: 'training' });
  return mock;
};
const looks = [
  { name: 'day-tray', at: '', ready: '.quiets', pick: true },
  { name: 'day-tray-dark-vi', at: '', ready: '.quiets', pick: true, how: { dark: true, lang: 'vi-VN' } },
  { name: 'day-tray-phone', at: '', ready: '.quiets', how: { width: 390, height: 844, lang: 'es-ES' } },
  { name: 'day-zoom', at: '', ready: '.quiets', how: { width: 720, height: 450 } }, // 200 % of 1440 x 900.
  { name: 'day-zoom-400', at: '', ready: '.quiets', how: { width: 360, height: 225 } },
  { name: 'day-past', at: '#/past', ready: 'tbody tr' },
  { name: 'day-past-phone-es', at: '#/past', ready: 'tbody tr', how: { width: 390, height: 844, lang: 'es-ES' } },
  { name: 'day-shift', at: '#/shift', ready: '.stack tbody tr' },
  { name: 'day-shift-phone-dark-vi', at: '#/shift', ready: '.stack tbody tr', how: { width: 390, height: 844, dark: true, lang: 'vi-VN' } },
  { name: 'day-access', at: '#/access', ready: 'tbody tr' },
  { name: 'day-access-phone-dark', at: '#/access', ready: 'tbody tr', how: { width: 390, height: 844, dark: true, lang: 'vi-VN' } },
  { name: 'day-filtered', at: '#/wall/?states=calm&queue=Billing', ready: '.wall-some' },
];
for (const { name, at, ready, pick, how = {} } of looks) {
  test(`looks: ${name}`, async () => {
    const mock = await busy();
    const page = await visit(mock.url + at, how);
    await page.waitForSelector(ready, { state: 'attached' });
    if (pick) await page.check('.alert-pick >> nth=1');
    await page.waitForTimeout(300);
    await shot(page, name);
    await accessible(page, name);
    const wide = await page.evaluate(() => [...document.querySelectorAll('body *')].filter((n) => n.getBoundingClientRect().right > innerWidth + 1 && !n.closest('.scroll, .sr, .symbols')).slice(0, 4).map((n) => `${n.tagName}.${n.className}`));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `nothing sticks out to the right: ${wide}`);
    assert.doesNotMatch(await page.innerText('body'), /\b(undefined|NaN|ring\.|quiet\.|bulk\.|access\.|past\.|shift\.|explain\.)[a-z]/);
    await done(page);
    await mock.stop();
  });
}

test('alerts are in the order of need', async () => {
  const { sort } = await script('need.js');
  const alert = (id, more) => ({ alert: id, call: id, state: 'raised', raised_ms: 1000, escalated: false, severity: 'medium', assigned_to: null, acknowledged_by: null, ...more });
  const list = [alert('old', { raised_ms: 1 }), alert('new'), alert('urgent', { severity: 'high' }), alert('mine', { assigned_to: 'ana', raised_ms: 9000 }),
    alert('escalated', { escalated: true }), alert('escalated-high', { escalated: true, severity: 'high' }), alert('taken', { state: 'acknowledged', acknowledged_by: 'ben' }),
    alert('my-own', { state: 'acknowledged', acknowledged_by: 'ana' }), alert('ended'), alert('hushed', { escalated: true })];
  const parts = sort(list, 'ana', (a) => a.alert !== 'ended', (a) => a.alert === 'hushed');
  assert.deepEqual(parts.now.map((a) => a.alert), ['mine', 'escalated-high', 'escalated', 'urgent', 'old', 'new', 'my-own', 'taken']);
  assert.deepEqual([parts.over, parts.quiet].map((l) => l.map((a) => a.alert)), [['ended'], ['hushed']]);
});

test('an alert of a call that is over stands apart, and what is quiet does not ring', async () => {
  const mock = await serve({ calls: 4 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  const first = mock.raise(mock.calls.get('demo-0001'));
  const second = mock.raise(mock.calls.get('demo-0002'));
  await until('both', async () => (await ids(page)).length === 2);
  assert.deepEqual(await ids(page), [first.alert, second.alert], 'the one that has waited longest is first');
  mock.calls.delete('demo-0001');
  mock.send({ type: 'call', call: 'demo-0001', phase: 'ended', state: { call: 'demo-0001' } });
  await until('set apart', async () => (await ids(page)).join() === [second.alert, first.alert].join());
  assert.match(await page.innerText('.tray-list'), /Call is over, alert is not/);
  await page.locator(`[data-alert="${second.alert}"] [data-act=quiet]`).click();
  assert.deepEqual((await page.locator('dialog option').allInnerTexts()).slice(0, 4), ['5 minutes', '15 minutes', '30 minutes', '1 hour']);
  await page.check('dialog input[value=queue]');
  await page.fill('dialog input[name=why]', 'line fault');
  await accessible(page, 'snooze');
  await shot(page, 'day-snooze');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('.quiets');
  assert.match(await page.innerText('.quiets'), /The queue Claims: quiet until .*\(ana\): line fault/);
  const hushed = mock.raise(mock.calls.get('demo-0002'));
  const loud = mock.raise(mock.calls.get('demo-0003'));
  await until('both are there', async () => (await ids(page)).includes(hushed.alert) && (await ids(page)).includes(loud.alert));
  assert.deepEqual(await rung(page), [first.alert, second.alert, loud.alert]);
  await until('the title counts what rings', async () => /^\(2\)/.test(await page.title()));
  await page.click('.quiets button');
  await until('quiet no more', async () => (await page.locator('.quiets').count()) === 0);
  await done(page);
});

test('several alerts are acted on at once; what was refused is told', async () => {
  const mock = await serve({ calls: 9 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  for (let i = 1; i <= 5; i++) mock.raise(mock.calls.get(`demo-000${i}`));
  await until('five', async () => (await ids(page)).length === 5);
  await page.check('.alert-pick >> nth=0');
  await page.click('[data-bulk=all]');
  await until('five are chosen', async () => /5 chosen/.test(await page.innerText('.bulk')));
  await accessible(page, 'several chosen');
  await page.route('**/alerts/demo-0004-1/acknowledge', (route) => route.fulfill({ status: 409, contentType: 'application/json', body: JSON.stringify({ error: { code: 'conflict', message: 'ben has it', remedy: 'Look.' } }) }));
  await page.click('[data-bulk=acknowledge]');
  await until('told', async () => /4 alerts done\. 1 was refused:/.test(await page.innerText('.bulk')));
  assert.equal([...mock.alerts.values()].filter((a) => a.state === 'acknowledged').length, 4);
  await page.click('[data-bulk=resolve]');
  assert.equal(await page.locator('dialog input[name=outcome]:checked').count(), 0, 'no answer is given before');
  await page.check('dialog input[value=no_action]');
  await page.click('dialog button[type=submit]');
  await until('all are resolved', () => [...mock.alerts.values()].every((a) => a.state === 'resolved' && a.outcome === 'no_action'));
  await page.waitForSelector('.bulk', { state: 'hidden' });
  await done(page);
});

test('a shift hands over what stands, what is quiet and what was noted', async () => {
  const mock = await busy();
  const noted = mock.alerts.get('demo-0002-1');
  mock.alerts.set(noted.alert, { ...noted, state: 'resolved', outcome: 'helped', notes: [{ time_ms: Date.now(), by: 'ben', text: 'calls back at four' }] });
  const page = await visit(mock.url + '#/shift');
  await page.waitForSelector('.stack tbody tr');
  const part = (n) => page.innerText(`.stack section >> nth=${n}`);
  await until('noted', async () => /ben: calls back at four/.test(await part(2)));
  assert.equal(await page.locator('.stack section >> nth=0 >> tbody tr').count(), 5);
  assert.match(await part(1), /All calls of Eva Lindqvist.*ana.*training/s);
  assert.match(await page.innerText('.zone'), /^Times: .+GMT/);
  mock.hush({ kind: 'agent', name: 'Eva Lindqvist', minutes: 0 });
  mock.raise(mock.calls.get('demo-0007'));
  await until('it follows', async () => (await page.locator('.stack section >> nth=0 >> tbody tr').count()) === 6 && /Nothing is quiet/.test(await part(1)));
  await accessible(page, 'hand-over');
  await done(page);
});

test('a note that was begun is kept over a reload, until it is sent', async () => {
  const mock = await serve({ calls: 3 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  const one = mock.raise(mock.calls.get('demo-0001'));
  const open = (id) => page.locator(`[data-alert="${id}"] [data-act=note]`).click();
  await page.waitForSelector('.alert');
  await open(one.alert);
  await page.fill('dialog textarea', 'the invoice of');
  await page.reload();
  await page.waitForSelector('.alert');
  await open(one.alert);
  assert.equal(await page.inputValue('dialog textarea'), 'the invoice of');
  await page.click('dialog button[type=submit]');
  await until('sent', () => mock.alerts.get(one.alert).notes.length === 1);
  await page.waitForSelector('dialog', { state: 'detached' });
  await open(one.alert);
  assert.equal(await page.inputValue('dialog textarea'), '');
  await page.keyboard.press('Escape');
  await done(page);
});

test('words of the trade are explained where they stand', async () => {
  const mock = await serve({ calls: 3 });
  const page = await visit(mock.url + '#/call/demo-0001');
  await page.waitForSelector('.call-page .dygraph-axis-label');
  await page.click('[aria-label="What does “Arousal %” mean?"]');
  assert.match(await page.innerText('.term-text:popover-open'), /How excited the voice is/);
  await page.waitForTimeout(1200); // The number beside it goes on.
  assert.equal(await page.locator('.term-text:popover-open').count(), 1);
  await accessible(page, 'explained');
  await shot(page, 'day-explained');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.term-text:popover-open').count(), 0);
  await page.goto(`${mock.url}#/outcome`);
  await page.click('.glossary summary');
  assert.match(await page.innerText('.glossary'), /worst moment and the end/);
  await accessible(page, 'glossary');
  await done(page);
});

test('trends by day and hour, of all queues or one, with a last row for all', async () => {
  const mock = await serve({ calls: 3 });
  const page = await visit(mock.url + '#/outcome');
  const cells = () => page.locator('section:has(h2:text-is("Over time")) tr').evaluateAll((rows) => rows.map((r) => [...r.cells].map((c) => c.innerText.trim())));
  await until('there', async () => (await cells()).length === 5);
  const [, first, , , last] = await cells();
  assert.deepEqual(first.slice(0, 3), ['Sat 28 Nov', '40', '50']);
  assert.deepEqual([last[0], last[1], last[2], last[5], last[7]], ['All', '123', '60', '18', '14 s']);
  assert.deepEqual([first, last].map((r) => r.at(-1).replace(/\s+/g, ' ')), ['75% [30, 95]', '75% [47, 91]']);
  await page.selectOption('[aria-label="By day or hour"]', 'hour');
  await until('by hour', async () => (await cells())[1]?.[0] === '08:00');
  await page.selectOption('section:has(h2:text-is("Over time")) [aria-label="Queue"]', 'Billing');
  await until('one queue', async () => (await cells()).at(-1)?.[1] === '30');
  await accessible(page, 'trends');
  await shot(page, 'day-trends');
  await done(page);
});

test("what the server says is wrong is told in the reader's language, with its names", async () => {
  const mock = await serve({ calls: 2 });
  mock.problems = [{ code: 'channel_down', message: 'Alerts do not get through to webhook:1: it is away.', remedy: 'Look at the receiver.', since_ms: Date.now() },
    { code: 'rtpengine_down', message: 'rtpengine at 10.0.0.9 does not answer.', remedy: 'Start it.', since_ms: Date.now() },
    { code: 'unheard_of', message: 'Something new.', remedy: 'Read on.', since_ms: Date.now() }];
  const page = await visit(mock.url, { lang: 'es-ES' });
  await page.waitForSelector('.problem');
  const lines = await page.locator('.problems .problem').allInnerTexts();
  assert.match(lines[0], /^Las alertas no llegan a webhook:1: it is away\. Revise el receptor; lo que espera[^.]*\.$/);
  assert.match(lines[1], /^Una vía de entrada está caída.*10\.0\.0\.9/);
  assert.equal(lines[2], 'Something new. Read on.');
  await accessible(page, 'problems');
  await done(page);
});

test('keys: next, acknowledge, open, help; none while something is written', async () => {
  const mock = await serve({ calls: 6 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  const list = ['1', '2', '3'].map((n) => mock.raise(mock.calls.get(`demo-000${n}`)).alert);
  await until('three', async () => (await ids(page)).length === 3);
  const focus = () => page.evaluate(() => document.activeElement.closest('.alert')?.dataset.alert);
  await page.keyboard.press('j');
  assert.equal(await focus(), list[0]);
  await page.keyboard.press('j');
  assert.equal(await focus(), list[1]);
  await page.keyboard.press('k');
  assert.equal(await focus(), list[0]);
  await page.keyboard.press('a');
  await until('acknowledged', () => mock.alerts.get(list[0]).state === 'acknowledged');
  await page.keyboard.press('/');
  await page.keyboard.type('jaq?');
  assert.equal(await page.inputValue('.wall-find input'), 'jaq?');
  assert.equal(mock.alerts.get(list[1]).state, 'raised');
  await page.fill('.wall-find input', '');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('?');
  await page.waitForSelector('dialog kbd');
  await accessible(page, 'shortcuts');
  await shot(page, 'day-keys');
  await page.uncheck('dialog input[type=checkbox]');
  await page.keyboard.press('Escape');
  await page.keyboard.press('a');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog kbd');
  assert.equal(mock.alerts.get(list[1]).state, 'raised', 'the keys are off');
  await page.check('dialog input[type=checkbox]');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('o');
  await page.waitForSelector('.call-page');
  await done(page);
});

test('5,000 open alerts: the first are there within a second, all are reached', async () => {
  const mock = await serve({ calls: 2 });
  const call = mock.calls.get('demo-0001');
  const one = mock.raise(call);
  mock.alerts.clear();
  for (let i = 0; i < 5000; i++) mock.alerts.set(`a-${i}`, { ...one, alert: `a-${i}`, n: i, raised_ms: Date.now() - (5000 - i) * 1000 });
  const page = await visit('about:blank');
  await page.goto(mock.url);
  await page.waitForSelector('.tray .alert');
  // What the snapshot had no room for has waited longest.
  await until('the oldest is first', async () => (await ids(page))[0] === 'a-0', 20000);
  assert.ok((await ids(page)).length <= 80, 'only some are in the document');
  const took = await page.evaluate(() => {
    const begin = performance.now();
    return import('/static/model.js').then((m) => {
      m.touchAlerts();
      return new Promise((tell) => requestAnimationFrame(() => requestAnimationFrame(() => tell(performance.now() - begin))));
    });
  });
  console.log(`    5,000 open alerts drawn anew within ${took.toFixed(0)} ms`);
  for (let i = 0; i < 3; i++) await page.evaluate(() => { const l = document.querySelector('.tray-list'); l.scrollTop = l.scrollHeight; });
  await until('more come as the list is scrolled', async () => (await ids(page)).length > 40);
  await done(page);
});

test('it rings, or says that it cannot', async () => {
  const mock = await serve({ calls: 4 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  const line = () => page.innerText('.ring-trouble');
  assert.match(await line(), /Neither sound nor notifications/);
  await page.click('[aria-label="Sound for new alerts"]');
  await page.waitForSelector('.ring-trouble', { state: 'hidden' });
  await until('it is tried', async () => (await chimed(page)) === 1);
  mock.raise(mock.calls.get('demo-0001'));
  await until('a sound', async () => (await chimed(page)) === 2);
  // After a reload no hand has been on the page: the browser keeps it silent, and that is said.
  const away = mock.raise(mock.calls.get('demo-0002'));
  await until('rung', async () => (await rung(page)).includes(away.alert) && (await chimed(page)) === 3);
  await page.addInitScript(() => {
    const real = AudioContext;
    globalThis.allow = false;
    globalThis.AudioContext = class extends real {
      get state() { return globalThis.allow ? super.state : 'suspended'; }
    };
  });
  await page.reload();
  await page.waitForSelector('.ring-trouble.grave');
  assert.match(await line(), /the browser keeps it silent/);
  assert.deepEqual(await rung(page), [], 'what has rung in this tab does not ring again');
  const gap = mock.raise(mock.calls.get('demo-0003'));
  await until('told that it could not', async () => /could not ring/.test(await line()));
  await accessible(page, 'cannot ring');
  await shot(page, 'day-cannot-ring');
  assert.equal(await chimed(page), 0);
  assert.deepEqual(await rung(page), [gap.alert]);
  // It has made no sound, so it rings once more on the next load; what sounded does not.
  await page.reload();
  await until('rung again', async () => (await rung(page)).length > 0);
  assert.deepEqual(await rung(page), [gap.alert]);
  await done(page);
});

test('alerts that stand when the page is opened ring, once', async () => {
  const mock = await serve({ calls: 8 });
  const all = Array.from({ length: 8 }, (_, i) => mock.raise(mock.calls.get(`demo-000${i + 1}`)).alert);
  const page = await visit(mock.url);
  await until('all ring', async () => (await rung(page)).length === 8);
  assert.deepEqual((await rung(page)).sort(), all.sort());
  // Raised between two loads of the page: rings with the next, the others do not again.
  await page.goto('about:blank');
  const gap = mock.raise(mock.calls.get('demo-0001'));
  await page.goto(mock.url);
  await until('the one of the gap', async () => (await rung(page)).length > 0);
  assert.deepEqual(await rung(page), [gap.alert]);
  await done(page);
});

test('notifications that are denied or missing are told, and a worker makes them where a page may not', async () => {
  const mock = await serve({ calls: 3 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  await page.evaluate(() => { Notification.requestPermission = async () => 'denied'; });
  await page.click('[aria-label="Desktop notification for new alerts"]');
  await page.waitForSelector('.ring-trouble.grave');
  assert.match(await page.innerText('.ring-trouble'), /does not allow them/);
  await page.evaluate(() => {
    globalThis.shown = [];
    globalThis.Notification = class { static permission = 'granted'; constructor() { throw new TypeError('Illegal constructor'); } };
    navigator.serviceWorker.register = async (file) => ({ showNotification: async (title) => globalThis.shown.push([file, title]) });
  });
  mock.raise(mock.calls.get('demo-0002'));
  await until('by the worker', () => page.evaluate(() => globalThis.shown.length === 1));
  assert.deepEqual(await page.evaluate(() => globalThis.shown[0]), ['/static/notify.js', 'Alert: Ben Okafor, Claims']);
  await page.evaluate(() => { delete globalThis.Notification; });
  mock.raise(mock.calls.get('demo-0003'));
  await page.evaluate(async () => { (await import('/static/ring.js')).troubles(); });
  await page.reload();
  await page.waitForSelector('.card');
  await done(page);
});

test('filters are in the address; a new day starts with all calls', async () => {
  const mock = await serve({ calls: 20 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  await page.selectOption('.wall-find select', 'Billing');
  await until('in the address', async () => page.url().endsWith('#/wall/?queue=Billing'));
  await until('told', async () => /Filtered: 5 of 20 calls/.test(await page.innerText('.wall-some')));
  await until('the chips count what is shown', async () => (await page.locator('.chip b').allInnerTexts()).reduce((sum, n) => sum + Number(n), 0) === 5);
  await page.click('.nav a[data-page=history]');
  await page.click('.nav a[data-page=wall]');
  await until('kept within the day', async () => (await page.locator('.card').count()) === 5);
  await page.goto('about:blank');
  await page.goto(mock.url);
  await until('all calls', async () => (await page.locator('.card').count()) === 20);
  assert.equal(await page.locator('.wall-some:visible').count(), 0);
  await done(page);
});

test('the wall keeps its place on Back, and its bar is not under the header', async () => {
  const mock = await serve({ calls: 200, rate: 0.01 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  const bar = () => page.evaluate(() => [document.querySelector('.wall-bar').getBoundingClientRect().top, document.querySelector('header').getBoundingClientRect().bottom]);
  await page.click('.nav a[data-page=history]');
  await page.waitForSelector('tbody tr');
  await page.click('.nav a[data-page=wall]');
  await page.waitForSelector('.card');
  const [top, under] = await bar();
  assert.ok(top >= under, `the bar is at ${top}, the header ends at ${under}`);
  await page.evaluate(() => scrollTo(0, 3000));
  await until('scrolled', async () => (await page.evaluate(() => scrollY)) > 2500);
  const at = await page.evaluate(() => scrollY);
  await page.locator('.card a').nth(6).evaluate((a) => a.click());
  await page.waitForSelector('.call-page .dygraph-axis-label');
  await page.goBack();
  await until('back where it was', async () => Math.abs((await page.evaluate(() => scrollY)) - at) < 200);
  await done(page);
});

test('no room for one more supervisor is said', async () => {
  const mock = await serve({ calls: 3 });
  mock.full = true;
  const page = await visit(mock.url);
  await until('said', async () => /All places for supervisors are taken/.test(await page.innerText('.page-cell')));
  assert.doesNotMatch(await page.innerText('body'), /No calls at the moment|No alert stands/);
  await accessible(page, 'full');
  await shot(page, 'day-full');
  mock.full = false;
  await page.click('.banner button');
  await page.waitForSelector('.card');
  await done(page);
});

test('a call that goes to another team leaves the page with its alert', async () => {
  const mock = await serve({ calls: 3 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  mock.raise(mock.calls.get('demo-0001'));
  await until('there', async () => (await ids(page)).length === 1);
  mock.send({ type: 'left', call: 'demo-0001' });
  await until('gone', async () => (await ids(page)).length === 0 && (await page.locator('.card').count()) === 2);
  await done(page);
});

test('an alert is handed to people there are, who see its queue', async () => {
  const mock = await serve({ calls: 3 });
  mock.people = [{ name: 'berta', role: 'supervisor', queues: ['Claims'] }, { name: 'carl', role: 'supervisor', queues: ['Retention'] }, { name: 'dora', role: 'admin', queues: [] }];
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  const { alert } = mock.raise(mock.calls.get('demo-0002'));
  await page.locator(`[data-alert="${alert}"] [data-act=handover]`).click();
  await page.waitForSelector('dialog select');
  assert.deepEqual(await page.locator('dialog option').allInnerTexts(), ['', 'berta', 'dora']);
  await page.selectOption('dialog select', 'berta');
  await page.click('dialog button[type=submit]');
  await until('handed over', () => mock.alerts.get(alert).assigned_to === 'berta');
  await done(page);
});

test('a node lets another join by a secret that is shown once, joins by one, and shows who was forgotten where', async () => {
  const mock = await serve({ calls: 3 });
  mock.house = true;
  mock.erasures = [{ id: 'e1', call: null, caller_key: '0123456789abcdef', by: 'ana', asked_ms: Date.now() - 6e4, nodes: [{ node: 'node1', time_ms: Date.now() - 5e4, calls: 3, baselines: 1 }], waiting: ['node2'] }];
  const page = await visit(`${mock.url}#/system`);
  await page.waitForSelector('text=Who was forgotten');
  assert.match(await page.innerText('main'), /Caller 01234567….*node1 at .*: 3 calls.*node2/s);
  assert.equal(await page.locator('text=Join the others').isVisible(), false);
  await page.click('text=Let a node join');
  await page.waitForSelector('dialog .token');
  assert.match(await page.innerText('dialog .token'), /^utj_/);
  await accessible(page, 'let a node join');
  await shot(page, 'day-house-secret');
  await page.keyboard.press('Escape');
  assert.doesNotMatch(await page.innerText('body'), /utj_0123/);
  mock.problems = [{ code: 'node_not_joined', message: 'This node has another key.', remedy: 'Let it join.', since_ms: Date.now() }];
  await page.waitForSelector('button:has-text("Join the others")');
  await shot(page, 'day-house');
  await page.click('button:has-text("Join the others")');
  await page.fill('dialog input[name=secret]', ' utj_abc ');
  await page.click('dialog button[type=submit]');
  await until('joined', () => mock.joined === 'utj_abc');
  await done(page);
});

test('tokens are made with queues and an end, shown once, and withdrawn', async () => {
  const mock = await serve({ calls: 3 });
  const page = await visit(`${mock.url}#/access`);
  await page.waitForSelector('tbody tr');
  assert.match(await page.innerText('.stack'), /Ended /);
  await page.click('text=Make a token');
  await page.fill('dialog input[name=name]', 'kim');
  await page.selectOption('dialog select[name=role]', 'supervisor');
  await page.fill('dialog textarea[name=queues]', 'Billing\n\nClaims ');
  await page.fill('dialog input[name=days]', '7');
  await accessible(page, 'make a token');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog .token');
  assert.match(await page.innerText('dialog .token'), /^ut_/);
  await shot(page, 'day-token');
  await page.keyboard.press('Escape');
  const made = mock.tokens.at(-1);
  assert.deepEqual(made.queues, ['Billing', 'Claims']);
  assert.ok(Math.abs(made.expires_ms - Date.now() - 7 * 86400e3) < 60000);
  assert.doesNotMatch(await page.innerText('body'), /ut_0123/);
  await page.click('tr:has-text("kim") button');
  await page.click('dialog button[type=submit]');
  await until('withdrawn', () => !mock.tokens.some((x) => x.name === 'kim'));
  await page.fill('.row-head input', 'add_token');
  await until('the log is searched', async () => (await page.locator('section:last-child tbody tr').count()) === 1);
  await done(page);
});

test('tables sort and go out as CSV that no spreadsheet runs', async () => {
  const mock = await serve({ calls: 3 });
  mock.ended[0].agent = '=HYPERLINK("http://evil")';
  const page = await visit(`${mock.url}#/history`);
  await page.waitForSelector('tbody tr');
  const column = (n) => page.locator(`tbody tr > :nth-child(${n})`).allInnerTexts();
  await page.click('thead button:has-text("Agent")');
  const names = await column(2);
  assert.deepEqual(names, [...names].sort((a, b) => a.localeCompare(b)));
  assert.equal(await page.getAttribute('thead th:nth-child(2)', 'aria-sort'), 'ascending');
  await page.click('thead button:has-text("Length")');
  await page.click('thead button:has-text("Length")');
  const seconds = (await column(4)).map((x) => x.split(':').reduce((sum, n) => sum * 60 + Number(n), 0));
  assert.deepEqual(seconds, [...seconds].sort((a, b) => a - b));
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('.table-ends button')]);
  const text = fs.readFileSync(await download.path(), 'utf8');
  assert.equal(download.suggestedFilename(), 'History.csv');
  assert.equal(text.trim().split('\r\n').length, mock.ended.length + 1);
  assert.ok(text.includes(`"'=HYPERLINK(""http://evil"")"`), text.slice(0, 600));
  await accessible(page, 'sorted');
  await done(page);
});

test("an alert's own address leads to it", async () => {
  const mock = await serve({ calls: 3 });
  const { alert } = mock.raise(mock.calls.get('demo-0002'));
  const page = await visit(`${mock.url}#/alert/${alert}`);
  await page.waitForSelector(`.call-side [data-alert="${alert}"]`);
  await page.goto(`${mock.url}#/alert/nothing-1`);
  await page.waitForSelector('.page .empty');
  await done(page);
});

test('help is one click away, on the alert and on the call', async () => {
  const mock = await serve({ calls: 3 });
  Object.assign(mock, { actions: ['Listen', 'Open the PBX', 'Barge', 'Odd', 'Whisper', 'Refused', 'Sales'], actionQueues: { Sales: ['no such queue'] }, acts: { Whisper: [200, { name: 'Whisper', outcome: 'done' }], Refused: [502, { error: { code: 'help_refused', message: 'It was refused: HTTP 404: no such channel', remedy: '' } }] }, helped: { Listen: 'sip:spy-ana@pbx.example.com', 'Open the PBX': `${mock.url.replace('http:', 'https:')}static/icon.svg`, Odd: 'javascript:document.title=1' } });
  const { alert } = mock.raise(mock.calls.get('demo-0002'));
  for (const how of [{}, { width: 390, height: 844, dark: true, lang: 'vi-VN' }]) {
    const page = await visit(`${mock.url}#/call/demo-0002`, how);
    await page.evaluate(() => addEventListener('click', (e) => {
      if (!e.target.closest?.('.help a')) return;
      e.preventDefault();
      (window.opened ??= []).push([e.target.href, e.target.target, e.target.rel]);
    }, true));
    const opened = () => page.evaluate(() => window.opened ?? []);
    await page.waitForSelector('.call-side .help');
    const box = page.locator('.call-side .help');
    await box.locator('[data-help=Listen]').focus();
    await page.keyboard.press('Enter');
    await until('the phone is asked', async () => (await opened()).length === 1);
    assert.deepEqual((await opened())[0], ['sip:spy-ana@pbx.example.com', '', '']);
    await box.locator('[data-help="Open the PBX"]').click();
    await until('a page is opened', async () => (await opened()).length === 2);
    assert.deepEqual((await opened())[1].slice(1), ['_blank', 'noopener noreferrer']);
    await box.locator('[data-help=Barge]').click();
    await until('the refusal is told', async () => /no agent|\(agent\)/.test(await box.innerText()));
    await box.locator('[data-help=Odd]').click();
    await until('an odd address is not opened', async () => /address|địa chỉ/.test(await box.locator('[role=status]').innerText()) && !/no agent|\(agent\)/.test(await box.innerText()));
    assert.equal((await opened()).length, 2);
    await box.locator('[data-help=Whisper]').click();
    await until('what the daemon did is told', async () => /Whisper: (done|đã xong)/.test(await box.innerText()));
    await box.locator('[data-help=Refused]').focus();
    const before = mock.timelines;
    for (const peer of mock.peers) peer.send(mock.snapshot());
    await until('the page is read anew, and the focus stays', async () => mock.timelines > before && (await page.evaluate(() => document.activeElement.dataset.help)) === 'Refused');
    await page.keyboard.press('Enter');
    await until('why it was refused is told', async () => /\(HTTP 404: no such channel\)/.test(await box.innerText()));
    assert.equal(await page.locator('[data-help=Sales]').count(), 0, 'for another queue');
    await accessible(page, 'help');
    await shot(page, `day-help${how.dark ? '-phone-dark-vi' : ''}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    if (!how.dark) {
      await page.locator(`.tray [data-alert="${alert}"] [data-help=Listen]`).click();
      await until('from the tray', async () => (await opened()).length === 3);
    }
    await done(page);
  }
});

test('an agent disputes a figure, a supervisor answers, and the agent sees that', async () => {
  const mock = await serve({ calls: 2 });
  mock.agent = { calls: [], break_due: false };
  const page = await visit(mock.url);
  await page.waitForSelector('button[aria-label="Dispute: Calls"]');
  assert.match(await page.innerText('.own'), /74% \[60, 85\]/);
  await page.click('button[aria-label^="Dispute: Ended calm"], button[aria-label="Dispute: Calls"]');
  await page.fill('dialog textarea', 'Ten of them were <b>test</b> calls.');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('.dispute');
  assert.match(await page.innerText('.dispute'), /Ten of them were <b>test<\/b> calls\.\s+Waits for an answer/);
  await accessible(page, 'own figures');
  await shot(page, 'day-own-figures');
  await done(page);
  mock.agent = null;
  const desk = await visit(mock.url + '#/outcome');
  await desk.waitForSelector('.disputes tbody tr');
  await shot(desk, 'day-disputes');
  await desk.click('.disputes tbody button');
  await desk.fill('dialog textarea', 'Taken out.');
  await desk.click('dialog button[type=submit]');
  await until('answered', async () => /Taken out/.test(await desk.innerText('.disputes')));
  await accessible(desk, 'disputes');
  await done(desk);
});

test('rescued calls are shown to the team, and lead to all of them', async () => {
  const mock = await serve({ calls: 3 });
  const page = await visit(`${mock.url}#/outcome`);
  await page.waitForSelector('.rescued tbody tr');
  assert.deepEqual(await page.locator('.rescued tbody a').evaluateAll((list) => list.map((a) => a.hash)), mock.ended.slice(1, 4).map((c) => `#/call/${c.call}`));
  await page.locator('.rescued .pad a').click();
  await page.waitForSelector('.filters');
  assert.equal(await page.inputValue('[name=rescued]'), 'yes');
  await until('they are listed', async () => (await page.locator('tbody tr').count()) === 3);
  await done(page);
});

for (const how of [{}, { width: 390, height: 844, dark: true, lang: 'vi-VN' }, { lang: 'es-ES' }]) {
  test(`rules of one's own are written, tried and switched: ${how.lang ?? 'en'}`, async () => {
    const mock = await serve({ calls: 2 });
    const page = await visit(`${mock.url}#/rules`, how);
    await page.waitForSelector('.own-rules tbody tr');
    await page.click('.own-rules .own-add');
    await page.selectOption('dialog select[name=fact]', 'hold');
    await page.fill('dialog input[name=value]', '120');
    await page.click('dialog fieldset button');
    await page.selectOption('dialog select[name=join]', 'or');
    await page.selectOption('dialog select[name=fact]', 'returning');
    await page.fill('dialog input[name=secs]', '5');
    await page.click('dialog fieldset button');
    assert.match(await page.inputValue('dialog textarea'), /^rule "[^"]+"\n {4}when hold > 120s\n {4}or returning for 5s\n {4}severity medium\n$/);
    await page.locator('dialog .field > button').click();
    await until('tried', async () => /14.*9.*212.*230.*7/.test(await page.innerText('dialog output')));
    await accessible(page, 'own rules');
    await shot(page, `rules-write-${how.lang ?? 'en'}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.doesNotMatch(await page.innerText('dialog'), /\bown\.[a-z]/);
    await page.click('dialog button[type=submit]');
    await until('kept', async () => (await page.locator('.own-rules tbody tr').count()) === 2);
    assert.equal(mock.own[1].live, false, 'tried before it is switched on');
    await page.locator('.own-rules tbody tr >> nth=1').locator('.acts button >> nth=1').click();
    await until('switched on', async () => mock.own[1].live);
    await page.locator('.own-rules tbody tr >> nth=1').locator('.acts button >> nth=2').click();
    await page.click('dialog button[type=submit]');
    await until('dropped', async () => (await page.locator('.own-rules tbody tr').count()) === 1);
    await accessible(page, 'thresholds with rules');
    await shot(page, `rules-${how.lang ?? 'en'}`);
    await done(page);
  });
}

for (const how of [{}, { width: 390, height: 844, dark: true, lang: 'vi-VN' }, { lang: 'es-ES' }]) {
  test(`what is usual is shown, chosen, exported and reset: ${how.lang ?? 'en'}`, async () => {
    const mock = await serve({ calls: 1 });
    const page = await visit(`${mock.url}#/rules`, how);
    const row = (name) => page.locator('tr', { has: page.locator('.acts select') }).filter({ hasText: name });
    await row('Billing').waitFor();
    if (!how.lang) {
      assert.match(await row('All queues together').innerText(), /812 calls, 35\.3 h[^]*heard more keenly: \+0\.12 ± 0\.06[^]*Learning/);
      assert.match(await row('Billing').innerText(), /less keenly: −0\.21 ± 0\.06[^]*begin with −0\.18/);
      assert.match(await row('Claims').innerText(), /Too little yet: 12 of 30 calls, 197 of 300 s[^]*as for all queues/);
      assert.match(await row('Returns').innerText(), /set aside/);
    }
    assert.equal(await row('Billing').locator('a').getAttribute('href'), '/api/v1/sites/Billing/profile');
    assert.equal(await row('Claims').locator('a').count(), 0, 'there is nothing to export');
    await accessible(page, 'what is usual');
    await row('Billing').scrollIntoViewIfNeeded();
    await shot(page, `sites-${how.lang ?? 'en'}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.doesNotMatch(await page.innerText('body'), /\bsite\.[a-z]/);
    await row('Claims').locator('select').selectOption('off');
    await until('chosen', async () => mock.sites[2].mode === 'off' && (await row('Claims').locator('select').inputValue()) === 'off');
    await row('Claims').locator('select').selectOption('');
    await until('as for all', async () => mock.sites[2].own === false);
    await row('Billing').locator('button').click();
    await page.click('dialog button[type=submit]');
    await until('reset', async () => mock.sites[1].calls === 0 && (await row('Billing').locator('a').count()) === 0);
    await done(page);
    await mock.stop();
  });
}

for (const how of [{}, { width: 390, height: 844, dark: true, lang: 'vi-VN' }, { lang: 'es-ES' }]) {
  test(`an agent sees the own call alone: ${how.lang ?? 'en'}`, async () => {
    const mock = await serve({ calls: 1 });
    mock.agent = { calls: [], break_due: false, alert_minutes: 0 };
    const page = await visit(mock.url, how);
    await page.waitForSelector('.own .panel.dim');
    assert.equal(await page.locator('h1').innerText(), { vi: 'Cuộc gọi của bạn', es: 'Su llamada' }[how.lang?.slice(0, 2)] ?? 'Your call');
    assert.equal(await page.locator('.nav, .tray, a').count(), 0, 'nothing leads elsewhere');
    mock.agent = { calls: [{ call: 'c1', queue: '<b>Claims', started_ms: Date.now() - 65000, on_hold: false, state: 'alert', hint: 'free_script' }], break_due: true, alert_minutes: 11.5 };
    mock.articles = [{ article: 1, title: 'Refunds <i>', passage: 'A refund takes five days.', path: 'refunds.md', pinned: false }];
    await page.waitForSelector('.own .pill[data-state=alert]');
    await page.waitForSelector('.own article');
    assert.equal(await page.locator('.own .suggest').isVisible(), true);
    assert.match(await page.innerText('.own main'), /<b>Claims[^]*Refunds <i>[^]*11[.,]5/);
    await page.waitForTimeout(200);
    await shot(page, `own${how.dark ? '-phone-dark-vi' : how.lang ? '-es' : ''}`);
    await accessible(page, 'own');
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    mock.agent = { calls: [{ call: 'c2', queue: 'Claims', started_ms: Date.now(), on_hold: true }], break_due: false };
    await page.waitForSelector('.own .pill[data-state=ended]');
    assert.equal(await page.locator('.own .suggest').isVisible(), false);
    mock.down = true;
    await page.waitForSelector('.own .banner:visible');
    page.wrongs.length = 0; // The browser tells each 503.
    await done(page);
  });
}
