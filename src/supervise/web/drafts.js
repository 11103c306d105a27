// SPDX-License-Identifier: MIT
// What somebody has begun to write is kept over a reload, in this tab alone, until it is sent or they sign out.
const KEY = 'undertone.draft.';

function each(fn) {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEY)) fn(key);
  } catch { /* No storage: nothing was kept. */ }
}

/** Fills a field with what was written before, and keeps what is written now. Returns how to drop it. */
export function keep(field, name) {
  const key = KEY + name;
  try {
    field.value = sessionStorage.getItem(key) ?? field.value;
  } catch { /* No storage. */ }
  field.addEventListener('input', () => {
    try {
      sessionStorage.setItem(key, field.value);
    } catch { /* Full or off: it lasts until the page is left. */ }
  });
  return () => each((other) => { if (other === key) sessionStorage.removeItem(key); });
}

export const clear = () => each((key) => sessionStorage.removeItem(key));
