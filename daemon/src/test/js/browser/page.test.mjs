// /lanyard.js in Chromium against a real daemon: sign-in, two tabs, restarts, and tokens that end.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { Daemon, until } from '../support/daemon.mjs';
import { Site, startBrowser } from '../support/site.mjs';

const MODULE = new URL('../../../main/resources/npm/lanyard/lanyard.js', import.meta.url);

let daemon;
let site;
let browser;
let context;
let app; // the app's origin
let expiring; // a tab whose token ends after some seconds, opened at once so that it ends while other tests run

before(async () => {
  [site, browser] = await Promise.all([Site.start({ '/lanyard.js': await readFile(MODULE, 'utf8') }), startBrowser()]);
  app = site.origin('shop.test');
  daemon = await Daemon.start({ shortLived: { origin: app, seconds: 20 } });
  context = await browser.newContext();
  expiring = await tab({ token: daemon.shortLived });
  await until(() => expiring.evaluate(() => ['online', 'signed_out'].includes(window.lanyard.status)));
});

after(async () => {
  await browser.close();
  await Promise.all([site.close(), daemon.close()]);
});

beforeEach(async () => {
  context = await browser.newContext();
});

afterEach(() => context.close());

/** Opens a tab of the app, which connects with these options and follows expenses. */
async function tab(options = {}, origin = app) {
  const page = await context.newPage();
  await page.goto(origin);
  await load(page, options);
  return page;
}

/** Runs the app in a page that was just loaded. The daemon may be gone: then the module comes from the page before. */
async function load(page, options) {
  await page.evaluate(
    async ([module, url, others]) => {
      const { connect, Decimal, stringify } = await import(module);
      const lanyard = connect({ url, minRetryMillis: 20, maxRetryMillis: 200, client: 'shop', ...others });
      const expenses = lanyard.collection('expense');
      const changes = [];
      const seen = expenses.subscribe(({ event, id, local, error }) => changes.push([event, id, local, error?.code ?? null]));
      const states = [];
      lanyard.on('status', (status) => states.push(status));
      window.outcome = new Promise((resolve) => {
        document.querySelector('#go').onclick = () =>
          lanyard.signIn().then(({ token, expires }) => resolve({ token, expires }), ({ code }) => resolve({ code }));
      });
      Object.assign(window, { lanyard, Decimal, stringify, expenses, changes, seen, states });
    },
    [options.module ?? `${daemon.url}/lanyard.js`, daemon.url, options],
  );
}

const becomes = (page, status) =>
  until(() => page.evaluate((wanted) => window.lanyard.status === wanted, status), `the page is ${status}`);

const shows = (page, id, data) =>
  until(
    () => page.evaluate(([one, wanted]) => window.stringify(window.seen.documents.get(one) ?? null) === wanted, [id, JSON.stringify(data)]),
    `${id} is ${JSON.stringify(data)}`,
  );

/** Clicks the page's button and returns the daemon's page that it opens. */
async function openConnect(page) {
  const [popup] = await Promise.all([context.waitForEvent('page'), page.click('#go')]);
  await popup.waitForSelector('body[data-state=ask]');
  return popup;
}

const SIGN_IN = { signIn: { app: 'Shop', scopes: ['expense:write', 'alice.*:read'] } };

test('a person lets the app in, and it stays in over a reload', async () => {
  await daemon.signIn(context);
  let page = await tab(SIGN_IN);
  assert.equal(await page.evaluate(() => window.lanyard.status), 'signed_out');
  const popup = await openConnect(page);
  assert.equal(await popup.textContent('#origin'), app);
  assert.equal(await popup.textContent('#app'), 'Shop');
  assert.equal(await popup.locator('#scopes li').count(), 2);
  await Promise.all([popup.waitForEvent('close'), popup.click('#yes')]);
  const { token, expires } = await page.evaluate(() => window.outcome);
  assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.ok(new Date(expires) > new Date());
  await becomes(page, 'online');
  await page.evaluate(() => window.expenses.put('signed', { n: 1 }));
  await assert.rejects(page.evaluate(() => window.lanyard.collection('alice.note').put('n', {})), /scope|may not/);
  await page.reload();
  await page.close();
  assert.equal((await daemon.request('GET', '/api/docs/expense/signed')).status, 200);
  const { body } = await daemon.request('GET', '/api/tokens');
  const [{ id }] = body.items.filter((one) => one.name === 'Shop');
  page = await tab(SIGN_IN);
  assert.equal(await page.evaluate(() => window.lanyard.status), 'signed_out', 'another tab has a session of its own');
  await daemon.request('DELETE', `/api/tokens/${id}`);
});

