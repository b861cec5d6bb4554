// The odd moments of /lanyard.js, against a daemon that says what the test wants at the moment it wants.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { until } from '../support/daemon.mjs';
import { Straw } from '../support/straw.mjs';

/** Runs a test with a daemon of straw, a client of it and a subscription that has its first picture. */
async function withStraw(run, options, subscribeOptions) {
  const straw = await Straw.start();
  const client = straw.client(options);
  try {
    const changes = [];
    const expenses = client.collection('expense');
    const seen = expenses.subscribe((change) => changes.push(change), subscribeOptions);
    const subscribe = await straw.hears(1);
    const told = (id, data, number, others = {}) =>
      straw.say({ type: 'x', event: data ? 'updated' : 'deleted', collection: 'expense', id, data, subscription: subscribe.ref, position: `a-${number}`, ...others });
    const synced = (number) => straw.say({ type: 'synced', subscription: subscribe.ref, position: `a-${number}` });
    await run({ straw, client, expenses, seen, changes, told, synced, subscribe });
  } finally {
    client.close();
    await straw.close();
  }
}

const ack = (straw, ref, number, outcome = 'created') =>
  straw.say({ type: 'ack', ref, etag: 'e', position: `a-${number}`, outcome });

const brief = (changes) => changes.map(({ event, id, data, local }) => [event, id, data?.amount, local]);

test('a write shows at once, and neither its ack nor its echo shows it again', () =>
  withStraw(async ({ straw, expenses, seen, changes, told, synced }) => {
    synced(1);
    await seen.ready;
    const put = expenses.put('e1', { amount: 1 });
    assert.deepEqual(brief(changes), [['created', 'e1', 1, true]], 'before anything was sent');
    const { ref } = await straw.hears(2);
    ack(straw, ref, 2);
    assert.deepEqual(await put, { id: 'e1', etag: 'e', outcome: 'created' });
    told('e1', { amount: 1 }, 2);
    told('e2', { amount: 9 }, 3);
    await until(() => seen.documents.has('e2'));
    assert.deepEqual(brief(changes), [['created', 'e1', 1, true], ['created', 'e2', 9, false]]);
  }));

test('an older state that was under way when the ack came does not flicker', () =>
  withStraw(async ({ straw, expenses, seen, changes, told, synced }) => {
    told('e1', { amount: 1 }, 1);
    synced(1);
    await seen.ready;
    const patch = expenses.patch('e1', { amount: 5 });
    ack(straw, (await straw.hears(2)).ref, 3, 'updated');
    await patch;
    told('e1', { amount: 2 }, 2); // somebody else's, before ours
    told('e1', { amount: 5 }, 3);
    told('e1', { amount: 6 }, 4);
    await until(() => seen.documents.get('e1').amount === 6);
    assert.deepEqual(changes.map((change) => change.data.amount), [1, 5, 6]);
  }));

test('an echo that comes before its ack leaves nothing behind that hides later states', () =>
  withStraw(async ({ straw, expenses, seen, told, synced }) => {
    synced(1);
    const put = expenses.put('e1', { amount: 1 });
    const { ref } = await straw.hears(2);
    told('e1', { amount: 1 }, 2);
    ack(straw, ref, 2);
    await put;
    told('e1', { amount: 7 }, 3);
    await until(() => seen.documents.get('e1').amount === 7);
  }));

test('what is refused is taken back, with the reason, and later writes stay', () =>
  withStraw(async ({ straw, expenses, seen, changes, told, synced }) => {
    told('e1', { amount: 1, note: 'x' }, 1);
    synced(1);
    await seen.ready;
    const bad = expenses.patch('e1', { amount: -1 }, { ifMatch: 'old' });
    const good = expenses.patch('e1', { note: 'y' });
    assert.deepEqual(seen.documents.get('e1'), { amount: -1, note: 'y' });
    const { ref, ifMatch } = await straw.hears(2);
    assert.equal(ifMatch, 'old');
    straw.say({ type: 'error', ref, code: 'etag_mismatch', message: 'it has changed', hint: 'read it again' });
    await assert.rejects(bad, { name: 'LanyardError', code: 'etag_mismatch', hint: 'read it again' });
    assert.deepEqual(seen.documents.get('e1'), { amount: 1, note: 'y' });
    assert.equal(changes.at(-1).error.code, 'etag_mismatch');
    ack(straw, (await straw.hears(3)).ref, 2, 'updated');
    await good;
  }));

