// SPDX-License-Identifier: MIT
// The page by itself, against the double of the server: what it looks like in every state, what it
// does with ids, its order, its speed at 500 calls.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, after } from 'node:test';
import { Mock } from './mock-server.mjs';
import { visit, shot, accessible, until, close } from './browser.mjs';

const mocks = [];
async function serve(options) {
  const mock = new Mock(options);
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

// A script of the page as a module, which Debian's Node takes no file for whose name ends in .js.
const script = (name) => import('data:text/javascript,' +
  encodeURIComponent(fs.readFileSync(new URL(`../../src/supervise/web/${name}`, import.meta.url), 'utf8')));

const looks = [
  { name: 'wall', options: { calls: 20 } },
  { name: 'wall-dark', options: { calls: 20 }, how: { dark: true } },
  { name: 'wall-phone', options: { calls: 20 }, how: { width: 390, height: 844 } },
  { name: 'wall-phone-spanish-dark', options: { calls: 20 }, how: { width: 390, height: 844, lang: 'es-ES', dark: true } },
  { name: 'wall-spanish', options: { calls: 20 }, how: { lang: 'es-ES' } },
  { name: 'wall-phone-vietnamese', options: { calls: 20 }, how: { width: 390, height: 844, lang: 'vi-VN' } },
  { name: 'empty', options: { calls: 0 } },
  { name: 'one-call', options: { calls: 1, alerts: false } },
  { name: 'sign-in', options: { calls: 3, token: 'secret' } },
  { name: 'call', options: { calls: 20 }, at: '#/call/demo-0005', ready: '.dygraph-axis-label' },
  { name: 'call-dark', options: { calls: 20 }, at: '#/call/demo-0005', ready: '.dygraph-axis-label', how: { dark: true } },
  { name: 'call-phone', options: { calls: 20 }, at: '#/call/demo-0005', ready: '.dygraph-axis-label', how: { width: 390, height: 844 } },
  { name: 'history', options: { calls: 3 }, at: '#/history', ready: 'tbody tr' },
  { name: 'history-phone', options: { calls: 3 }, at: '#/history', ready: 'tbody tr', how: { width: 390, height: 844 } },
  { name: 'outcome', options: { calls: 3 }, at: '#/outcome', ready: 'tbody tr' },
  { name: 'outcome-spanish-dark', options: { calls: 3 }, at: '#/outcome', ready: 'tbody tr', how: { dark: true, lang: 'es-MX' } },
  { name: 'outcome-vietnamese', options: { calls: 3 }, at: '#/outcome', ready: 'tbody tr', how: { lang: 'vi-VN' } },
  { name: 'thresholds', options: { calls: 3 }, at: '#/rules', ready: 'tbody tr' },
  { name: 'system', options: { calls: 3 }, at: '#/system', ready: 'tbody tr' },
];

for (const { name, options, how = {}, at = '', ready } of looks) {
  test(`looks: ${name}`, async () => {
    const mock = await serve(options);
    const page = await visit(mock.url + at, how);
    await page.waitForSelector(ready ?? (options.token ? '.login' : options.calls ? '.card .card-stress' : '.empty strong'));
    await page.waitForTimeout(400);
    await shot(page, name);
    await accessible(page, name);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out to the right');
    assert.equal(await page.evaluate(() => document.documentElement.lang), (how.lang ?? 'en').slice(0, 2));
    await done(page);
    await mock.stop();
  });
}

test('the description of the API is valid OpenAPI, and one that a generator reads', (t) => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) return t.skip('redocly wants Node 20.19');
  const here = (name) => new URL(name, import.meta.url).pathname;
  const api = here('../../src/supervise/openapi.json');
  const made = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'ut-api-')), 'api.ts');
  const tool = (name, ...args) => {
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const got = spawnSync(here(`node_modules/.bin/${name}`), args, { encoding: 'utf8', env });
    assert.equal(got.status, 0, `${name}: ${got.stdout}${got.stderr}`);
  };
  tool('redocly', 'lint', '--config', here('redocly.yaml'), api);
  tool('openapi-typescript', api, '-o', made);
  fs.appendFileSync(made, "const call: components['schemas']['Call'] = null!; const id: string = call.call; void id;\n");
  tool('tsc', '--noEmit', '--strict', made);
  fs.rmSync(path.dirname(made), { recursive: true });
});

