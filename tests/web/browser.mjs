// SPDX-License-Identifier: MIT
// Debian's Chromium for the tests: pages that report what goes wrong in them, pictures that are kept.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--no-first-run'];
const BROWSERS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const shots = path.join(process.env.UT_BUILD ?? '.', 'screenshots');
fs.mkdirSync(shots, { recursive: true });

let browser = null;

export async function open() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? BROWSERS.find(fs.existsSync), headless: true, args: FLAGS });
  return browser;
}

export async function close() {
  await browser?.close();
  browser = null;
}

/** A page in a context of its own; page.wrongs collects errors and warnings of its console. */
export async function visit(url, { lang = 'en-GB', dark = false, width = 1440, height = 900, cookies } = {}) {
  await open();
  const context = await browser.newContext({ viewport: { width, height }, locale: lang, colorScheme: dark ? 'dark' : 'light' });
  if (cookies) await context.addCookies(cookies);
  const page = await context.newPage();
  page.setDefaultTimeout(30000);
  page.wrongs = [];
  page.on('pageerror', (e) => page.wrongs.push(e.stack));
  page.on('console', (m) => {
    // A refused connection is what the tests make on purpose; Chromium reports it by itself.
    if (m.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(m.text())) page.wrongs.push(m.text());
  });
  // Another test may make an interface right now, and Chromium then drops what is on its way.
  await page.goto(url).catch((e) => (/ERR_NETWORK_CHANGED/.test(e.message) ? page.goto(url) : Promise.reject(e)));
  return page;
}

export async function shot(page, name) {
  await page.screenshot({ path: path.join(shots, `${name}.png`) });
}

/** No fault that axe-core calls serious or critical. */
export async function accessible(page, where) {
  // Through the protocol and not as a script element: the page's policy forbids inline script.
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const grave = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
  assert.deepEqual(grave.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).join(' | ')}`), [], where);
}

export async function until(what, test, ms = 30000, every = 50) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await test();
    if (got) return got;
    if (Date.now() > end) assert.fail(`${what}: not within ${ms} ms`);
    await new Promise((done) => setTimeout(done, every));
  }
}
