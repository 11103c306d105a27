// SPDX-License-Identifier: MIT
// The Grafana dashboard and the alert rules of Prometheus ask for nothing that the server does not export.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Server } from './server.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');

test('every metric of the dashboard and of the alert rules is exported', async () => {
  const board = JSON.parse(fs.readFileSync(path.join(root, 'tools/grafana-dashboard.json'), 'utf8'));
  const asked = new Set(board.panels.flatMap((p) => p.targets ?? []).flatMap((q) => q.expr.match(/undertone_\w+/g)));
  const rules = fs.readFileSync(path.join(root, 'tools/packaging/prometheus-alerts.yml'), 'utf8');
  const expressions = [...rules.matchAll(/^ +expr: (?:>-\n +)?(.*)$/gm)].map(([, e]) => e);
  assert.ok(expressions.length > 5);
  for (const name of expressions.flatMap((e) => e.match(/undertone_\w+/g) ?? [])) asked.add(name);
  const server = await Server.start({ tokens: { root: 'admin' } });
  const text = await (await fetch(`${server.url}metrics`, { headers: { authorization: `Bearer ${server.tokens.root}` } })).text();
  await server.stop();
  // A family without a sample, such as those of channels that are not set up, has its TYPE line.
  const ends = { counter: ['_total'], histogram: ['_bucket', '_count', '_sum'], gauge: [''] };
  const exported = new Set([...text.matchAll(/^# TYPE (\w+) (\w+)/gm)].flatMap(([, name, type]) => ends[type].map((end) => name + end)));
  assert.deepEqual([...asked].filter((name) => !exported.has(name)), []);
  assert.match(text, /# EOF\n$/);
});