test('a token that is remembered serves the next load of the page', async () => {
  await daemon.signIn(context);
  const page = await tab({ signIn: { ...SIGN_IN.signIn, remember: 'local' } });
  const popup = await openConnect(page);
  await Promise.all([popup.waitForEvent('close'), popup.click('#yes')]);
  await becomes(page, 'online');
  const second = await tab({ signIn: { ...SIGN_IN.signIn, remember: 'local' } });
  await becomes(second, 'online');
  await second.evaluate(() => window.lanyard.signOut());
  assert.equal(await second.evaluate(() => localStorage.length), 0);
});

test('no is no, and a closed window is told apart from it', async () => {
  await daemon.signIn(context);
  let page = await tab(SIGN_IN);
  let popup = await openConnect(page);
  await Promise.all([popup.waitForEvent('close'), popup.click('#no')]);
  assert.deepEqual(await page.evaluate(() => window.outcome), { code: 'refused' });
  page = await tab(SIGN_IN);
  popup = await openConnect(page);
  await popup.close();
  assert.deepEqual(await page.evaluate(() => window.outcome), { code: 'cancelled' });
  assert.equal(await page.evaluate(() => window.lanyard.status), 'signed_out');
});

test('a token that another window offers is not taken', async () => {
  await daemon.signIn(context);
  const page = await tab(SIGN_IN);
  const popup = await openConnect(page);
  const message = { type: 'lanyard.token', token: 'forged' };
  await page.evaluate((forged) => window.postMessage(forged, '*'), message); // from the right window no, from itself
  await popup.goto(site.origin('evil.test')); // the right window, by now of another origin
  await popup.evaluate((forged) => window.opener?.postMessage(forged, '*'), message);
  await popup.close();
  assert.deepEqual(await page.evaluate(() => window.outcome), { code: 'cancelled' });
});

test('a page of another origin cannot use the token', async () => {
  const token = await daemon.grant(['expense:write'], [site.origin('other.test')]);
  const page = await tab({ token });
  await until(() => page.evaluate(() => window.lanyard.status !== 'connecting'));
  assert.notEqual(await page.evaluate(() => window.lanyard.status), 'online');
});

test('the daemon\'s own page tells the owner, and nobody else, how it is and what happens', async () => {
  const page = await context.newPage();
  await page.goto(`${daemon.url}/`);
  await page.waitForSelector('body[data-state=signin]');
  await daemon.signIn(context);
  await page.goto(`${daemon.url}/`);
  await page.waitForSelector('body[data-state=shown]');
  assert.match(await page.textContent('#state'), /No other device is reachable/);
  const { body: status } = await daemon.request('GET', '/api/sync/status');
  assert.equal(await page.textContent('#device'), status.device.name);
  await daemon.request('PUT', '/api/docs/app.seen/d1', { n: 1 }, { 'Lanyard-Client': '<img src=x>' });
  await until(async () => /app\.seen\/d1 created by <img src=x>/.test(await page.textContent('#feed')), 'the change is told');
  await until(async () => (await page.textContent('#facts')).includes('app.seen'), 'its collection is named');
});

test('two tabs: a write shows at once here, live there, and once in each', async () => {
  const token = await daemon.grant(['expense:write'], [app]);
  const [a, b] = [await tab({ token }), await tab({ token })];
  await Promise.all([becomes(a, 'online'), becomes(b, 'online')]);
  await Promise.all([a, b].map((page) => page.evaluate(() => window.seen.ready)));
  const shown = await a.evaluate(() => {
    window.written = window.expenses.put('tabs', { n: 1 });
    return window.seen.documents.get('tabs');
  });
  assert.deepEqual(shown, { n: 1 }, 'before the daemon has said a word');
  await shows(b, 'tabs', { n: 1 });
  await b.evaluate(() => window.expenses.patch('tabs', { n: 2 }));
  await shows(a, 'tabs', { n: 2 });
  const of = (page) => page.evaluate(() => window.changes.filter(([, id]) => id === 'tabs'));
  assert.deepEqual(await of(a), [['created', 'tabs', true, null], ['updated', 'tabs', false, null]]);
  assert.deepEqual(await of(b), [['created', 'tabs', false, null], ['updated', 'tabs', true, null]]);
});