test('of one document one write is under way at a time, and one that is put off keeps its place', () =>
  withStraw(async ({ straw, client, expenses }) => {
    const writes = [expenses.put('e1', { n: 1 }), expenses.put('e1', { n: 2 }), expenses.put('e2', { n: 3 })];
    const first = await straw.hears(2);
    assert.equal((await straw.hears(3)).id, 'e2', 'the second of e1 waits');
    straw.say({ type: 'error', ref: first.ref, code: 'rate_limited', message: 'slow down', retryAfterMillis: 30 });
    const again = await straw.hears(4);
    assert.deepEqual([again.ref, again.data], [first.ref, { n: 1 }]);
    ack(straw, again.ref, 1);
    const second = await straw.hears(5);
    assert.deepEqual(second.data, { n: 2 });
    ack(straw, second.ref, 2);
    ack(straw, straw.heard[2].ref, 3);
    await Promise.all(writes);
    assert.equal(client.pending, 0);
  }));

test('no more writes are under way than the daemon takes', () =>
  withStraw(async ({ straw, expenses }) => {
    const writes = Array.from({ length: 40 }, (_, i) => expenses.put(`e${i}`, { n: i }));
    await straw.hears(33);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(straw.heard.length, 33);
    ack(straw, straw.heard[1].ref, 1);
    await straw.hears(34);
    for (let i = 2; i <= 40; i++) {
      ack(straw, (await straw.hears(i + 1)).ref, i);
    }
    await Promise.all(writes);
    assert.equal(straw.heard.length, 41);
  }));

test('writes made while nobody answers wait, bounded, and are sent in order', () =>
  withStraw(async ({ straw, client, expenses, seen }) => {
    const { port } = straw;
    await straw.close();
    await until(() => client.status === 'offline');
    const writes = [expenses.put('e1', { n: 1 }), expenses.patch('e1', { n: 2 }), expenses.put('e2', { n: 3 })];
    await assert.rejects(expenses.put('e3', {}), { code: 'queue_full' });
    assert.deepEqual(seen.documents.get('e1'), { n: 2 });
    assert.equal(client.pending, 3);
    const again = await Straw.start(port);
    try {
      assert.equal((await again.hears(1)).op, 'subscribe');
      assert.deepEqual([(await again.hears(2)).data, (await again.hears(3)).data], [{ n: 1 }, { n: 3 }]);
      ack(again, again.heard[1].ref, 1);
      ack(again, (await again.hears(4)).ref, 2, 'updated');
      ack(again, again.heard[2].ref, 3);
      assert.deepEqual((await Promise.all(writes)).map(({ outcome }) => outcome), ['created', 'updated', 'created']);
    } finally {
      client.close();
      await again.close();
    }
  }, { maxQueue: 3 }));

test('after a break it resumes where it was told to, and sends again what had no answer', () =>
  withStraw(async ({ straw, client, expenses, seen, told, synced }) => {
    told('e1', { amount: 1 }, 1);
    synced(4);
    await seen.ready;
    const put = expenses.put('e2', { amount: 2 });
    const { ref } = await straw.hears(2);
    const states = [];
    client.on('status', (status) => states.push(status));
    straw.socket.terminate();
    const subscribe = await straw.hears(3);
    assert.deepEqual([subscribe.op, subscribe.since], ['subscribe', 'a-4']);
    assert.equal((await straw.hears(4)).ref, ref);
    assert.deepEqual([...seen.documents.keys()], ['e1', 'e2'], 'nothing vanished meanwhile');
    ack(straw, ref, 5);
    await put;
    assert.deepEqual(states, ['offline', 'online']);
  }));

