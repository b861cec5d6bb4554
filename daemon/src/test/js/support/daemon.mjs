// A real daemon in a process of its own. JUnit says by environment variables how to start one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const FLAGS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx192m', '-Djdk.serialFilter=!*'];

export class Daemon {
  /**
   * Starts a daemon with a new HOME, on any free port; `shortLived` says that it has a token, `daemon.shortLived`, for
   * pages of an origin, which is good for some seconds; `publicDirectory` is served as `lanyard up --public` does.
   */
  static async start({ shortLived, publicDirectory } = {}) {
    const daemon = new Daemon();
    daemon.environment = publicDirectory ? { ...process.env, LANYARD_PUBLIC: publicDirectory } : process.env;
    daemon.wish = shortLived ? [shortLived.origin, String(shortLived.seconds)] : [];
    daemon.home = await mkdtemp(join(tmpdir(), 'lanyard-js-'));
    daemon.port = 0;
    await daemon.open();
    daemon.token = (await readFile(join(daemon.home, 'token'), 'utf8')).trim();
    return daemon;
  }

  /** Starts it, or starts it again: on the port that it had. */
  async open() {
    const { LANYARD_JAVA, LANYARD_CLASS_PATH, LANYARD_MAIN } = process.env;
    const command = [...FLAGS, '-cp', LANYARD_CLASS_PATH, LANYARD_MAIN, this.home, String(this.port), ...this.wish];
    this.wish = [];
    const stdio = ['pipe', 'pipe', process.env.LANYARD_LOG ? 'inherit' : 'ignore'];
    this.process = spawn(LANYARD_JAVA, command, { stdio, env: this.environment });
    this.ended = once(this.process, 'exit');
    const lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    let { value = 'nothing' } = await lines.next();
    if (value.startsWith('token ')) {
      this.shortLived = value.slice('token '.length);
      ({ value = 'nothing' } = await lines.next());
    }
    if (!value.startsWith('ready ')) {
      throw new Error(`the daemon did not start, it said ${value}`);
    }
    this.url = value.slice('ready '.length).replace(/\/$/, '');
    this.port = Number(new URL(this.url).port);
  }

  /** Ends it as SIGTERM does. */
  async stop() {
    this.process.stdin.end();
    await this.ended;
  }

  /** Ends it as a power cut does. */
  async kill() {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  async close() {
    await this.stop();
    await rm(this.home, { recursive: true });
  }

  /** Resolves to a new token. */
  async grant(scopes, origins) {
    const { body, text } = await this.request('POST', '/api/tokens', { name: 'test', scopes, origins });
    if (!body.token) {
      throw new Error(`no token was made: ${text}`);
    }
    return body.token;
  }

  /** Signs the owner in, in the browser of this context. */
  async signIn(context) {
    const page = await context.newPage();
    await page.goto(`${this.url}/connect`);
    await page.fill('#code', (await this.request('POST', '/api/codes')).body.code);
    await page.click('#sign-in');
    await page.waitForSelector('body[data-state=signed-in]');
    await page.close();
  }

  /** Requests a route as the owner; resolves to `{status, headers, body}`. */
  async request(method, path, body, headers = {}) {
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const response = await fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...type, ...headers },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text ? JSON.parse(text) : null };
  }
}

/** Polls until `condition` returns something true, and returns that. */
export async function until(condition, what = condition, millis = 30_000) {
  const deadline = Date.now() + millis;
  for (;;) {
    const result = await condition();
    if (result) {
      return result;
    }
    if (Date.now() > deadline) {
      throw new Error(`this did not come true: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
