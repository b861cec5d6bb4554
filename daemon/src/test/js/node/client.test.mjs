// /lanyard.js in Node against a real daemon: what two programs of one workstation see of each other, and of its restarts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { connect, Decimal } from '../../../main/resources/npm/lanyard/lanyard.js';
import { Daemon, until } from '../support/daemon.mjs';

let daemon;
const clients = [];

before(async () => {
  daemon = await Daemon.start();
});

after(async () => {
  clients.forEach((client) => client.close());
  await daemon.close();
});

function program(options = {}) {
  const client = connect({ url: daemon.url, token: daemon.token, WebSocket, minRetryMillis: 20, maxRetryMillis: 100, ...options });
  clients.push(client);
  return client;
}

test('two programs see each other at once, and each its own writes once', async () => {
  const [a, b] = [program({ client: 'till' }), program({ client: 'till' })];
  assert.notEqual(a.client, b.client);
  const changes = { a: [], b: [] };
  const seen = {
    a: a.collection('expense').subscribe((change) => changes.a.push(change)),
    b: b.collection('expense').subscribe((change) => changes.b.push(change)),
  };
  await Promise.all([seen.a.ready, seen.b.ready]);
  const { id, etag, outcome } = await a.collection('expense').add({ what: 'tea', amount: 2.4 });
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  assert.equal(outcome, 'created');
  await until(() => seen.b.documents.has(id));
  await b.collection('expense').patch(id, { paid: true }, { ifMatch: etag });
  await until(() => seen.a.documents.get(id).paid);
  await a.collection('expense').delete(id);
  await until(() => !seen.b.documents.has(id));
  const story = (all) => all.map(({ event, local }) => [event, local]);
  assert.deepEqual(story(changes.a), [['created', true], ['updated', false], ['deleted', true]]);
  assert.deepEqual(story(changes.b), [['created', false], ['updated', true], ['deleted', false]]);
  assert.deepEqual(changes.a[1].changed, ['/paid']);
  assert.equal(changes.a[1].origin.client, b.client);
});

test('what the daemon refuses is taken back, and the reason is told', async () => {
  const expenses = program().collection('expense');
  const changes = [];
  const seen = expenses.subscribe((change) => changes.push(change));
  await seen.ready;
  await expenses.put('rolled', { amount: 1 });
  await assert.rejects(expenses.patch('rolled', { amount: 2 }, { ifMatch: 'old' }), { code: 'etag_mismatch' });
  await assert.rejects(expenses.put('rolled', { $amount: 2 }), { code: 'invalid_name' });
  await assert.rejects(expenses.put('/', { amount: 2 }), { code: 'invalid_name' });
  await assert.rejects(expenses.patch('never', { amount: 2 }), { code: 'not_found' });
  assert.deepEqual(seen.documents.get('rolled'), { amount: 1 });
  assert.deepEqual([...seen.documents.keys()], ['rolled']);
  assert.equal(changes.at(-1).event, 'deleted', 'the one with the impossible name');
  await expenses.delete('rolled');
});

test('text numbers go in and come out digit for digit', async () => {
  const expenses = program({ numbers: 'text' }).collection('money');
  const seen = expenses.subscribe();
  await expenses.put('e1', { amount: new Decimal('12.10'), rate: new Decimal('1E2'), big: 10n ** 30n, plain: 0.5, text: '12.10' });
  const { text } = await daemon.request('GET', '/api/docs/money/e1');
  assert.equal(text, '{"amount":12.10,"big":1000000000000000000000000000000,"plain":0.5,"rate":1E2,"text":"12.10"}');
  const read = await expenses.get('e1');
  assert.equal(String(read.amount.plus('0.90')), '13.00');
  assert.equal(read.text, '12.10');
  await expenses.put('e1', read);
  assert.equal((await daemon.request('GET', '/api/docs/money/e1')).text, text, 'what was read can be written back');
  await seen.ready;
  assert.equal(String(seen.documents.get('e1').amount), '12.10');
});

