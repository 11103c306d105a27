// SPDX-License-Identifier: MIT
// Help for a call: a button for each action of the configuration. The server fills an address that the browser opens,
// or acts itself and says how it went.
import { h, setText, show } from './dom.js';
import { t, known } from './i18n.js';
import { said } from './said.js';
import * as api from './api.js';
import * as model from './model.js';

const SCHEMES = /^(https:\/\/|tel:|sips?:)/;

const link = (url, text) => h('a', url.startsWith('https:') ? { href: url, target: '_blank', rel: 'noopener noreferrer' } : { href: url }, text);

function open(name, url, told) {
  if (!SCHEMES.test(url)) throw new Error(t('help.odd'));
  const go = link(url, t('help.again'));
  told.replaceChildren(t('help.opened', { name }), ' ', go);
  go.click();
}

/** What went wrong; what the other side said to it stands behind the server's colon. */
function failure(name, error) {
  if (!known(`help.${error.code}`)) return `${error.message} ${error.remedy ?? ''}`;
  const answer = (error.told ?? '').split(': ').slice(1).join(': ');
  return t(`help.${error.code}`, { name }) + (answer ? ` (${said(answer) ?? answer})` : '');
}

async function press(call, name, button, told) {
  button.disabled = true;
  show(told, true);
  setText(told, t('help.asking', { name }));
  try {
    const { url, outcome } = await api.help(call, name);
    if (outcome) setText(told, t('help.done', { name }));
    else open(name, url, told);
  } catch (error) {
    setText(told, failure(name, error));
  } finally {
    button.disabled = false;
  }
}

/** The buttons of a live call of a queue, with the answer below them; null where there are none. */
export function helpBox(call, queue) {
  const names = (model.session?.actions ?? []).filter((name) => (model.session.action_queues?.[name] ?? [queue]).includes(queue));
  if (!names.length) return null;
  const told = h('p', { class: 'dim', role: 'status' });
  show(told, false);
  return h('div', { class: 'help' }, h('div', { class: 'alert-acts', role: 'group', 'aria-label': t('help.label') }, names.map((name) =>
    h('button', { type: 'button', data: { help: name }, onclick: (e) => press(call, name, e.currentTarget, told) }, name))), told);
}
