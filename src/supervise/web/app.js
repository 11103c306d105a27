// SPDX-License-Identifier: MIT
// The frame around every page: who is signed in, which page is open, how the connection fares.
import { h, icon, setText, setData, show, say } from './dom.js';
import { t, timeOfDay, current, choose, languages } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';
import * as settings from './settings.js';
import { problemLine } from './problem.js';
import { Link } from './link.js';
import { Tray } from './tray.js';
import { Wall } from './wall.js';
import { CallPage } from './call.js';
import { HistoryPage } from './history.js';
import { OutcomePage } from './outcome.js';
import { RulesPage } from './rules.js';
import { AskedPage } from './asked.js';
import { SystemPage } from './system.js';
import { AccessPage } from './access.js';
import { OwnPage } from './own.js';
import { PastPage, AlertPage } from './past.js';
import { FollowUpsPage, overdueNote } from './desk.js';
import { ShiftPage } from './shift.js';
import { clear as clearDrafts } from './drafts.js';
import * as place from './place.js';
import { showKeys } from './keys.js';
import { loginForm } from './login.js';

const root = document.getElementById('app');
const PAGES = {
  wall: { make: () => new Wall(), icon: 'wall', needs: 'read' },
  history: { make: (rest) => new HistoryPage(rest), icon: 'history', needs: 'history' },
  outcome: { make: () => new OutcomePage(), icon: 'outcome', needs: 'history' },
  knowledge: { make: (rest) => new AskedPage(rest), icon: 'know', needs: 'history' },
  rules: { make: () => new RulesPage(), icon: 'rules', needs: 'history' },
  call: { make: (rest) => new CallPage(rest) },
  system: { make: () => new SystemPage() },
  shift: { make: () => new ShiftPage(), needs: 'history' },
  past: { make: (rest) => new PastPage(rest), needs: 'history' },
  alert: { make: (rest) => new AlertPage(rest) },
  'follow-ups': { make: (rest) => new FollowUpsPage(rest), needs: 'history' },
  access: { make: () => new AccessPage(), needs: 'tokens' },
};

let frame = null; // { nav, page, tray, banner, ... } while signed in.
let page = null;
let linkState = 'wait';
let lostAt = 0;
let full = false; // The server has no room for one more page.

const link = new Link({
  onMessage: model.apply,
  onState: linkChanged,
  onRefused: checkSession,
});

async function checkSession() {
  try {
    const session = await api.session();
    full = session.signed_in && session.room === false;
    if (!session.signed_in && !session.open) signedOut();
    else drawLink();
  } catch { /* The server is away: the link goes on trying. */ }
}

function linkChanged(state) {
  if (state === 'lost' && linkState !== 'lost') {
    lostAt = Date.now();
    say(t('link.lost.say'));
  }
  if (state === 'live' && linkState === 'lost') {
    say(t('link.back'));
    page?.back?.();
  }
  linkState = state;
  if (state === 'live') full = false;
  drawLink();
}

function drawLink() {
  if (!frame) return;
  setData(frame.link, 'link', linkState);
  setText(frame.linkWord, t(`link.${linkState}`));
  show(frame.banner, linkState === 'lost');
  if (linkState === 'lost') setText(frame.bannerText, full ? `${t('link.full')} ${t('link.full.how')}` : t('link.lost.since', { at: timeOfDay(lostAt) }));
  page?.link?.(linkState, full);
}

function signedOut() {
  if (!frame && !page) return;
  link.stop();
  link.last = 0;
  model.clear();
  clearDrafts();
  model.setSession(null);
  leave();
  showLogin();
}
api.onSignedOut(signedOut);

function showLogin() {
  root.replaceChildren(loginForm({ onDone: start, onLanguage: showLogin }));
  root.querySelector('input')?.focus();
}

function leave() {
  page?.leave?.();
  frame?.tray.leave();
  frame?.overdue.stop();
  page = frame = null;
}

function options(node, list, value) {
  node.append(...list.map(([v, word]) => h('option', { value: v }, word)));
  node.value = value;
  return node;
}

function menu() {
  const { session } = model;
  const theme = options(h('select', { id: 'theme', onchange: (e) => setTheme(e.target.value) }),
    [['', t('theme.system')], ['light', t('theme.light')], ['dark', t('theme.dark')]], settings.get('theme'));
  const lang = options(h('select', { id: 'lang', onchange: (e) => { choose(e.target.value); draw(); } }),
    languages, current());
  const node = h('details', { class: 'menu' },
    h('summary', { class: 'who', 'aria-label': t('menu.label', { name: session.name ?? t('menu.open') }) }, icon('agent'),
      h('span', { class: 'word' }, session.name ?? t('menu.open'))),
    h('div', { class: 'menu-body' },
      session.queues?.length ? h('p', { class: 'dim' }, t('menu.queues', { list: session.queues.join(', ') })) : null,
      h('p', { class: 'dim' }, session.open ? t('menu.open.text') : t('menu.role', { role: t(`role.${session.role}`) })),
      h('div', { class: 'row' }, h('label', { for: 'lang' }, t('menu.lang')), lang),
      h('div', { class: 'row' }, h('label', { for: 'theme' }, t('menu.theme')), theme),
      model.may('history') ? h('a', { class: 'button', href: '#/past' }, t('nav.past')) : null,
      model.may('history') ? h('a', { class: 'button', href: '#/follow-ups' }, t('follow.title')) : null,
      model.may('history') ? h('a', { class: 'button', href: '#/shift' }, t('nav.shift')) : null,
      model.may('read') ? h('a', { class: 'button', href: '#/system' }, t('nav.system')) : null,
      model.may('tokens') && !session.open ? h('a', { class: 'button', href: '#/access' }, t('nav.access')) : null,
      model.may('read') ? h('button', { type: 'button', onclick: showKeys }, t('keys.title')) : null,
      session.open || session.proxy ? null : h('button', { type: 'button', onclick: signOut }, icon('out'), t('menu.out'))));
  node.addEventListener('keydown', (e) => {
    if (e.key !== 'Escape') return;
    node.open = false;
    node.querySelector('summary').focus();
  });
  return node;
}

