// A daemon of straw: says what a test tells it to, at the moment it wants.
import { once } from 'node:events';
import { connect } from '../../../main/resources/npm/lanyard/lanyard.js';
import { WebSocket, WebSocketServer } from 'ws';
import { until } from './daemon.mjs';

export class Straw {
  static async start(port = 0) {
    const straw = new Straw();
    straw.heard = []; // every message, hellos left out
    straw.tokens = [];
    straw.connections = 0;
    straw.server = new WebSocketServer({ port, host: '127.0.0.1', handleProtocols: () => 'lanyard.v1' });
    straw.server.on('connection', (socket, request) => straw.#accept(socket, request));
    await once(straw.server, 'listening');
    straw.port = straw.server.address().port;
    return straw;
  }

  #accept(socket, request) {
    this.connections++;
    this.tokens.push(request.headers['sec-websocket-protocol'].split('lanyard.token.')[1]);
    this.socket = socket;
    if (this.refuses?.(this.tokens.at(-1))) {
      socket.close(4001, 'the token is wrong');
      return;
    }
    socket.on('message', (text) => {
      const message = JSON.parse(text);
      if (message.op === 'hello') {
        this.say({ type: 'ack', ref: message.ref });
      } else if (message.op !== 'ping') {
        this.heard.push(message);
      } else if (!this.isSilent) {
        this.say({ type: 'pong' });
      }
    });
  }

  say(message) {
    this.socket.send(JSON.stringify(message));
  }

  /** Resolves to the message number `count`, counted from 1, when it is there. */
  async hears(count) {
    await until(() => this.heard.length >= count, `${count} messages, got ${JSON.stringify(this.heard)}`);
    return this.heard[count - 1];
  }

  client(options = {}) {
    const url = `http://127.0.0.1:${this.port}`;
    return connect({ url, token: 't', WebSocket, minRetryMillis: 10, maxRetryMillis: 40, ...options });
  }

  async close() {
    this.server.clients.forEach((client) => client.terminate());
    await new Promise((resolve) => this.server.close(resolve)); // the second time it says that it was closed
  }
}