test('two tills count at once, and both show the sum', async () => {
  const [a, b] = [program(), program()];
  const seen = [a, b].map((client) => client.collection('stock').subscribe());
  await a.collection('stock').put('tea', { left: 10, tags: ['hot'] });
  await Promise.all([a, b].flatMap((client) => [
    client.collection('stock').patch('tea', { left: { $increment: -1 } }),
    client.collection('stock').patch('tea', { left: { $increment: -2 }, tags: { $add: [client.client] } }),
  ]));
  const tags = ['hot', a.client, b.client].sort();
  await until(() => seen.every(({ documents }) => documents.get('tea')?.left === 4 && documents.get('tea').tags.length === 3));
  assert.deepEqual([...(await a.collection('stock').get('tea')).tags].sort(), tags);
});

test('lists: filters, order of ids, pages, and own writes that were not awaited', async () => {
  const expenses = program().collection('list');
  for (let i = 10; i < 20; i++) {
    expenses.put(`e${i}`, { amount: i, who: { name: i % 2 ? 'Ada' : 'Łucja' } });
  }
  const first = await expenses.list({ limit: 6 });
  assert.equal(first.items.length, 6);
  const second = await expenses.list({ limit: 6, cursor: first.next });
  assert.deepEqual([...first.items, ...second.items].map(({ id }) => id), Array.from({ length: 10 }, (_, i) => `e${i + 10}`));
  assert.equal(second.next, null);
  const some = await expenses.list({ where: { amount: { '>=': 12, in: [11, 12, 13] }, '/who/name': 'Ada', gone: { exists: false } } });
  assert.deepEqual(some.items.map(({ id, data }) => [id, data.amount]), [['e13', 13]]);
  assert.equal((await expenses.list({ prefix: 'e11' })).items.length, 1);
  await assert.rejects(expenses.list({ limit: 0 }), { code: 'invalid_value', status: 422 });
  assert.equal(await expenses.get('none'), null);
});

test('a restart and a crash: offline, then online, and nothing written meanwhile is lost', async () => {
  const [a, b] = [program(), program()];
  const states = [];
  a.on('status', (status) => states.push(status));
  const [seen, watched] = [a, b].map((client) => client.collection('restart').subscribe());
  await Promise.all([seen.ready, watched.ready]);
  await a.collection('restart').put('e0', { n: 0 });
  for (const end of ['stop', 'kill']) {
    await daemon[end]();
    await until(() => a.status === 'offline');
    await assert.rejects(a.collection('restart').get('e0'), { code: 'offline' });
    const writes = [a.collection('restart').put(end, { n: 1 }), a.collection('restart').patch(end, { n: 2 })];
    assert.deepEqual(seen.documents.get(end), { n: 2 }, 'it shows at once');
    assert.equal(a.pending, 2);
    await daemon.open();
    assert.deepEqual((await Promise.all(writes)).map(({ outcome }) => outcome), ['created', 'updated']);
    await until(() => watched.documents.get(end)?.n === 2);
  }
  assert.deepEqual([...watched.documents.keys()].sort(), ['e0', 'kill', 'stop']);
  assert.deepEqual(states, ['online', 'offline', 'online', 'offline', 'online']);
});

test('an unknown token signs out, and a good one signs in', async () => {
  const client = program({ token: 'wrong' });
  await until(() => client.status === 'signed_out');
  client.useToken(daemon.token);
  await until(() => client.status === 'online');
  assert.equal((await client.request('GET', '/api/sync/status')).device.name, 'desk');
});

test('a pattern subscribes to many collections', async () => {
  const client = program();
  const seen = client.collection('app1.*').subscribe();
  await seen.ready;
  await client.collection('app1.expense').put('e1', { n: 1 });
  await client.collection('app1.deep.order').put('e1', { n: 2 });
  await client.collection('app2.expense').put('e1', { n: 3 });
  await until(() => seen.documents.size === 2);
  assert.deepEqual([...seen.documents.keys()].sort(), ['app1.deep.order/e1', 'app1.expense/e1']);
});
