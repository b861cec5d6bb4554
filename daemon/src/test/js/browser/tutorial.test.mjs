// docs/tutorial.md does what it says: its files are taken out of it and run. Only the daemon's address is put in.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Daemon, until } from '../support/daemon.mjs';
import { startBrowser } from '../support/site.mjs';

const TUTORIAL = new URL('../../../../../docs/tutorial.md', import.meta.url);
let files;
let daemon;
let folder;
let site;
let browser;
let context;

before(async () => {
  const text = await readFile(TUTORIAL, 'utf8');
  files = Object.fromEntries([...text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name, content]) => [name, content]));
  folder = await mkdtemp(join(tmpdir(), 'lanyard-app-'));
  [daemon, browser] = await Promise.all([Daemon.start({ publicDirectory: folder }), startBrowser()]);
  await writeFile(join(folder, 'index.html'), files['index.html'].replaceAll('http://127.0.0.1:7717', daemon.url));
  site = (await readFile(join(daemon.home, 'public'), 'utf8')).trim().replace(/\/$/, '');
  context = await browser.newContext();
});

after(async () => {
  await browser.close();
  await daemon.close();
  await rm(folder, { recursive: true });
});

const says = (page, id, text) => until(async () => (await page.textContent(`#${id}`)) === text, `${id} says ${text}`);
const lists = (page, rows) => until(async () => String(await page.locator('#expenses li').allTextContents()) === String(rows), `it lists ${rows}`);

async function add(page, what, amount) {
  await page.fill('[name=what]', what);
  await page.fill('[name=amount]', amount);
  await page.click('#new button');
}

test('the tutorial has the files that are run here', () => {
  assert.deepEqual(Object.keys(files), ['index.html', 'queue.sh']);
});

test('the app: sign-in, money, two tabs, a daemon that is killed, and the old queue', async () => {
  const page = await context.newPage();
  await page.goto(site);
  await says(page, 'status', 'signed_out');
  const [popup] = await Promise.all([context.waitForEvent('page'), page.click('#sign-in')]);
  await popup.waitForSelector('body[data-state=signin]');
  await popup.fill('#code', (await daemon.request('POST', '/api/codes')).body.code);
  await popup.click('#sign-in');
  await popup.waitForSelector('body[data-state=ask]');
  assert.equal(await popup.textContent('#origin'), site);
  await Promise.all([popup.waitForEvent('close'), popup.click('#yes')]);
  await says(page, 'status', 'online');

  await add(page, 'train', '12.10');
  await add(page, 'tea', '0.90');
  await lists(page, ['train: 12.10 pay', 'tea: 0.90 pay']);
  await says(page, 'total', '13.00');

  // A tab that was opened from this one has its session; any other would sign in by itself.
  const [second] = await Promise.all([context.waitForEvent('page'), page.evaluate(() => void window.open('/'))]);
  await says(second, 'total', '13.00');
  await second.click('#expenses li:first-child button');
  await says(page, 'total', '0.90');

  await daemon.kill();
  await says(page, 'status', 'offline');
  await add(page, 'late', '1.00');
  await says(page, 'status', 'offline, 1 to send');
  await says(page, 'total', '1.90');
  await daemon.open();
  await says(page, 'status', 'online');
  await says(second, 'total', '1.90');

  const env = { ...process.env, API: daemon.url, TOKEN: daemon.token };
  const { stdout } = await promisify(execFile)('bash', ['-c', files['queue.sh']], { env });
  assert.deepEqual(JSON.parse(stdout).results.map(({ outcome }) => outcome), ['created', 'not_found']);
  await says(second, 'total', '91.90');
  assert.equal(await page.textContent('#message'), '');
});
