// SPDX-License-Identifier: MIT
// Runs before the first paint: the chosen theme must not flash over from the other one.
(function () {
  try {
    const kept = JSON.parse(localStorage.getItem('undertone.settings') || '{}');
    if (kept.theme === 'light' || kept.theme === 'dark')
      document.documentElement.dataset.theme = kept.theme;
  } catch { /* Storage is off or holds something else: the system's theme stands. */ }
})();