function setTheme(theme) {
  settings.set('theme', theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  page?.theme?.();
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => page?.theme?.());
document.addEventListener('click', (e) => {
  for (const node of document.querySelectorAll('details.menu[open]')) if (!node.contains(e.target)) node.open = false;
});

async function signOut() {
  await api.logout().catch(() => {});
  signedOut();
}

function build() {
  leave();
  const places = Object.entries(PAGES).filter(([, p]) => p.icon && model.may(p.needs));
  const nav = h('nav', { class: 'nav', 'aria-label': t('nav.label') }, places.map(([name, p]) =>
    h('a', { href: name === 'wall' ? place.address() : `#/${name}`, data: { page: name } }, icon(p.icon), h('span', { class: 'word' }, t(`nav.${name}`)))));
  const linkWord = h('span', { class: 'word' });
  const linkNode = h('a', { class: 'link-state', href: '#/system', data: { link: 'wait' } }, linkWord);
  const bannerText = h('span');
  const banner = h('div', { class: 'banner' }, bannerText,
    h('button', { type: 'button', onclick: () => link.retryNow() }, t('link.retry')));
  const problems = h('div', { class: 'problems' });
  const main = h('main', { class: 'page', id: 'page', tabindex: '-1' });
  const tray = new Tray();
  const overdue = overdueNote();
  frame = { nav, main, tray, banner, bannerText, link: linkNode, linkWord, problems, overdue };
  root.replaceChildren(
    h('a', { class: 'skip', href: '#page', onclick: (e) => { e.preventDefault(); main.focus(); } }, t('skip.page')),
    h('a', { class: 'skip', href: '#alerts', onclick: (e) => { e.preventDefault(); tray.list.focus(); } }, t('skip.alerts')),
    h('div', { class: 'frame' },
      h('header', { class: 'top' }, h('a', { class: 'brand', href: '#/wall', 'aria-label': 'Undertone' }, icon('logo'), h('span', { class: 'word' }, 'Undertone')), nav,
        h('div', { class: 'top-end' }, model.session.demo ? h('span', { class: 'demo' }, t('demo')) : null, linkNode, menu())),
      tray.node, h('div', { class: 'page-cell' }, banner, problems, overdue.node, main)));
  drawLink();
  drawProblems();
  route();
}

function drawProblems() {
  if (!frame) return;
  const list = model.health?.problems ?? [];
  const key = JSON.stringify(list);
  if (key === frame.problemKey) return;
  frame.problemKey = key;
  frame.problems.replaceChildren(...list.map(problemLine));
}

function route() {
  if (!frame) return;
  const [name, ...rest] = location.hash.replace(/^#\/?/, '').split('/');
  const known = Object.hasOwn(PAGES, name) && model.may(PAGES[name].needs ?? 'read') ? name : 'wall';
  page?.leave?.();
  if (known === 'wall') place.read(rest.join('/'));
  page = PAGES[known].make(rest.join('/'));
  frame.main.replaceChildren(page.node);
  for (const a of frame.nav.children) {
    if (a.dataset.page === known) a.setAttribute('aria-current', 'page');
    else a.removeAttribute('aria-current');
  }
  frame.main.dataset.page = known;
  frame.tray.on(known);
  scrollTo(0, 0);
  page.link?.(linkState, full);
  if (known === 'wall') backTo(place.takeTop());
}

/** Where the wall was left: once its rows are measured, which is after the first frame. */
function backTo(y) {
  if (y) requestAnimationFrame(() => requestAnimationFrame(() => scrollTo({ top: y, behavior: 'instant' })));
}

addEventListener('hashchange', () => {
  route();
  frame?.main.focus({ preventScroll: true });
});
navigator.serviceWorker?.addEventListener('message', (e) => { if (e.data?.go) location.hash = e.data.go; });

/** The page of who is signed in: at sign-in and when the language changes. */
function draw() {
  if (model.may('own')) {
    leave();
    page = new OwnPage(menu());
    root.replaceChildren(page.node);
  } else {
    build();
  }
}

function start(session) {
  model.setSession(session);
  draw();
  if (!model.may('own')) link.start();
}

model.watch((change) => { if (change.health || change.all) drawProblems(); });

// The link that `undertone serve` prints while there is no administrator. The key leaves the address at
// once: it must not stay in the history.
async function byFirstKey() {
  const key = location.hash.startsWith('#key=') ? location.hash.slice(5) : '';
  if (!key) return null;
  history.replaceState(null, '', location.pathname);
  try {
    return await api.login(key);
  } catch {
    return null; // Spent, or of another start: the form says what else would do.
  }
}

async function boot() {
  try {
    const session = await byFirstKey() ?? await api.session();
    if (session.signed_in || session.open) start(session);
    else showLogin();
  } catch (error) {
    root.replaceChildren(h('div', { class: 'empty' }, h('strong', {}, error.message), h('p', {}, error.remedy)));
    setTimeout(boot, 2000);
  }
}
boot();

// For tests and for the console: numbers about the page, nothing of a call.
globalThis.undertone = { link, get calls() { return model.calls.size; } };
