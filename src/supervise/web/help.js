// SPDX-License-Identifier: MIT
// Help for a call: a button for each action of the configuration. The server fills the address, the browser opens it.
import { h, setText, show } from './dom.js';
import { t } from './i18n.js';
import * as api from './api.js';
import * as model from './model.js';

const SCHEMES = /^(https:\/\/|tel:|sips?:)/;

const link = (url, text) => h('a', url.startsWith('https:') ? { href: url, target: '_blank', rel: 'noopener noreferrer' } : { href: url }, text);

async function press(call, name, button, told) {
  button.disabled = true;
  show(told, true);
  try {
    const { url } = await api.help(call, name);
    if (!SCHEMES.test(url)) throw new Error(t('help.odd'));
    const go = link(url, t('help.again'));
    told.replaceChildren(t('help.opened', { name }), ' ', go);
    go.click();
  } catch (error) {
    setText(told, `${error.message} ${error.remedy ?? ''}`);
  } finally {
    button.disabled = false;
  }
}

/** The buttons of a live call, with the answer below them; null where there are none. */
export function helpBox(call) {
  const names = model.session?.actions ?? [];
  if (!names.length) return null;
  const told = h('p', { class: 'dim', role: 'status' });
  show(told, false);
  return h('div', { class: 'help' }, h('div', { class: 'alert-acts', role: 'group', 'aria-label': t('help.label') }, names.map((name) =>
    h('button', { type: 'button', data: { help: name }, onclick: (e) => press(call, name, e.currentTarget, told) }, name))), told);
}