test('a write whose answer was lost is sent again under its key, so that it is done once', () =>
  withStraw(async ({ straw, client, expenses, seen, told, synced }) => {
    told('e1', { stock: 5 }, 1);
    synced(1);
    await seen.ready;
    const counted = expenses.patch('e1', { stock: { $increment: -1 } });
    const guarded = expenses.put('e2', { n: 1 }, { ifMatch: 'x' });
    const [, { key }, { key: other }] = [await straw.hears(1), await straw.hears(2), await straw.hears(3)];
    assert.match(key, /^[0-9a-f]{32}$/);
    assert.notEqual(key, other);
    const waiting = expenses.patch('e1', { stock: { $increment: -2 } }); // not sent yet: the first one is under way
    straw.socket.terminate();
    await straw.hears(6);
    assert.deepEqual(straw.heard.slice(4).map((one) => one.key), [key, other]);
    told('e1', { stock: 4 }, 2); // it had come through
    ack(straw, straw.heard[4].ref, 2, 'updated');
    ack(straw, straw.heard[5].ref, 3);
    ack(straw, (await straw.hears(7)).ref, 4, 'updated');
    await Promise.all([counted, guarded, waiting]);
    told('e1', { stock: 2 }, 4);
    await until(() => seen.documents.get('e1').stock === 2);
    assert.equal(client.pending, 0);
  }));

test('a count whose answer was lost under another token, or a day ago, is not sent again', async () => {
  let token = 'first';
  const now = Date.now;
  try {
    await withStraw(async ({ straw, client, expenses }) => {
      const other = expenses.patch('e1', { n: { $increment: 1 } });
      await straw.hears(2);
      token = 'second';
      straw.socket.terminate();
      await assert.rejects(other, { code: 'unknown_outcome' });
      const old = expenses.patch('e1', { n: { $increment: 1 } });
      const plain = expenses.put('e2', { n: 1 });
      await straw.hears(5);
      Date.now = () => now() + 24 * 3_600_000;
      straw.socket.terminate();
      await assert.rejects(old, { code: 'unknown_outcome' });
      assert.deepEqual([(await straw.hears(7)).op, straw.heard[6].id], ['put', 'e2'], 'setting twice is setting once');
      ack(straw, straw.heard[6].ref, 1);
      await plain;
      assert.equal(client.pending, 0);
    }, { token: () => token });
  } finally {
    Date.now = now;
  }
});

test('when the daemon does not know the place any more, what is not in the new picture goes', () =>
  withStraw(async ({ straw, seen, changes, told, synced, subscribe }) => {
    told('e1', { amount: 1 }, 1);
    told('e2', { amount: 2 }, 2);
    synced(2);
    await seen.ready;
    straw.say({ type: 'resync_required', subscription: subscribe.ref, position: 'b-1' });
    const again = await straw.hears(2);
    assert.deepEqual([again.op, again.ref, again.since], ['subscribe', subscribe.ref, 'start']);
    told('e2', { amount: 3 }, 1, { position: 'b-1' });
    synced(1);
    await until(() => seen.documents.size === 1);
    assert.deepEqual(brief(changes).slice(2), [['updated', 'e2', 3, false], ['deleted', 'e1', undefined, false]]);
  }));

test('a fixed token that is not taken is not shown again', () =>
  withStraw(async ({ straw, client, expenses }) => {
    const errors = [];
    client.on('error', (error) => errors.push(error.code));
    straw.socket.close(4001, 'revoked');
    await until(() => client.status === 'signed_out');
    const put = expenses.put('e1', { amount: 1 });
    client.useToken('fresh');
    assert.equal((await straw.hears(3)).id, 'e1', 'what was written meanwhile is not lost');
    ack(straw, straw.heard[2].ref, 1);
    await put;
    assert.deepEqual([straw.tokens, errors], [['t', 'fresh'], ['unauthorized']]);
  }));

