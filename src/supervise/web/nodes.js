// SPDX-License-Identifier: MIT
// Of several nodes on one bus each keeps the calls of all, or its own alone; pages that show them say whose.
import { h, setText, show } from './dom.js';
import { t } from './i18n.js';
import * as model from './model.js';

/** A line that is seen where there are other nodes; stop() when its page is left. */
export function nodeNote() {
  const node = h('p', { class: 'lead node-note' });
  const draw = () => {
    const own = model.session?.node;
    const others = (model.health?.nodes ?? []).map((n) => n.node).filter((name) => name !== own);
    setText(node, others.length ? t(model.health.history === 'own' ? 'nodes.own' : 'nodes.all', { node: own, others: others.join(', ') }) : '');
    show(node, others.length > 0);
  };
  draw();
  return { node, stop: model.watch((change) => { if (change.health || change.all) draw(); }) };
}
