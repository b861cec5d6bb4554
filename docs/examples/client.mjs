// A client in plain Node 20 or newer: documents over HTTP, changes as they happen from the feed.
// Pages, and programs that must work while the daemon restarts, are better off with lanyard.js (docs/api.md).
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';

const state = process.env.XDG_STATE_HOME ?? `${homedir()}/.local/state`;
const home = process.env.LANYARD_HOME ?? `${state}/lanyard`;
const api = readFileSync(`${home}/api`, 'utf8').trim().replace(/\/$/, '');
const token = readFileSync(`${home}/token`, 'utf8').trim();

function call(method, path, body, headers = {}) {
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  return fetch(api + path, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { Authorization: `Bearer ${token}`, 'Lanyard-Client': 'node', ...type, ...headers },
  });
}

/** Resolves to the first change that another program makes after `act`. */
async function firstChange(collection, act) {
  const feed = await call('GET', `/api/sync/changes?since=now&collection=${collection}`);
  let rest = '';
  for await (const text of feed.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines.filter((one) => one !== '')) {
      const event = JSON.parse(line);
      if (event.type !== 'synced') {
        return event; // leaving the loop ends the feed
      }
      await act();
    }
  }
}

// JavaScript turns 12.10 into 12.1, so amounts are whole cents here; the tutorial shows the other way.
await call('PUT', '/api/docs/expense/tea', { what: 'tea', cents: 240, paid: false });
await call('PUT', '/api/docs/expense/train', { what: 'train', cents: 1210, paid: false });

const event = await firstChange('expense', () =>
  call('PATCH', '/api/docs/expense/train', { paid: true }, { 'Lanyard-Client': 'another' }),
);
console.log(event.type, event.id, event.changed);

const refused = await call('PATCH', '/api/docs/expense/train', { paid: false }, { 'If-Match': '"0"' });
console.log(refused.status, (await refused.json()).code);

const list = await call('GET', `/api/docs/expense?${new URLSearchParams({ where: 'cents>=2' })}`);
const { items } = await list.json();
console.log('total', items.reduce((sum, { data }) => sum + data.cents, 0) / 100);