test('a function is asked once for a fresh token', async () => {
  const straw = await Straw.start();
  straw.refuses = (token) => token !== 't3';
  let asked = 0;
  const client = straw.client({ token: async () => `t${++asked}` });
  try {
    await until(() => client.status === 'signed_out');
    assert.deepEqual(straw.tokens, ['t1', 't2']);
    client.useToken(() => 't3');
    await until(() => client.status === 'online');
  } finally {
    client.close();
    await straw.close();
  }
});

test('signing out takes the documents away', () =>
  withStraw(async ({ client, expenses, seen, told, synced }) => {
    told('e1', { amount: 1 }, 1);
    synced(1);
    await seen.ready;
    const put = expenses.put('e2', {});
    client.signOut();
    await assert.rejects(put, { code: 'signed_out' });
    assert.deepEqual([seen.documents.size, client.status, client.pending], [0, 'signed_out', 0]);
  }));

test('a connection that says nothing any more is given up', () =>
  withStraw(async ({ straw, client }) => {
    straw.isSilent = true;
    await until(() => straw.connections > 1);
    straw.isSilent = false;
    await until(() => client.status === 'online');
  }, { pingMillis: 20, answerMillis: 40 }));

test('where: an own write that does not fit is not shown, and one that stops to fit goes', () =>
  withStraw(async ({ straw, expenses, seen, changes, told, synced, subscribe }) => {
    assert.deepEqual(subscribe.where, { amount: { '>=': 10 }, 'by.name': 'ada' });
    told('e1', { amount: 10, by: { name: 'ada' } }, 1);
    synced(1);
    await seen.ready;
    const writes = [expenses.put('e2', { amount: 9, by: { name: 'ada' } }), expenses.patch('e1', { by: { name: 'bob' } })];
    assert.deepEqual(brief(changes).slice(1), [['deleted', 'e1', undefined, true]]);
    ack(straw, (await straw.hears(2)).ref, 2);
    ack(straw, (await straw.hears(3)).ref, 3, 'updated');
    await Promise.all(writes);
    told('e1', null, 3);
    told('e3', { amount: 11, by: { name: 'ada' } }, 4);
    await until(() => seen.documents.has('e3'));
    assert.deepEqual([...seen.documents.keys()], ['e3']);
  }, {}, { where: { amount: { '>=': 10 }, 'by.name': 'ada' } }));

test('increments and sets show what they will make', () =>
  withStraw(async ({ client, expenses, seen, told, synced }) => {
    told('tea', { stock: 5, price: 2.4, tags: ['hot', 'cup'] }, 1);
    synced(1);
    await seen.ready;
    const write = expenses.patch('tea', { stock: { $increment: -2 }, tags: { $add: ['new'], $remove: ['cup'] }, sold: { $increment: 2 } });
    write.catch(() => {});
    assert.deepEqual(seen.documents.get('tea'), { stock: 3, price: 2.4, tags: ['hot', 'new'], sold: 2 });
    client.close();
  }));

test('an increment whose echo comes before its ack is not counted twice', () =>
  withStraw(async ({ straw, expenses, seen, told, synced }) => {
    told('e1', { stock: 5 }, 1);
    synced(1);
    await seen.ready;
    const counted = expenses.patch('e1', { stock: { $increment: -1 } });
    const { ref } = await straw.hears(2);
    told('e1', { stock: 4 }, 2);
    ack(straw, ref, 2, 'updated');
    await counted;
    assert.equal(seen.documents.get('e1').stock, 4);
  }));

test('a field called __proto__ is a field when it is patched, too', () =>
  withStraw(async ({ client, expenses, seen, told, synced }) => {
    told('e1', { n: 1 }, 1);
    synced(1);
    await seen.ready;
    expenses.patch('e1', JSON.parse('{"__proto__":{"evil":true}}')).catch(() => {});
    assert.deepEqual(Object.keys(seen.documents.get('e1')), ['n', '__proto__']);
    assert.equal(seen.documents.get('e1').evil, undefined);
    client.close();
  }));

