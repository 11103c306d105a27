// SPDX-License-Identifier: MIT
// One key an act. Off while something is written, with a modifier, in a dialogue, and where somebody has turned
// them off; `?` shows them all.
import { h } from './dom.js';
import { t } from './i18n.js';
import * as settings from './settings.js';
import { ask } from './acts.js';

const bound = new Map(); // key -> fn

/** Binds keys for as long as their owner is there: {key: fn}. Returns how to end it. */
export function bind(keys) {
  for (const [key, fn] of Object.entries(keys)) bound.set(key, fn);
  return () => { for (const [key, fn] of Object.entries(keys)) if (bound.get(key) === fn) bound.delete(key); };
}

const ROWS = [['j', 'next'], ['k', 'before'], ['a', 'acknowledge'], ['o', 'open'], ['r', 'resolve'], ['n', 'note'], ['h', 'handover'],
  ['q', 'quiet'], ['x', 'select'], ['/', 'find'], ['?', 'help']];

export function showKeys() {
  const off = h('label', { class: 'radio' }, h('input', { type: 'checkbox', checked: settings.get('keys'),
    onchange: (e) => settings.set('keys', e.target.checked) }), t('keys.on'));
  ask(t('keys.title'), [h('dl', { class: 'pairs keys' }, ROWS.map(([key, what]) =>
    h('div', {}, h('dt', {}, h('kbd', {}, key)), h('dd', {}, t(`keys.${what}`))))), off], null);
}
bound.set('?', showKeys);

const writes = (node) => node.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]');

addEventListener('keydown', (e) => {
  if (e.ctrlKey || e.altKey || e.metaKey || e.isComposing || document.querySelector('dialog[open]')) return;
  if (writes(e.target) || (!settings.get('keys') && e.key !== '?')) return;
  const fn = bound.get(e.key);
  if (!fn || fn(e) === false) return;
  e.preventDefault();
});