test('what the daemon refuses is taken back, with the reason', async () => {
  const token = await daemon.grant(['expense:read'], [app]);
  const page = await tab({ token });
  await becomes(page, 'online');
  await page.evaluate(() => window.seen.ready);
  const [before, code, later] = await page.evaluate(async () => {
    const write = window.expenses.put('mine', { n: 1 });
    const shown = window.seen.documents.has('mine');
    const refusal = await write.catch((error) => error.code);
    return [shown, refusal, window.seen.documents.has('mine')];
  });
  assert.deepEqual([before, code, later], [true, 'scope_missing', false]);
  assert.deepEqual((await page.evaluate(() => window.changes)).slice(-2), [
    ['created', 'mine', true, null],
    ['deleted', 'mine', true, 'scope_missing'],
  ]);
});

test('text numbers keep their digits in a page', async () => {
  const token = await daemon.grant(['expense:write'], [app]);
  const page = await tab({ token, numbers: 'text' });
  const total = await page.evaluate(async () => {
    await window.expenses.put('money', { amount: new window.Decimal('12.10') });
    const { amount } = await window.expenses.get('money');
    await window.expenses.patch('money', { amount: amount.plus('0.90') });
    return String((await window.expenses.get('money')).amount);
  });
  assert.equal(total, '13.00');
  assert.equal((await daemon.request('GET', '/api/docs/expense/money')).text, '{"amount":13.00}');
});

test('the daemon is killed and comes back: two tabs go on, and what they wrote meanwhile arrives', async () => {
  const token = await daemon.grant(['expense:write'], [app]);
  const tabs = [await tab({ token }), await tab({ token })];
  await Promise.all(tabs.map((page) => becomes(page, 'online')));
  await Promise.all(tabs.map((page) => page.evaluate(() => window.seen.ready)));
  await daemon.kill();
  await Promise.all(tabs.map((page) => becomes(page, 'offline')));
  for (const [i, page] of tabs.entries()) {
    const pending = await page.evaluate((number) => {
      window.expenses.put(`tab${number}`, { number });
      window.expenses.patch(`tab${number}`, { more: true });
      return window.lanyard.pending;
    }, i);
    assert.equal(pending, 2);
  }
  await daemon.open();
  await Promise.all(tabs.map((page) => becomes(page, 'online')));
  for (const page of tabs) {
    await shows(page, 'tab0', { more: true, number: 0 });
    await shows(page, 'tab1', { more: true, number: 1 });
    assert.deepEqual(await page.evaluate(() => window.states), ['online', 'offline', 'online']);
  }
});

for (const host of ['localhost', 'shop.test']) {
  test(`what was written offline is kept over a reload of ${host}, shown, and done once`, async () => {
    const origin = site.origin(host);
    const options = { token: await daemon.grant(['expense:write'], [origin]), module: '/lanyard.js' };
    const [id, other] = [`kept-${host}`, `new-${host}`];
    const page = await tab(options, origin);
    await page.evaluate((one) => window.expenses.put(one, { n: 1 }), id);
    await daemon.kill();
    await becomes(page, 'offline');
    await page.evaluate(([one, two]) => {
      window.expenses.patch(one, { n: { $increment: 1 } });
      window.expenses.put(two, { n: 1 });
      window.expenses.patch(two, { n: 5 });
    }, [id, other]);
    await page.reload();
    await load(page, options);
    const second = await tab(options, origin);
    await until(() => page.evaluate(() => window.lanyard.pending === 3));
    await shows(page, other, { n: 5 });
    assert.equal(await second.evaluate(() => window.lanyard.pending), 0, 'they are in one tab only');
    await daemon.open();
    await Promise.all([page, second].flatMap((one) => [shows(one, id, { n: 2 }), shows(one, other, { n: 5 })]));
    await until(() => page.evaluate(() => window.lanyard.pending === 0));
    assert.equal(await page.evaluate(() => localStorage.length), 0);
    assert.equal((await daemon.request('GET', `/api/docs/expense/${id}`)).text, '{"n":2}');
  });
}

