// SPDX-License-Identifier: MIT
// What this browser keeps between visits: language, theme, sound, keys. Never a token, and no filter: a new day
// starts with all calls.

const KEY = 'undertone.settings';
const defaults = {
  lang: '', theme: '', sound: false, notify: false,
  tray: 'open', keys: true,
};

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) || '{}');
    const out = { ...defaults };
    for (const key in defaults)
      if (typeof kept[key] === typeof defaults[key] &&
          Array.isArray(kept[key]) === Array.isArray(defaults[key]))
        out[key] = kept[key];
    return out;
  } catch {
    return { ...defaults };
  }
}

const values = load();

export function get(key) { return values[key]; }

export function set(key, value) {
  values[key] = value;
  try {
    localStorage.setItem(KEY, JSON.stringify(values));
  } catch { /* Storage is full or off: the choice lasts until the page is left. */ }
}
