// SPDX-License-Identifier: MIT
// Which alert needs somebody most: handed to me, escalated, urgent, waiting longest. Quiet ones and those whose
// call is over stand apart.

const SEVERITY = { high: 2, medium: 1, low: 0 };

function rank(alert, me) {
  if (alert.state === 'raised') {
    if (me && alert.assigned_to === me) return 100;
    return (alert.escalated ? 50 : 10) + (SEVERITY[alert.severity] ?? 1);
  }
  return alert.acknowledged_by === me && me ? 5 : 1;
}

/** 'now', 'over' (its call has ended), 'quiet'. */
export function part(alert, live, quiet) {
  if (quiet) return 'quiet';
  return live ? 'now' : 'over';
}

/** Most in need first; of equals the one that has waited longest. */
export function compare(me) {
  return (a, b) => rank(b, me) - rank(a, me) || a.raised_ms - b.raised_ms || (a.alert < b.alert ? -1 : 1);
}

/** Open alerts by part, each in order. isLive(alert), isQuiet(alert). */
export function sort(alerts, me, isLive, isQuiet) {
  const parts = { now: [], over: [], quiet: [] };
  for (const a of alerts) parts[part(a, isLive(a), isQuiet(a))].push(a);
  for (const list of Object.values(parts)) list.sort(compare(me));
  return parts;
}
