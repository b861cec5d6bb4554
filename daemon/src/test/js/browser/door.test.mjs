// Loopback is hostile ground: what a page of a stranger can do to a daemon when a real browser decides.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Daemon } from '../support/daemon.mjs';
import { Site, startBrowser } from '../support/site.mjs';

const SECRET = { what: 'a secret' };
let daemon;
let site;
let browser;
let context;
let evil; // a page of an origin that no token names
let stolen; // a token that names another origin

before(async () => {
  [daemon, site, browser] = await Promise.all([Daemon.start(), Site.start(), startBrowser()]);
  await daemon.request('PUT', '/api/docs/expense/e1', SECRET);
  stolen = await daemon.grant(['expense:write'], [site.origin('shop.test')]);
});

after(async () => {
  await browser.close();
  await Promise.all([site.close(), daemon.close()]);
});

beforeEach(async () => {
  await context?.close();
  context = await browser.newContext();
  evil = await context.newPage();
  await evil.goto(site.origin('evil.test'));
});

/** Checks that nothing was written and nothing deleted. */
async function untouched() {
  const { body } = await daemon.request('GET', '/api/docs/expense');
  assert.deepEqual(body.items.map(({ id, data }) => [id, data]), [['e1', SECRET]]);
}

/** Fetches from a page; resolves to what the page can see of the answer. */
function fetchFrom(page, path, options = {}) {
  return page.evaluate(
    async ([address, init]) => {
      try {
        const response = await fetch(address, init);
        return { type: response.type, status: response.status, text: await response.text() };
      } catch (error) {
        return { error: error.message };
      }
    },
    [path.startsWith('http') ? path : daemon.url + path, options],
  );
}

test('the page that is allowed gets in, so that the rest proves something', async () => {
  const shop = await context.newPage();
  await shop.goto(site.origin('shop.test'));
  const headers = { Authorization: `Bearer ${stolen}`, 'Content-Type': 'application/json', 'If-Match': '"0"' };
  const read = await fetchFrom(shop, '/api/docs/expense/e1', { headers });
  assert.deepEqual([read.status, JSON.parse(read.text)], [200, SECRET]);
  const refused = await fetchFrom(shop, '/api/docs/expense/e1', { method: 'PUT', headers, body: '{}' });
  assert.equal(refused.status, 412, 'a preflighted write, whose answer the page may read');
  const etag = await shop.evaluate(
    async ([address, token]) => (await fetch(address, { headers: { Authorization: `Bearer ${token}` } })).headers.get('ETag'),
    [`${daemon.url}/api/docs/expense/e1`, stolen],
  );
  assert.match(etag, /^"\w+"$/);
  await untouched();
});

test('a simple fetch from a foreign origin reads nothing', async () => {
  for (const path of ['/api/docs/expense', '/api/sync/status', '/healthz', '/metrics', '/nothing']) {
    assert.match((await fetchFrom(evil, path)).error ?? 'it could read', /Failed to fetch/, path);
  }
});

test('a preflighted fetch fails, with the owner\'s token and with that of another page', async () => {
  for (const token of [daemon.token, stolen]) {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'POST']) {
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
      const body = method === 'GET' ? undefined : '{"what":"evil"}';
      const path = method === 'POST' ? '/api/docs/expense' : '/api/docs/expense/e1';
      assert.match((await fetchFrom(evil, path, { method, headers, body })).error ?? `${method} came in`, /Failed to fetch/);
    }
  }
  await untouched();
});

test('a no-cors POST arrives, and does nothing', async () => {
  const item = '{"action":"DELETE","resourceType":"expense","resourceId":"e1"}';
  for (const [path, body] of [['/api/docs/expense', '{"what":"evil"}'], ['/api/sync/batch', `[${item}]`]]) {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
      const headers = { 'Content-Type': type, Authorization: `Bearer ${daemon.token}` }; // the browser drops the token
      const answer = await fetchFrom(evil, path, { mode: 'no-cors', method: 'POST', headers, body });
      assert.match(answer.error ?? 'an answer', /Failed to fetch/, 'not even an opaque one');
    }
  }
  await untouched();
});

test('a form of a foreign page does nothing', async () => {
  await evil.setContent(`<form method="post" enctype="text/plain" action="${daemon.url}/api/docs/expense">
    <input name='{"what":"evil","x":"' value='"}'></form>`);
  const [response] = await Promise.all([
    evil.waitForNavigation(),
    evil.evaluate(() => document.forms[0].submit()),
  ]);
  assert.equal(response.status(), 403);
  assert.equal((await response.json()).code, 'origin_not_allowed');
  await untouched();
});

