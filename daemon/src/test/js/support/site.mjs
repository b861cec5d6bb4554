// Web pages of several origins, and Chromium to look at them.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

const PAGE = '<!doctype html><meta charset="utf-8"><title>page</title><button id="go">go</button>';

/** Serves the same empty page under every name that leads here: each name is an origin of its own. */
export class Site {
  static async start(pages = {}) {
    const site = new Site();
    site.server = createServer((request, response) => {
      const path = request.url.split('?')[0];
      response.setHeader('Content-Type', path.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8');
      response.end(pages[path] ?? PAGE);
    });
    site.server.listen(0, '127.0.0.1');
    await once(site.server, 'listening');
    site.port = site.server.address().port;
    return site;
  }

  origin(host) {
    return `http://${host}:${this.port}`;
  }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/**
 * Starts Chromium, for which every name under .test is this machine. It does not ask whether pages from elsewhere may
 * reach this machine, as newer ones do: the daemon has to stand without that.
 */
export function startBrowser() {
  const args = ['--host-resolver-rules=MAP *.test 127.0.0.1', '--disable-features=LocalNetworkAccessChecks'];
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: process.getuid?.() === 0 ? [...args, '--no-sandbox'] : args,
  });
}
