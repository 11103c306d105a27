// SPDX-License-Identifier: MIT
// The report of a call, as the program writes it: opened from its file, in three languages, in the dark, on paper.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accessible, close, shot, shots, until, visit } from './browser.mjs';

const SAMPLES = path.join(process.env.UT_SOURCE, 'samples');
const report = (name) => `file://${path.resolve('reports', `${name}.html`)}`;

before(() => {
  execFileSync(process.env.UNDERTONE, ['replay', '--export', 'html', '--audio', 'embed', '--out', 'reports',
    path.join(SAMPLES, 'escalating-en.wav'), path.join(SAMPLES, 'calm-es.wav')]);
});
after(close);

test('says what happened, in three languages', async () => {
  const words = { 'en-GB': [/stressed from 0:40 to 1:00/, /Pitch 8\.7 semitones above the own/], 'es-ES': [/estresado de 0:40 a 1:00/, /Tono 8,7 semitonos/],
    'vi-VN': [/căng thẳng từ 0:40 đến 1:00/, /Cao độ hơn 8,7 nửa cung/] };
  for (const [lang, expected] of Object.entries(words)) {
    const asked = [];
    const page = await visit(report('escalating-en'), { lang, dark: lang === 'es-ES' });
    page.on('request', (r) => asked.push(r.url()));
    const text = await page.innerText('body');
    for (const e of expected) assert.match(text, e);
    assert.equal(await page.getAttribute('html', 'lang'), lang.slice(0, 2));
    assert.equal(await page.locator('.chart canvas').count() >= 4, true);
    await accessible(page, lang);
    await shot(page, `report-${lang.slice(0, 2)}`);
    await page.click('.languages button:nth-child(3)');
    assert.match(await page.innerText('body'), words['vi-VN'][0]);
    assert.deepEqual(asked.filter((url) => !url.startsWith('data:')), []);
    assert.deepEqual(page.wrongs, []);
    await page.context().close();
  }
});

test('no reason counts syllables, of which only the direction is known', () => {
  assert.doesNotMatch(fs.readFileSync(path.resolve('reports', 'escalating-en.html'), 'utf8'), /\{x\}[^']*(syllable|sílaba|âm tiết)/);
});

test('a calm call has no alert', async () => {
  const page = await visit(report('calm-es'));
  assert.match(await page.innerText('body'), /The caller stayed calm/);
  assert.match(await page.innerText('body'), /No alert\./);
  assert.deepEqual(page.wrongs, []);
  await page.context().close();
});

test('a click on the curve plays from there', async () => {
  const page = await visit(report('escalating-en'));
  await until('the sound', () => page.evaluate(() => document.querySelector('audio').readyState > 0));
  const box = await page.locator('.chart-stress').boundingBox();
  await page.mouse.click(box.x + 48 + (box.width - 56) * 0.5, box.y + box.height / 2);
  const at = await page.evaluate(() => document.querySelector('audio').currentTime);
  assert.ok(Math.abs(at - 31) < 4, `${at}`);
  await page.context().close();
});

test('it prints on a page, and light', async () => {
  const page = await visit(report('escalating-en'), { dark: true });
  const pdf = await page.pdf({ path: path.join(shots, 'report.pdf'), preferCSSPageSize: true, printBackground: true });
  assert.equal(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length, 1);
  await page.context().close();
  assert.ok(fs.statSync(path.join(shots, 'report.pdf')).size > 10000);
});
