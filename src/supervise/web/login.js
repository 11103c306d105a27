// SPDX-License-Identifier: MIT
// The form that turns a token into a session.
import { h, icon, setText, show } from './dom.js';
import { t, choose, current, languages } from './i18n.js';
import * as api from './api.js';

export function loginForm({ onDone, onLanguage }) {
  const token = h('input', { name: 'token', type: 'password', autocomplete: 'current-password', required: true, spellcheck: 'false' });
  const wrong = h('p', { class: 'error-text', role: 'alert' });
  const go = h('button', { class: 'primary', type: 'submit' }, t('login.go'));
  const langs = languages.map(([code, name]) => h('button', { type: 'button', class: 'quiet', lang: code,
    'aria-pressed': String(code === current()), onclick: () => { choose(code); onLanguage(); } }, name));
  const form = h('form', {},
    h('h1', { class: 'brand' }, icon('logo'), 'Undertone'),
    h('p', { class: 'dim' }, t('login.lead')),
    h('label', { class: 'field' }, t('login.token'), token), wrong, go,
    h('p', { class: 'dim small' }, t('login.how')),
    h('div', { class: 'langs', role: 'group', 'aria-label': t('menu.lang') }, langs));
  show(wrong, false);
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    go.disabled = true;
    try {
      onDone(await api.login(token.value.trim()));
    } catch (error) {
      setText(wrong, `${error.message} ${error.remedy}`);
      show(wrong, true);
      token.select();
    } finally {
      go.disabled = false;
    }
  });
  return h('main', { class: 'login' }, form);
}