test('every sentence exists in every language, with the same places', async () => {
  const { table: base, columns } = await script('lang.js');
  const { table: day } = await script('lang_day.js');
  const { table: desk } = await script('lang_desk.js');
  const { table: site } = await script('lang_site.js');
  const { table: server } = await script('lang_server.js');
  const { table: acts } = await script('lang_acts.js');
  const keys = [base, day, desk, site, server, acts].flatMap(Object.keys);
  assert.equal(new Set(keys).size, keys.length, 'said twice');
  const table = { ...base, ...day, ...desk, ...site, ...server, ...acts };
  const places = (text) => [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort();
  for (const [key, texts] of Object.entries(table)) {
    assert.equal(texts.length, columns.length, key);
    for (const text of texts) assert.deepEqual(places(text), places(texts[0]), key);
  }
});

test('whatever code the server gives of a problem or an error is said in every language', async () => {
  const tables = await Promise.all(['lang.js', 'lang_day.js', 'lang_desk.js', 'lang_server.js'].map(script));
  const said = new Set(tables.flatMap(({ table }) => Object.keys(table)));
  const src = new URL('../../src/', import.meta.url);
  const code = fs.readdirSync(src, { recursive: true }).filter((f) => /^(supervise|store|ingress)\/.*\.c$/.test(f)).map((f) => fs.readFileSync(new URL(f, src), 'utf8')).join('');
  const found = (kind, ...patterns) => patterns.flatMap((p) => [...code.matchAll(p)].map((m) => `${kind}.${m[1]}`));
  const keys = [...found('problem', /ut__problem_(?:set|raise)\(\w+,\s*"(\w+)"/g, /PROBLEM\[\] = "(\w+)"/g),
    ...found('error', /\b[45]\d\d,\s*"([a-z_]+)"/g, /\[UT__REFUSED_\w+\] = {"(\w+)"/g)];
  // Of imports and reports, which have no page; what the page never asks for.
  const others = ['problem.store_version', 'problem.call_taken', 'error.unknown_route', 'error.method', 'error.range'];
  assert.ok(keys.length > 40 && keys.includes('problem.setting_lost'), keys.join(' '));
  for (const key of keys) if (!others.includes(key)) assert.ok(said.has(key) || said.has(key.replace('error', 'help')), `${key} is said in English alone`);
});

test('every sentence of the server that a page can show is said in every language', async () => {
  const { columns } = await script('lang.js');
  const { table } = await script('lang_said.js');
  const places = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
  assert.equal(new Set(table.map(([key]) => key)).size, table.length, 'said twice');
  for (const row of table) {
    assert.equal(row.length, columns.length, row[0]);
    for (const text of row.slice(1)) assert.ok(places(text).every((place) => places(row[0]).includes(place)), text);
  }
  // What is printed into a sentence becomes a place of it, whatever its name.
  const bare = (text) => text.replace(/\{\w+\}|%[-.\d]*l*[a-z]/g, '…');
  const said = new Set(table.map(([key]) => bare(key)));
  const literal = String.raw`((?:"(?:[^"\\\\]|\\\\.)*"\s*)+)`;
  const src = new URL('../../src/', import.meta.url);
  const sources = (names) => fs.readdirSync(src, { recursive: true }).filter((f) => names.test(f)).map((f) => fs.readFileSync(new URL(f, src), 'utf8')).join('');
  const found = (code, before) => [...code.matchAll(new RegExp(before.source + literal, 'g'))].map((m) => bare(JSON.parse(`"${[...m[1].matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((part) => part[1]).join('')}"`)));
  const store = sources(/^store\/.*\.c$/);
  const supervise = sources(/^supervise\/.*\.c$/);
  const rules = sources(/^alert\/rules_.*\.c$/);
  const told = [...found(store, /ut__fail\((?:&?\w+), \w+,\s*/), ...found(store, /ut__found\(\w+, \w+, /), ...found(supervise, /request_error\(\s*\w+, \d+, "\w+",\s*/),
    ...found(supervise, /refuse_with\(fn, arg, \w+,\s*/), ...found(supervise, /snprintf\(message, sizeof message,\s*/), ...found(supervise, /ut__problem_raise\(sv, \w+,\s*/), ...found(store, /ut__problem_set\(&?\w+, "\w+",\s*/), ...found(store, /ut__problem_set\(&?\w+, "\w+",\s*(?:"(?:[^"\\]|\\.)*"\s*)+,\s*/),
    ...found(rules, /\bfail(?:_at)?\(&?r, (?:[^;"]*, )?/)];
  // Requests that no page sends: other programs' API, the command line, nodes among each other.
  const others = /limit or cursor|baseline|No caller is named|secret opens nothing|The article has no|No article is named|mark is not known|The action is unknown|too many lines|questions are no list|Outcomes are not|Precision is not|step_s|no JSON object|days is out|No bucket|step is incomplete|Trends are not|score is missing|state must be|has no such state|body is|query parameter|larger than|recording ends|No lines|token is not known|follow-up has no|^SIP |is no dead letter|is draining|another version of|import once|Close other|memory left|call of its own|is on record|^…+$/;
  assert.ok(told.length > 100, String(told.length));
  assert.deepEqual([...new Set(told)].filter((text) => !others.test(text) && !said.has(text)), [], 'said in English alone');
});

test('whatever the access log notes has a name in every language', async () => {
  const { table } = await script('lang_acts.js');
  const src = new URL('../../src/supervise/', import.meta.url);
  const code = fs.readdirSync(src, { recursive: true }).filter((f) => f.endsWith('.c')).map((f) => fs.readFileSync(new URL(f, src), 'utf8')).join('');
  const acts = [/\.access = "(\w+)"/g, /log_access\((?:\w+->)?\w+, [^"?;{]*?"(\w+)"/g, /log_help\([^";{]*"(\w+)"/g].flatMap((p) => [...code.matchAll(p)].map((m) => m[1]));
  assert.ok(acts.length > 50, String(acts.length));
  assert.deepEqual([...new Set(acts)].filter((act) => !table[`did.${act}`]), []);
});

test('the order moves as few cards as possible', async () => {
  const { risingRun } = await script('order.js');
  assert.deepEqual([...risingRun([0, 1, 2, 3])].sort(), [0, 1, 2, 3]);
  assert.equal(risingRun([3, 0, 1, 2]).size, 3);
  assert.equal(risingRun([1, 2, 3, 0]).size, 3);
  assert.equal(risingRun([]).size, 0);
});

test('signs in, refuses a wrong token, signs out', async () => {
  const mock = await serve({ calls: 3, token: 'secret' });
  const page = await visit(mock.url);
  await page.fill('input[name=token]', 'wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.error-text:visible');
  await shot(page, 'sign-in-refused');
  await page.fill('input[name=token]', 'secret');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.card');
  await page.click('.menu summary');
  await page.click('.menu button:has-text("Sign out")');
  await page.waitForSelector('.login');
  assert.equal(await page.locator('.card').count(), 0);
  await done(page);
});

test('an alert rings once, in words, and is acted upon', async () => {
  const mock = await serve({ calls: 6, alerts: false, rate: 0.2 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  await page.click('.card', { trial: true });
  const call = mock.calls.get('demo-0002');
  const alert = mock.raise(call);
  const item = page.locator(`[data-alert="${alert.alert}"]`);
  await item.waitFor();
  assert.match(await item.innerText(), /Pitch 3\.1\ssemitones above this caller’s own/);
  await until('the screen reader is told', async () => (await page.textContent('#say-now')).includes('Ben Okafor'));
  await until('the title counts', async () => /^\(1\)/.test(await page.title()));
  await item.locator('[data-act=handover]').click();
  await page.fill('dialog input[name=to]', 'berta');
  await accessible(page, 'hand over');
  await page.click('dialog button[type=submit]');
  await until('handed over', async () => /Handed to berta/.test(await item.innerText()));
  await item.locator('[data-act=acknowledge]').click();
  await until('acknowledged', async () => (await item.getAttribute('data-status')) === 'acknowledged');
  await item.locator('[data-act=note]').click();
  await page.fill('dialog textarea', 'Ring back <b>today</b>');
  await page.click('dialog button[type=submit]');
  await until('noted as text', async () => (await item.innerText()).includes('Ring back <b>today</b>'));
  // Nothing is preselected, and without an answer nothing is sent; one key answers, another one corrects.
  await item.locator('[data-act=resolve]').click();
  assert.equal(await page.locator('dialog input:checked').count(), 0);
  await page.click('dialog button[type=submit]');
  assert.equal(await page.locator('dialog').count(), 1);
  await accessible(page, 'the verdict');
  await shot(page, 'verdict');
  await page.fill('dialog textarea', '3 times');
  await page.locator('dialog input').first().focus();
  await page.keyboard.press('3');
  await until('resolved', async () => (await item.getAttribute('data-status')) === 'resolved');
  assert.match(await item.innerText(), /called back/);
  await item.locator('[data-act=verdict]').click();
  await page.keyboard.press('5');
  await until('corrected', async () => /False alarm/.test(await item.innerText()));
  await until('the title is plain', async () => (await page.title()) === 'Undertone');
  await done(page);
});

test("what comes while a call's page loads is drawn once", async () => {
  const mock = await serve({ calls: 3, alerts: false, rate: 30 });
  const page = await visit(`${mock.url}#/call/demo-0002`);
  await page.waitForSelector('.dygraph-axis-label');
  await page.click('summary:has-text("table")');
  const times = () => page.locator('.list tbody td:first-child').allInnerTexts();
  let before = 0; // Rows of the answer and of what came meanwhile.
  await until('the rows', async () => (before = (await times()).length) >= 14);
  const turns = () => page.locator('.call-side .pairs').innerText();
  const heard = await turns();
  await until('more rows', async () => (await times()).length >= before + 4);
  await until('turns counted on', async () => (await turns()) !== heard);
  const all = await times();
  assert.deepEqual(all, [...new Set(all)]);
  await done(page);
});

test('articles come up on the page of a live call, and go when they are dismissed', async () => {
  const mock = await serve({ calls: 20 });
  const article = (n, title, pinned) => ({ article: n, title, path: `kb/${n}.md`, language: 'en', playbook: false, passage: `${title} <b>in ten days</b>`, pinned, score: 1 });
  mock.articles = [article(1, 'Refunds', true), article(2, 'Parcels', false)];
  const page = await visit(`${mock.url}#/call/demo-0002`);
  const box = page.locator('.knowledge');
  await box.locator('h3').first().waitFor();
  assert.deepEqual(await box.locator('h3').allInnerTexts(), ['Refunds', 'Parcels']);
  assert.match(await box.innerText(), /<b>in ten days<\/b>/); // As text.
  await accessible(page, 'articles');
  await box.locator('article').nth(1).getByRole('button', { name: 'Dismiss' }).click();
  await until('one is gone', async () => (await box.locator('h3').count()) === 1, 10000);
  assert.deepEqual(mock.marks, [[2, 'dismissed']]);
  mock.articles = [];
  await until('nothing is shown where there are none', async () => !(await box.isVisible()), 10000);
  await done(page);
});

test('what was said is shown with its charged phrases, searched, and told as questions, in three languages', async () => {
  const mock = await serve({ calls: 5 });
  const line = (t, who, text, language, hits = []) => ({ call: 'demo-0002', time_ms: Date.now(), t, who, language, text, hits });
  mock.saidLines = [line(3.2, 'caller', 'Where is my parcel? #### ####', 'en'), line(8, 'agent', 'I am looking.', 'en'),
    line(14, 'caller', 'Đây là lần thứ ba! <b>Tôi sẽ kiện</b>', 'vi', [[29, 16, 'law'], [10, 14, 'again']])];
  const question = (rank, text, more) => ({ type: 'question', rank, language: 'en', text, asked: 42 - rank, conversations: 30 - rank, again: rank, stress: 0.3 * rank, minutes: rank === 2 ? null : 4.5, trend: [0, 1, 2.4, 0.3][rank], examples: [text, 'Is my parcel lost?'], article: null, ...more });
  mock.asked = { made_ms: Date.now() - 6e6, lines: 1234, questions: [question(1, 'Where is my parcel?', { article: 'Parcels that are late' }), question(2, 'How do I cancel?'), question(3, 'Can I speak to a person?', { article: undefined })] };
  mock.found = [{ call: 'demo-0002', queue: 'Billing', agent: 'Ana Ruiz', started_ms: Date.now() - 9e6, t: 3.2, who: 'caller', language: 'en', text: 'Where is my parcel? #### ####' }];
  const page = await visit(`${mock.url}#/call/demo-0002`);
  const said = page.locator('.lines');
  await said.locator('li').nth(2).waitFor();
  await until('how many', async () => /What was said 3 lines/.test(await said.innerText()));
  assert.deepEqual(await said.locator('mark').evaluateAll((all) => all.map((m) => [m.dataset.kind, m.firstChild.data])), [['again', 'lần thứ ba'], ['law', 'Tôi sẽ kiện']]);
  assert.match(await said.innerText(), /<b>/); // As text.
  mock.saidLines.push(line(20, 'caller', 'Thank you', 'en', [[0, 9, 'praise']]));
  await until('the next line, while the call goes on', async () => (await said.locator('li').count()) === 4, 15000);
  await accessible(page, 'what was said');
  await said.scrollIntoViewIfNeeded();
  await shot(page, 'call-lines');
  await page.click('.nav a[data-page=knowledge]');
  await page.waitForSelector('.page[data-page=knowledge] td');
  assert.deepEqual(await page.locator('.page td:last-child').allInnerTexts(), ['Parcels that are late', 'none does', 'not looked for']);
  assert.match(await page.locator('.page').innerText(), /41[\s\S]*as before[\s\S]*more of late[\s\S]*less of late/);
  await page.fill('input[name=q]', 'parcel');
  await page.keyboard.press('Enter');
  await page.waitForSelector('a[href="#/call/demo-0002"]');
  assert.match(page.url(), /knowledge\/\?q=parcel/);
  await accessible(page, 'knowledge');
  await shot(page, 'knowledge');
  await page.fill('input[name=q]', 'nothing');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=Nothing like that was said');
  await done(page);
  for (const [lang, words] of [['es-ES', ['Lo que todos preguntan', 'ninguno']], ['vi-VN', ['Điều mọi người hay hỏi', 'chưa có bài nào']]]) {
    const other = await visit(`${mock.url}#/knowledge/?q=parcel`, { lang, dark: lang === 'es-ES', width: lang === 'vi-VN' ? 390 : 1280 });
    await other.waitForSelector('.page[data-page=knowledge] td');
    for (const word of words) assert.match(await other.locator('.page').innerText(), new RegExp(word));
    await accessible(other, `knowledge ${lang}`);
    await shot(other, `knowledge-${lang}`);
    await done(other);
  }
});

test("of another node's calls it is said where their record is, and what was heard is kept", async () => {
  const mock = await serve({ calls: 3, alerts: false });
  mock.nodes = ['node1', 'node2'].map((node) => ({ node, alive: true, calls: 2, seen_ms: Date.now() }));
  const call = mock.calls.get('demo-0002');
  call.node = 'node2';
  const page = await visit(`${mock.url}#/history`);
  for (const name of ['history', 'outcome']) {
    await page.click(`.nav a[data-page=${name}]`);
    await page.waitForSelector(`.page[data-page=${name}] .node-note:has-text("node2")`);
  }
  mock.raise(call);
  await page.goto(`${mock.url}#/call/demo-0002`);
  await page.waitForSelector('.foreign:has-text("node2")');
  await page.waitForSelector('.call-side .alert');
  await page.waitForSelector('.dygraph-axis-label');
  await page.click('summary:has-text("table")');
  await page.waitForSelector('.list tbody tr', { timeout: 20000 });
  await shot(page, 'call-of-another-node');
  await accessible(page, 'a call of another node');
  mock.calls.delete(call.call);
  mock.send({ type: 'call', call: call.call, phase: 'ended', state: { ...mock.clean(call), live: false, ended_ms: Date.now(), end_reason: 'bye' } });
  await page.waitForSelector('.pill[data-state=ended]');
  await page.evaluate(() => undertone.link.retryNow()); // Its server knows nothing of the call any more.
  await until('back', () => page.evaluate(() => undertone.link.live));
  assert.ok(await page.locator('.list tbody tr').count() > 0);
  await page.click('.nav a[data-page=history]');
  await page.click('tbody tr a >> nth=0');
  await page.waitForSelector('.call-title');
  assert.equal(await page.locator('.foreign').count(), 0, 'an own call is not said to be elsewhere');
  await done(page);
});

test('cards of a node that is not heard say so, and for how long', async () => {
  const mock = await serve({ calls: 6 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card .card-stress');
  const away = () => page.locator('.card[data-away="true"]');
  assert.equal(await away().count(), 0);
  const tell = (alive) => {
    mock.nodes = [{ node: 'node1', alive, calls: 6, seen_ms: Date.now() - 7000, draining: false }];
    mock.send({ type: 'health', state: mock.health() });
  };
  tell(false);
  await until('all of them are grey', async () => (await away().count()) === 6);
  assert.match(await away().first().innerText(), /Not heard for (7|8|9|1\d) s/);
  await shot(page, 'wall-not-heard');
  tell(true);
  await until('it is heard again', async () => (await away().count()) === 0);
  await done(page);
});

test("an agent's break is said until somebody has seen to it", async () => {
  const mock = await serve({ calls: 2, alerts: false });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  mock.send({ type: 'exposure', agent: 'Ana Ruiz', alert_minutes: 12.4, break_due: true });
  await page.waitForSelector('.alert.rest');
  assert.match(await page.innerText('.alert.rest'), /Ana Ruiz is due a break\s+12 minutes/);
  await page.click('.alert.rest button');
  await page.waitForSelector('.alert.rest', { state: 'detached' });
  await done(page);
});

test('comes back by itself, without gaps and doubles', async () => {
  const mock = await serve({ calls: 5, alerts: false });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  await page.evaluate(() => {
    globalThis.seen = [];
    const take = undertone.link.onMessage;
    undertone.link.onMessage = (m) => { if (m.event.type === 'score') globalThis.seen.push(m.id); take(m); };
    // Each state is noted as it comes: a look from here might miss a short one.
    const { link } = document.querySelector('.link-state').dataset;
    globalThis.states = [link];
    new MutationObserver(([{ target }]) => globalThis.states.push(target.dataset.link))
      .observe(document.querySelector('.link-state'), { attributeFilter: ['data-link'] });
  });
  const heard = (n) => until(`${n} scores`, () => page.evaluate((least) => globalThis.seen.length >= least, n));
  await heard(4);
  for (const peer of mock.peers) peer.close();
  await until('lost, and back', () => page.evaluate(() => /live,lost.*,live$/.test(globalThis.states.join())));
  await heard(await page.evaluate(() => globalThis.seen.length + 5));
  for (const peer of mock.peers) peer.send(JSON.stringify(mock.log.at(-1))); // A double.
  await until('the double', () => page.evaluate(() => undertone.link.doubles > 0));
  const seen = await page.evaluate(() => globalThis.seen);
  const sent = mock.log.filter((m) => m.event.type === 'score' && m.id >= seen[0] && m.id <= seen.at(-1)).map((m) => m.id);
  assert.deepEqual(seen, sent);
  assert.equal(await page.evaluate(() => undertone.link.doubles), 1);
  await done(page);
});

// As after a restart: the ids that the page has seen are not known any more.
const forget = (mock) => {
  mock.log = [];
  mock.id += 1e6;
  for (const peer of mock.peers) peer.close();
};

test('an alert of the time away rings, be it the only one', async () => {
  const mock = await serve({ calls: 3, alerts: false });
  const page = await visit(mock.url);
  const rung = () => page.evaluate(async () => (await import('/static/ring.js')).rung.map((r) => r.alert));
  await page.waitForSelector('.card');
  forget(mock);
  mock.peers.clear();
  const alert = mock.raise(mock.calls.get('demo-0002'));
  await page.waitForSelector(`[data-alert="${alert.alert}"]`);
  assert.deepEqual(await rung(), [alert.alert]);
  await page.reload(); // What stands when the page is opened is no news.
  await page.waitForSelector(`[data-alert="${alert.alert}"]`);
  assert.deepEqual(await rung(), []);
  await done(page);
});

test("a call's page that has asked twice at once shows the call", async () => {
  const mock = await serve({ calls: 3, alerts: false });
  const page = await visit(`${mock.url}#/call/demo-0002`);
  await page.waitForSelector('.dygraph-axis-label');
  await page.evaluate(() => { document.querySelector('.call-head').id = 'before'; });
  const held = [];
  await page.route('**/timeline', (route) => { held.push(route); });
  forget(mock); // It asks since it is back, and since all is anew.
  await until('both questions', () => held.length === 2);
  await Promise.all(held.map((route) => route.continue()));
  await page.waitForSelector('#before', { state: 'detached' });
  await page.waitForSelector('.dygraph-axis-label');
  assert.equal(await page.locator('.call-page > .empty').count(), 0);
  await done(page);
});

test('says that the connection is lost, and keeps the last state', async () => {
  const mock = await serve({ calls: 8 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  await mock.stop();
  await page.waitForSelector('.banner:visible');
  await page.waitForTimeout(500);
  assert.equal(await page.locator('.card').count(), 8);
  await shot(page, 'connection-lost');
  await accessible(page, 'connection lost');
  await done(page);
});

test('nothing moves under the mouse or the keyboard', async () => {
  const mock = await serve({ calls: 12, alerts: false, rate: 0.01 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  const order = () => page.evaluate(() => [...document.querySelectorAll('.card')].map((c) => c.dataset.call));
  const last = async () => mock.calls.get((await order()).at(-1));
  await page.hover('.card >> nth=3');
  const before = await order();
  mock.raise(await last());
  await page.waitForSelector('.held:visible'); // The order was renewed, and held back.
  assert.deepEqual(await order(), before);
  await page.mouse.move(5, 5);
  await until('sorted once the mouse has left', async () => (await order())[0] === before.at(-1));
  await page.focus('.card a[tabindex="0"]');
  const kept = await order();
  mock.raise(await last());
  await page.waitForSelector('.held:visible');
  assert.deepEqual(await order(), kept);
  await done(page);
});

test('a missed alert is marked at its moment, and taken back', async () => {
  const mock = await serve({ calls: 3, alerts: false });
  const page = await visit(mock.url + '#/call/demo-0002');
  await page.click('button:has-text("Mark a missed alert")');
  await page.fill('dialog input[name=t]', '4');
  await page.fill('dialog textarea', 'shouts');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('.missed:has-text("0:04")');
  assert.match(await page.locator('.missed').innerText(), /shouts/);
  await shot(page, 'missed');
  await accessible(page, 'missed');
  await done(page);
});

test('a call is noted, tagged and marked where it is heard, and followed up', async () => {
  const mock = await serve({ calls: 3, alerts: false, token: 'secret' });
  const page = await visit(`${mock.url}#/call/old-2`);
  await page.fill('input[name=token]', 'secret');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.dygraph-axis-label');
  const add = async (kind, at, text) => {
    await page.selectOption('.mark-form select', kind);
    await page.fill('.mark-form input[name=t]', at);
    await page.fill('.mark-form input[name=text]', text);
    await page.click('.mark-form button');
    await page.waitForSelector(`.mark[data-kind=${kind}]`);
  };
  await add('note', '', 'refund was promised');
  await add('tag', '12.5', 'coach');
  await add('calm', '30', '');
  await page.locator('.chart-stress').click({ position: { x: 300, y: 90 } }); // Chooses the moment, and plays from there.
  const at = Number(await page.inputValue('.mark-form input[name=t]'));
  assert.ok(at > 20 && at < 70, `at ${at}`);
  await until('the recording plays from there', () => page.evaluate((s) => Math.abs(document.querySelector('.player audio').currentTime - s) < 10, at));
  await page.evaluate(() => document.querySelector('.player audio').pause());
  await add('stressed', String(at), '');
  assert.equal(await page.locator('.mark').count(), 4);
  await page.click('.mark[data-kind=calm] button:last-child');
  await until('taken away', async () => await page.locator('.mark').count() === 3);
  await page.click('button:has-text("Add a follow-up")');
  await page.fill('dialog input[name=due]', '2026-01-02T12:00');
  await page.fill('dialog textarea', 'call her back');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('.follow-up[data-late=true]');
  await shot(page, 'desk-call');
  await accessible(page, 'desk-call');
  await page.goto(`${mock.url}#/history`);
  await page.click('.overdue:visible a');
  await page.waitForSelector('.list tbody tr');
  await shot(page, 'follow-ups');
  await accessible(page, 'follow-ups');
  await page.click('.list tbody button');
  await page.waitForSelector('.empty:has-text("Nothing is to be done")');
  await done(page);
});

test('a search is kept with its columns, and asked for again', async () => {
  const mock = await serve({ calls: 3, alerts: false });
  const page = await visit(`${mock.url}#/history`);
  await page.click('.more-filters summary');
  await page.selectOption('select[name=reason]', 'f0');
  await page.uncheck('input[value=recovery]');
  await page.click('.filters button[type=submit]');
  await until('one column less', async () => await page.locator('.list thead th').count() === 8);
  await page.click('button:has-text("Keep this search")');
  await page.fill('dialog input', 'Monday');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('.kept');
  await shot(page, 'searches');
  await accessible(page, 'searches');
  await page.goto(`${mock.url}#/wall`);
  await page.goto(`${mock.url}#/history`);
  await page.click('.kept a');
  await until('as it was kept', async () => await page.inputValue('select[name=reason]') === 'f0' && await page.locator('.list thead th').count() === 8);
  await page.click('.kept button');
  await until('forgotten', async () => await page.locator('.kept').count() === 0);
  await done(page);
});

test('filters, language and theme survive a reload', async () => {
  const mock = await serve({ calls: 20 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  await page.click('.chip[data-state=calm]');
  await page.selectOption('.wall-find select', 'Billing');
  await page.click('.menu summary');
  await page.selectOption('#lang', 'es');
  await page.click('.menu summary');
  await page.selectOption('#theme', 'dark');
  await page.reload();
  await page.waitForSelector('.card:visible');
  assert.equal(await page.getAttribute('.chip[data-state=calm]', 'aria-pressed'), 'true');
  await until('the queue', async () => (await page.inputValue('.wall-find select')) === 'Billing');
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'es');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  for (const queue of await page.locator('.card:visible .card-queue').allInnerTexts()) assert.equal(queue, 'Billing');
  await done(page);
});

test('of 500 calls each is reached: by the wheel, by the keyboard, by name', async () => {
  const mock = await serve({ calls: 500, alerts: false, rate: 0.02 });
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  const places = () => page.evaluate(() => [...document.querySelectorAll('.card')].map((c) => Number(c.getAttribute('aria-posinset'))));
  assert.equal((await places())[0], 1);
  // As a hand on the wheel does: again, as long as the page grows while it is laid out.
  const atTheEnd = async () => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    return (await places()).at(-1) === 500;
  };
  await until('the last card', atTheEnd);
  const seen = await places();
  assert.deepEqual(seen, seen.map((_, i) => seen[0] + i), 'one after the other');
  assert.ok(seen.length < 80);
  await until('the last card at the bottom', async () => {
    await atTheEnd();
    const [height, bottom] = await page.evaluate(() => [innerHeight, document.querySelector('.card:last-child').getBoundingClientRect().bottom]);
    return bottom <= height && bottom > height - 60;
  });
  await page.focus('.card a[tabindex="0"]');
  const focus = () => page.evaluate(() => Number(document.activeElement.closest('.card')?.getAttribute('aria-posinset')));
  const inSight = async () => {
    const [top, bottom, bar] = await page.evaluate(() => {
      const r = document.activeElement.getBoundingClientRect();
      return [r.top, r.bottom, document.querySelector('.top').offsetHeight];
    });
    assert.ok(top >= bar && bottom <= 900, `from ${top} to ${bottom}`);
  };
  await page.keyboard.press('Home');
  assert.equal(await focus(), 1);
  await page.keyboard.press('ArrowRight');
  assert.equal(await focus(), 2);
  const columns = await page.evaluate(() => getComputedStyle(document.querySelector('.wall')).gridTemplateColumns.split(' ').length);
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowDown');
  assert.equal(await focus(), 2 + 20 * columns);
  await inSight();
  await page.keyboard.press('End');
  assert.equal(await focus(), 500);
  await inSight();
  // The focus stays where it is, however far the wheel goes.
  await page.evaluate(() => scrollTo(0, 0));
  await until('the first card', async () => (await places())[0] === 1);
  assert.equal(await focus(), 500);
  assert.equal(await page.locator('.card a[tabindex="0"]').count(), 1);
  await accessible(page, '500 calls');
  await page.evaluate(() => document.activeElement.blur());
  await page.fill('.wall-find input', 'demo-0321');
  await until('the one call', async () => (await page.locator('.card').count()) === 1);
  assert.equal(await page.getAttribute('.card', 'data-call'), 'demo-0321');
  await page.fill('.wall-find input', '');
  await page.setViewportSize({ width: 390, height: 844 });
  await until('one column', async () => (await page.evaluate(() => getComputedStyle(document.querySelector('.wall')).gridTemplateColumns.split(' ').length)) === 1);
  await until('the last card of one column', atTheEnd);
  await done(page);
});

test('an address that is not well encoded names no call', async () => {
  const mock = await serve({ calls: 2, alerts: false });
  const page = await visit(`${mock.url}#/call/%E0%A4%A`);
  await page.waitForSelector('.call-page .empty');
  await page.click('.back');
  await page.waitForSelector('.card');
  await done(page);
});

test('what a call is named by is text, never markup', async () => {
  const mock = await serve({ calls: 2, alerts: false });
  const evil = mock.calls.get('demo-0001');
  evil.agent = '<img src=x onerror="document.title=\'owned\'">';
  evil.queue = '"><script>document.title="owned"</script>';
  const page = await visit(mock.url);
  await page.waitForSelector('.card');
  mock.raise(evil);
  await page.waitForSelector('.alert');
  await page.waitForTimeout(300);
  assert.match(await page.locator('.alert').first().innerText(), /<img src=x/);
  assert.doesNotMatch(await page.title(), /owned/);
  await done(page);
});
