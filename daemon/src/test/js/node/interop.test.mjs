// Node's ordinary clients against a real daemon: fetch, node:http, and the package ws.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { Daemon } from '../support/daemon.mjs';

let daemon;

before(async () => {
  daemon = await Daemon.start();
});

after(() => daemon.close());

/** A WebSocket whose messages can be waited for. */
class Client {
  static async open(options = {}, token = daemon.token) {
    const client = new Client();
    const headers = { Authorization: `Bearer ${token}`, ...options.headers };
    client.socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/ws`, { ...options, headers });
    client.messages = [];
    client.socket.on('message', (data) => client.messages.push(JSON.parse(data)));
    client.closed = once(client.socket, 'close').catch((error) => [error.message]);
    await once(client.socket, 'open');
    return client;
  }

  say(message) {
    this.socket.send(JSON.stringify(message));
  }

  async hears(type) {
    for (;;) {
      const index = this.messages.findIndex((message) => message.type === type);
      if (index >= 0) {
        return this.messages.splice(0, index + 1).at(-1);
      }
      await once(this.socket, 'message');
    }
  }
}

test('fetch: unicode, ids to escape, HEAD, problems', async () => {
  const path = `/api/docs/contact/${encodeURIComponent('a~b:c@d+e')}`;
  assert.equal((await daemon.request('PUT', path, { name: 'Ada Wójcik 🧾' })).status, 201);
  assert.equal((await daemon.request('GET', path)).body.name, 'Ada Wójcik 🧾');
  const head = await daemon.request('HEAD', path);
  assert.match(head.headers.get('ETag'), /^"\w+"$/);
  assert.equal(head.text, '');
  const refused = await fetch(`${daemon.url}${path}`);
  assert.equal(refused.headers.get('Content-Type'), 'application/problem+json');
  assert.equal((await refused.json()).code, 'unauthorized');
});

test('fetch: a feed that is read as it comes', async () => {
  const feed = await fetch(`${daemon.url}/api/sync/changes?since=now`, { headers: { Authorization: `Bearer ${daemon.token}` } });
  const reader = feed.body.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader.read()).value, /"synced"/);
  await daemon.request('PUT', '/api/docs/contact/feed', { n: 1 });
  assert.match((await reader.read()).value, /"contact_created"/);
  await reader.cancel();
});

test('node:http: one connection for many requests, bodies in chunks, 100-continue', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set();
  for (const expect of [false, true]) {
    const headers = { Authorization: `Bearer ${daemon.token}`, 'Content-Type': 'application/json' };
    const sent = request(`${daemon.url}/api/docs/contact/chunked`, { method: 'PUT', agent, headers: expect ? { ...headers, Expect: '100-continue' } : headers });
    if (expect) {
      sent.flushHeaders();
      await once(sent, 'continue');
    }
    sent.write('{"n":');
    sent.end(`${Number(expect)}}`);
    const [answer] = await once(sent, 'response');
    ports.add(answer.socket.localPort);
    answer.resume();
    await once(answer, 'end');
    assert.equal(answer.statusCode, expect ? 200 : 201);
  }
  agent.destroy();
  assert.equal(ports.size, 1);
});

test('ws: offers of compression, fragments, pings, large messages', async () => {
  const reader = await Client.open({ perMessageDeflate: true });
  reader.say({ op: 'subscribe', ref: 1, collections: ['note'], since: 'now' });
  await reader.hears('synced');
  const writer = await Client.open({ headers: { 'Lanyard-Client': 'ws' } });
  const text = 'ł'.repeat(100_000);
  const message = JSON.stringify({ op: 'put', ref: 'p', collection: 'note', id: 'n1', data: { text } });
  writer.socket.send(message.slice(0, 10), { fin: false });
  writer.socket.send(message.slice(10, 70_000), { fin: false });
  writer.socket.send(message.slice(70_000), { fin: true });
  assert.equal((await writer.hears('ack')).ref, 'p');
  const event = await reader.hears('note_created');
  assert.deepEqual([event.data.text, event.origin.client, event.origin.self], [text, 'ws', false]);
  writer.socket.ping('are you there');
  assert.equal(String((await once(writer.socket, 'pong'))[0]), 'are you there');
  writer.socket.close();
  reader.socket.close();
  assert.deepEqual((await Promise.all([writer.closed, reader.closed])).map(([code]) => code), [1005, 1005]);
});

test('ws: each way to be sent away has its code', async () => {
  await assert.rejects(Client.open({}, 'wrong'), /401/);
  const late = new WebSocket(`${daemon.url.replace('http', 'ws')}/ws`, ['lanyard.v1', 'lanyard.token.wrong']);
  assert.equal((await once(late, 'close'))[0], 4001);
  const binary = await Client.open();
  binary.socket.send(Buffer.from('{}'), { binary: true });
  assert.equal((await binary.closed)[0], 1003);
  const big = await Client.open();
  big.socket.send('x'.repeat(5 << 20));
  assert.equal((await big.closed)[0], 1009);
  const last = await Client.open();
  const [[code]] = await Promise.all([last.closed, daemon.stop()]);
  assert.equal(code, 1001);
  await daemon.open();
});
