// SPDX-License-Identifier: MIT
// Who needs help most, and how to bring a list into that order with the fewest moves.

const SLACK = 0.08; // A card changes its place among its equals only for a change larger than this.
const RANK = { alert: 3, elevated: 2, calm: 1, abstain: 0 };

/** Renews a call's need: what it stands for in the order. Slow on purpose. */
export function renewNeed(call, alert) {
  const recent = call.spark.slice(-8).filter((x) => x !== null);
  const level = recent.length ? recent.reduce((a, b) => a + b, 0) / recent.length : 0;
  let rank = RANK[call.state] ?? 0;
  if (alert?.state === 'raised') rank = 5;
  else if (alert?.state === 'acknowledged') rank = Math.max(rank, 2.5);
  const held = call.need && call.need.rank === rank && Math.abs(level - call.need.level) <= SLACK;
  call.need = { rank, level: held ? call.need.level : level };
}

/** Most in need first; then the one that has waited longest. */
export function compare(a, b) {
  return b.need.rank - a.need.rank || b.need.level - a.need.level ||
    a.started_ms - b.started_ms || (a.call < b.call ? -1 : 1);
}

/** Positions (in `order`) of a longest rising run of `order`: those may stay where they are. */
export function risingRun(order) {
  const tails = [];
  const before = new Array(order.length);
  order.forEach((value, i) => {
    let lo = 0;
    let hi = tails.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (order[tails[mid]] < value) lo = mid + 1;
      else hi = mid;
    }
    before[i] = lo ? tails[lo - 1] : -1;
    tails[lo] = i;
  });
  const run = new Set();
  for (let i = tails.at(-1) ?? -1; i >= 0; i = before[i]) run.add(i);
  return run;
}

/** Moves the children of `list` into the order of `nodes`, touching as few as possible. */
export function arrange(list, nodes) {
  const place = new Map([...list.children].map((node, i) => [node, i]));
  const stay = risingRun(nodes.map((node) => place.get(node) ?? -1));
  let moved = 0;
  let next = null;
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (!stay.has(i) || nodes[i].parentNode !== list) {
      list.insertBefore(nodes[i], next);
      moved++;
    }
    next = nodes[i];
  }
  return moved;
}