test('a WebSocket of a foreign origin is told nothing, whatever token it has', async () => {
  for (const protocols of [['lanyard.v1'], ['lanyard.v1', `lanyard.token.${daemon.token}`], ['lanyard.v1', `lanyard.token.${stolen}`]]) {
    const heard = await evil.evaluate(
      ([address, wanted, token]) =>
        new Promise((resolve) => {
          const messages = [];
          const socket = new WebSocket(address, wanted);
          socket.onopen = () => {
            socket.send(JSON.stringify({ op: 'auth', token }));
            socket.send(JSON.stringify({ op: 'subscribe', ref: 1 }));
          };
          socket.onmessage = ({ data }) => messages.push(data);
          socket.onclose = () => resolve(messages);
          setTimeout(() => resolve([...messages, 'and it stayed open']), 7_000); // later than who never signs in is sent away
        }),
      [`${daemon.url.replace('http', 'ws')}/ws`, protocols, daemon.token],
    );
    assert.deepEqual(heard, [], protocols.join());
  }
});

test('a name that is pointed at this machine (DNS rebinding) is no way in', async () => {
  const rebound = `http://rebind.test:${daemon.port}`;
  for (const path of ['/api/docs/expense/e1', '/connect', '/lanyard.js', '/healthz']) {
    const response = await evil.goto(rebound + path);
    assert.equal(response.status(), 403, path);
    assert.equal((await response.json()).code, 'host_not_allowed');
  }
  // A page that came from the stranger's own machine, before the name was pointed here: to the browser all is one origin.
  await evil.route(`${rebound}/attack`, (route) => route.fulfill({ contentType: 'text/html', body: '<p>hello' }));
  await evil.goto(`${rebound}/attack`);
  const headers = { Authorization: `Bearer ${daemon.token}` };
  const read = await fetchFrom(evil, `${rebound}/api/docs/expense/e1`, { headers });
  assert.equal(read.status, 403, read.error);
  assert.doesNotMatch(read.text, /a secret/);
});

test('a page without an origin, in a sandbox, is no way in', async () => {
  await evil.setContent('<iframe sandbox="allow-scripts" srcdoc="<p>x"></iframe>');
  const frame = evil.frames()[1];
  await frame.waitForSelector('p');
  assert.equal(await frame.evaluate(() => origin), 'null');
  const headers = { Authorization: `Bearer ${stolen}` };
  assert.match((await fetchFrom(frame, '/api/docs/expense/e1', { headers })).error, /Failed to fetch/);
});

test('what the daemon answers cannot be embedded: as a script, an image or a style', async () => {
  const loaded = await evil.evaluate(
    (url) =>
      Promise.all(
        [['script', 'src'], ['img', 'src'], ['link', 'href']].map(
          ([name, attribute]) =>
            new Promise((resolve) => {
              const element = Object.assign(document.createElement(name), { rel: 'stylesheet' });
              element.onload = () => resolve(`${name} loaded`);
              element.onerror = () => resolve('refused');
              element[attribute] = `${url}/api/docs/expense/e1`;
              document.head.append(element);
            }),
        ),
      ),
    daemon.url,
  );
  assert.deepEqual(loaded, ['refused', 'refused', 'refused']);
});

test('the module loads from any origin, and nothing but the module', async () => {
  const kinds = await evil.evaluate(async (url) => typeof (await import(`${url}/lanyard.js`)).connect, daemon.url);
  assert.equal(kinds, 'function');
});

test('the page that asks for consent cannot be put into a frame', async () => {
  const query = new URLSearchParams({ app: 'Shop', scope: 'expense:read', origin: site.origin('shop.test') });
  await evil.setContent(`<iframe src="${daemon.url}/connect?${query}"></iframe><p>x`);
  await evil.waitForTimeout(300);
  const frame = evil.frames()[1];
  assert.match(frame.url(), /^chrome-error:/);
  assert.equal(await frame.$('button'), null);
});

test('a token goes to the origin that the person was shown, and the page that asked in its name gets nothing', async () => {
  await daemon.signIn(context);
  const query = new URLSearchParams({ app: 'Shop', scope: 'expense:read', origin: site.origin('shop.test') });
  await evil.evaluate(() => {
    window.heard = [];
    window.addEventListener('message', ({ data }) => window.heard.push(data));
  });
  const [popup] = await Promise.all([
    context.waitForEvent('page'),
    evil.evaluate((address) => void window.open(address), `${daemon.url}/connect?${query}`),
  ]);
  await popup.waitForSelector('body[data-state=ask]');
  assert.equal(await popup.textContent('#origin'), site.origin('shop.test'));
  await Promise.all([popup.waitForEvent('close'), popup.click('#yes')]);
  await evil.waitForTimeout(100);
  assert.deepEqual(await evil.evaluate(() => window.heard), []);
});