test('a listener that throws stops nothing', async () => {
  const thrown = [];
  process.removeAllListeners('uncaughtException');
  process.once('uncaughtException', (error) => thrown.push(error.message));
  await withStraw(async ({ straw, client, expenses, seen }) => {
    client.on('pending', () => {
      throw new Error('the page is broken');
    });
    const put = expenses.put('e1', { amount: 1 });
    assert.ok(seen.documents.has('e1'));
    ack(straw, (await straw.hears(2)).ref, 1);
    process.once('uncaughtException', (error) => thrown.push(error.message));
    await put;
    await until(() => thrown.length === 2);
  });
});

test('bare strings and messages of kinds to come are notices', () =>
  withStraw(async ({ straw, client }) => {
    const notices = [];
    client.on('notice', (notice) => notices.push(notice));
    straw.say('estimate_updated');
    straw.say({ type: 'sync_data', items: [] });
    await until(() => notices.length === 2);
    assert.equal(notices[0], 'estimate_updated');
  }));

/** A browser's storage. */
class Memory {
  #texts = new Map();

  get length() {
    return this.#texts.size;
  }

  key(index) {
    return [...this.#texts.keys()][index];
  }

  getItem(name) {
    return this.#texts.get(name) ?? null;
  }

  setItem(name, text) {
    if (this.isFull) {
      throw new Error('the quota is exceeded');
    }
    this.#texts.set(name, text);
  }

  removeItem(name) {
    this.#texts.delete(name);
  }
}

test('what a page left behind is sent by its next load, in order and once; a full storage says so', async () => {
  Object.assign(globalThis, { localStorage: new Memory(), sessionStorage: new Memory() });
  const straw = await Straw.start();
  const load = async (name, options) => {
    const { connect } = await import(`../../../main/resources/npm/lanyard/lanyard.js?${name}`);
    return connect({ url: `http://127.0.0.1:${straw.port}`, token: 't', client: 'shop', ...options });
  };
  // Nobody answers this page, and nothing of it is left but what it wrote.
  const Deaf = class { close() {} };
  const gone = await load('before', { WebSocket: Deaf });
  const left = gone.collection('expense');
  const lost = [left.put('e1', { n: 1 }), left.patch('e1', { n: { $increment: 1 } }), left.delete('none')];
  lost.forEach((one) => one.catch(() => {}));
  assert.equal(localStorage.length, 3);
  localStorage.isFull = true;
  await assert.rejects(left.put('e2', { n: 1 }), { code: 'queue_full' });
  assert.equal(gone.pending, 3);
  localStorage.isFull = false;

  const errors = [];
  const page = await load('after', { WebSocket });
  const other = await load('after', { WebSocket: Deaf, client: 'another' });
  page.on('error', ({ code }) => errors.push(code));
  assert.equal(page.pending, 3);
  assert.equal(other.pending, 0, 'what another app left is not its own');
  await straw.hears(2);
  ack(straw, straw.heard[0].ref, 1);
  straw.say({ type: 'error', ref: straw.heard[1].ref, code: 'not_found', message: 'it is not there', hint: '' });
  ack(straw, (await straw.hears(3)).ref, 2, 'updated');
  assert.deepEqual(straw.heard.map(({ op, id }) => [op, id]), [['put', 'e1'], ['delete', 'none'], ['patch', 'e1']]);
  assert.equal(new Set(straw.heard.map(({ key }) => key)).size, 3);
  await until(() => page.pending === 0 && errors.length > 0);
  assert.deepEqual(errors, ['not_found'], 'nobody else is told');
  assert.equal(localStorage.length, 0);
  [gone, page, other].forEach((one) => one.close());
  await straw.close();
  delete globalThis.localStorage;
  delete globalThis.sessionStorage;
});
