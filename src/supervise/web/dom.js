// SPDX-License-Identifier: MIT
// Small helpers around the DOM. Text goes in as text, never as markup: what a call is named by
// comes from outside.

const SVG = 'http://www.w3.org/2000/svg';

function put(node, key, value) {
  if (value === undefined || value === null || value === false) return;
  if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
  else if (key === 'class') node.setAttribute('class', value);
  else if (key === 'data') Object.assign(node.dataset, value);
  else if (key === 'value') node.value = value;
  else if (value === true) node.setAttribute(key, '');
  else node.setAttribute(key, String(value));
}

/** An element with attributes, listeners (`onclick`) and children (nodes, texts, arrays). */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const key in props) put(node, key, props[key]);
  node.append(...children.flat(2).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** As h, in the SVG name space. */
export function svg(tag, props, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const key in props) put(node, key, props[key]);
  node.append(...children);
  return node;
}

/** One of the symbols of index.html. Decoration: the word stands beside it. */
export function icon(name, extra = '') {
  return svg('svg', { class: `icon ${extra}`.trim(), 'aria-hidden': 'true', focusable: 'false' },
    svg('use', { href: `#i-${name}` }));
}

export function setIcon(node, name) {
  const use = node.firstChild;
  const href = `#i-${name}`;
  if (use.getAttribute('href') !== href) use.setAttribute('href', href);
}

/** Writes only what changed: layout and screen readers are left alone otherwise. */
export function setText(node, text) {
  const kept = node.firstChild;
  if (kept && kept.nodeType === 3 && !kept.nextSibling) {
    if (kept.data !== text) kept.data = text;
  } else if (kept || text !== '') {
    node.textContent = text;
  }
}

export function setData(node, key, value) {
  if (node.dataset[key] !== value) node.dataset[key] = value;
}

export function show(node, on) {
  if (node.hidden === on) node.hidden = !on;
}

/** Tells screen readers: at once (an alert), or when they are done with what they say. */
export function say(text, now = false) {
  const region = document.getElementById(now ? 'say-now' : 'say');
  region.textContent = '';
  requestAnimationFrame(() => { region.textContent = text; });
}