test('a tab that is closed offline leaves its writes to another one, which sends each once', async () => {
  const origin = site.origin('localhost');
  const options = { token: await daemon.grant(['expense:write'], [origin]), module: '/lanyard.js' };
  const [first, second] = [await tab(options, origin), await tab(options, origin)];
  await first.evaluate(() => window.expenses.put('left', { n: 0 }));
  await daemon.kill();
  await Promise.all([becomes(first, 'offline'), becomes(second, 'offline')]);
  for (const [page, count] of [[first, 3], [second, 4]]) {
    await page.evaluate((times) => {
      for (let i = 0; i < times; i++) {
        window.expenses.patch('left', { n: { $increment: 1 } });
      }
    }, count);
  }
  await first.close();
  await until(() => second.evaluate(() => window.lanyard.pending === 7), 'the other tab took them over');
  await daemon.open();
  await shows(second, 'left', { n: 7 });
  await until(() => second.evaluate(() => window.lanyard.pending === 0));
  assert.equal((await daemon.request('GET', '/api/docs/expense/left')).text, '{"n":7}');
});

test('a revoked token ends both tabs at once; signing in anew, nothing written meanwhile is lost', async () => {
  await daemon.signIn(context);
  const { body } = await daemon.request('POST', '/api/tokens', { name: 'revoked', scopes: ['expense:write'], origins: [app] });
  const tabs = [await tab({ token: body.token, ...SIGN_IN }), await tab({ token: body.token, ...SIGN_IN })];
  await Promise.all(tabs.map((page) => becomes(page, 'online')));
  await daemon.request('DELETE', `/api/tokens/${body.id}`);
  await Promise.all(tabs.map((page) => becomes(page, 'signed_out')));
  const [page] = tabs;
  await page.evaluate(() => void window.expenses.put('late', { n: 1 }));
  const popup = await openConnect(page);
  await Promise.all([popup.waitForEvent('close'), popup.click('#yes')]);
  await becomes(page, 'online');
  await until(async () => (await daemon.request('GET', '/api/docs/expense/late')).status === 200);
});

test('a token that expires ends by itself, and is not tried again', async (t) => {
  await until(() => expiring.evaluate(() => window.lanyard.status === 'signed_out'), 'it expired', 40_000);
  await expiring.waitForTimeout(300); // longer than any wait before it would try again
  const states = await expiring.evaluate(() => window.states);
  if (!states.includes('online')) {
    t.skip('this machine took longer to start than the token lived');
    return;
  }
  assert.deepEqual(states.slice(states.indexOf('signed_out')), ['signed_out']);
});

test('what nobody awaits any more and the daemon refuses is told, and a full storage says so', async () => {
  const origin = site.origin('localhost');
  const options = { token: await daemon.grant(['expense:write'], [origin]), module: '/lanyard.js' };
  const page = await tab(options, origin);
  await daemon.kill();
  await becomes(page, 'offline');
  await page.evaluate(() => void window.expenses.patch('nobody', { n: 1 }));
  await page.reload();
  await load(page, options);
  await page.evaluate(() => {
    window.errors = [];
    window.lanyard.on('error', ({ code }) => window.errors.push(code));
    for (let size = 4_000_000; size > 0; size = Math.floor(size / 2)) {
      try {
        localStorage.setItem('filler', (localStorage.getItem('filler') ?? '') + 'x'.repeat(size));
      } catch {
        // less, then
      }
    }
  });
  const full = await page.evaluate(() => window.expenses.put('much', { text: 'x'.repeat(10_000) }).catch(({ code }) => code));
  assert.equal(full, 'queue_full');
  await daemon.open();
  await until(() => page.evaluate(() => window.errors.includes('not_found')));
  await page.evaluate(() => window.expenses.put('much', { n: 1 }));
  assert.deepEqual(await page.evaluate(() => [window.lanyard.pending, Object.keys(localStorage)]), [0, ['filler']]);
});

