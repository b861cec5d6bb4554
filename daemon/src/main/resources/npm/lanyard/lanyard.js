// Lanyard's client for web pages and Node: documents that answer at once, here and on every workstation.
// An ES module without dependencies. The daemon serves it at /lanyard.js; docs/api.md describes it.

const DEFAULT_URL = 'http://127.0.0.1:7717';
const MAX_IN_FLIGHT = 32; // the daemon reads no further while 64 requests wait for their answers
const DEFAULTS = {
  maxQueue: 1000,
  minRetryMillis: 250,
  maxRetryMillis: 10_000,
  pingMillis: 20_000,
  answerMillis: 10_000,
};
const ECHO_MILLIS = 5_000;
const WAIT_MILLIS = 1_000;
const REMEMBERED_MILLIS = 23 * 3_600_000; // the daemon knows a write by its key for a day
const RETRY_LATER = new Set(['rate_limited', 'overloaded', 'starting', 'not_ready']);
const NOT_SIGNED_IN = new Set([4001, 4003]);

/** Returns a client of this workstation's daemon, which begins to connect at once. */
export function connect(options = {}) {
  return new Lanyard(options);
}

/** What the daemon or this module refused: `code` is stable, `message` and `hint` are for people. */
export class LanyardError extends Error {
  constructor(code, message, { hint = '', status = 0 } = {}) {
    super(message || code);
    this.name = 'LanyardError';
    this.code = code;
    this.hint = hint;
    this.status = status;
  }
}

// ---- numbers, digit for digit

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** A number as it was written: 12.10 stays 12.10, and sums are exact. */
export class Decimal {
  #text;

  constructor(value) {
    this.#text = String(value);
    const match = NUMBER.exec(this.#text);
    if (!match || this.#text.length > 100 || Math.abs(match[4] ?? 0) > 400) {
      throw new RangeError(`not a number that a document can hold: ${this.#text.slice(0, 40)}`);
    }
  }

  plus(other) {
    const [a, b, scale] = aligned(this, other);
    return decimal(a + b, scale);
  }

  minus(other) {
    const [a, b, scale] = aligned(this, other);
    return decimal(a - b, scale);
  }

  times(other) {
    const [a, b, scale] = aligned(this, other);
    return decimal(a * b, 2 * scale).#trimmed(scaleOf(this) + scaleOf(other));
  }

  /** Returns -1, 0 or 1 by value: 12.10 equals 12.1. */
  compare(other) {
    const [a, b] = aligned(this, other);
    return a < b ? -1 : a > b ? 1 : 0;
  }

  equals(other) {
    return this.compare(other) === 0;
  }

  toString() {
    return this.#text;
  }

  /** For `<` and `Intl`; arithmetic by operators goes through binary fractions. */
  valueOf() {
    return Number(this.#text);
  }

  #trimmed(scale) {
    const surplus = scaleOf(this) - scale;
    return surplus > 0 ? new Decimal(this.#text.slice(0, scale === 0 ? -surplus - 1 : -surplus)) : this;
  }
}

function scaleOf(number) {
  const [, , , fraction = '', exponent = 0] = NUMBER.exec(String(number));
  return Math.max(0, fraction.length - exponent);
}

/** Returns two numbers as whole ones, and how many decimals both have. */
function aligned(...numbers) {
  const scale = Math.max(...numbers.map((number) => scaleOf(new Decimal(number))));
  const whole = numbers.map((number) => {
    const [, sign, integer, fraction = '', exponent = 0] = NUMBER.exec(String(number));
    return BigInt(sign + integer + fraction) * 10n ** BigInt(scale - fraction.length + Number(exponent));
  });
  return [...whole, scale];
}

function decimal(whole, scale) {
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return new Decimal((whole < 0n ? '-' : '') + digits.slice(0, point) + (scale ? '.' + digits.slice(point) : ''));
}

const isNumber = (value) => typeof value === 'number' || typeof value === 'bigint' || value instanceof Decimal;

const isObject = (value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Decimal);

/** Reads JSON; with `numbers` being `'text'`, every number becomes a {@link Decimal}. */
export function parse(text, numbers) {
  if (numbers !== 'text') {
    return JSON.parse(text);
  }
  // No document has a field name that begins with $, so that this one is free.
  const marked = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
    token[0] === '"' ? token : `{"$decimal":"${token}"}`,
  );
  return JSON.parse(marked, (_, value) => (value?.$decimal === undefined ? value : new Decimal(value.$decimal)));
}

/** Writes JSON with sorted keys: a {@link Decimal} or a BigInt digit for digit. */
export function stringify(value) {
  if (value instanceof Decimal || typeof value === 'bigint') {
    return String(value);
  }
  if (typeof value?.toJSON === 'function') {
    return stringify(value.toJSON());
  }
  if (Array.isArray(value)) {
    return `[${value.map(stringify).join()}]`;
  }
  if (isObject(value)) {
    const names = Object.keys(value).filter((name) => value[name] !== undefined);
    return `{${names.sort().map((name) => `${JSON.stringify(name)}:${stringify(value[name])}`).join()}}`;
  }
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value)) || !JSON.stringify(value)) {
    throw new TypeError(`${String(value)} is no JSON`);
  }
  return JSON.stringify(value);
}

// ---- what a write will do, as far as it can be told before the daemon has spoken

function patched(current, patch) {
  if (!isObject(patch)) {
    return patch;
  }
  if ('$increment' in patch) {
    const sum = new Decimal(isNumber(current) ? current : 0).plus(patch.$increment);
    return patch.$increment instanceof Decimal || current instanceof Decimal ? sum : Number(sum);
  }
  if ('$add' in patch || '$remove' in patch) {
    const gone = new Set([...(patch.$remove ?? []), ...(patch.$add ?? [])].map(stringify));
    const kept = (Array.isArray(current) ? current : []).filter((element) => !gone.has(stringify(element)));
    return [...kept, ...(patch.$add ?? [])];
  }
  const members = new Map(isObject(current) ? Object.entries(current) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      members.delete(name);
    } else {
      members.set(name, patched(members.get(name), value));
    }
  }
  return Object.fromEntries(members); // unlike assignment, this makes a plain field of __proto__ too
}

function applied(document, write) {
  switch (write.op) {
    case 'put':
      return write.data;
    case 'patch':
      return document === undefined ? undefined : patched(document, write.data);
    default:
      return undefined;
  }
}

/** Returns whether doing a write twice is not the same as doing it once. */
const isOnce = ({ ifMatch, data }) => ifMatch !== undefined || (data && stringify(data).includes('"$increment":'));

/** Returns whether the daemon may not know any more that it has done this write. */
const isForgotten = (write, token) =>
  write.sentAt !== undefined && isOnce(write) && (write.sentAs !== token || Date.now() - write.sentAt > REMEMBERED_MILLIS);

const pages = new Map(); // how many clients of this page have a queue of that name

/**
 * Where the writes that wait are kept over a reload, in the browser's storage. Each client has a part of its own, and a
 * lock that ends with its page: whoever gets that lock takes over what the page left, so that no write is in two tabs.
 * Where there are no locks (a page that is neither https nor from this machine) a tab finds its own part again by its
 * session, and no other tab's.
 */
class Queue {
  #storage;
  #locks;
  #prefix;
  #home;
  #known;
  #end = () => {};

  constructor(storage, name, locks = globalThis.navigator?.locks) {
    this.#storage = storage;
    this.#locks = locks;
    this.#prefix = `lanyard-queue:${name}:`;
    this.#home = randomHex(8);
    if (storage && !locks) {
      const place = `${this.#prefix}${pages.get(name) ?? 0}`;
      pages.set(name, (pages.get(name) ?? 0) + 1);
      this.#home = sessionStorage.getItem(place) ?? this.#home;
      sessionStorage.setItem(place, this.#home);
    }
    this.#known = new Set([this.#home]);
  }

  /** Keeps a write; throws if the storage takes no more. */
  put({ op, collection, id, data, ifMatch, key, madeAt, sentAt, sentAs }) {
    const kept = { op, collection, id, data, ifMatch, key, madeAt, sentAt, sentAs };
    this.#storage?.setItem(`${this.#prefix}${this.#home}:${key}`, stringify(kept));
  }

  remove({ key }) {
    this.#storage?.removeItem(`${this.#prefix}${this.#home}:${key}`);
  }

  /** Gives `take` what pages left that are gone, before this resolves, and later what others leave. */
  async adopt(take) {
    if (this.#storage && this.#locks) {
      this.#lock(this.#home, {}, () => new Promise((resolve) => (this.#end = resolve)));
      await this.#adoptOthers(take, { ifAvailable: true });
      this.#known = new Set([this.#home]);
      this.#adoptOthers(take, {});
      const hear = ({ key }) => key?.startsWith(this.#prefix) && this.#adoptOthers(take, {});
      globalThis.addEventListener?.('storage', hear);
    } else if (this.#storage) {
      take(this.#namesOf(this.#home).map((name) => this.#storage.getItem(name)));
    }
  }

  /** Takes nothing over any more. */
  close() {
    this.#storage = undefined;
    this.#end();
  }

  #adoptOthers(take, options) {
    const homes = this.#namesOf('').map((name) => name.slice(this.#prefix.length).split(':')[0]);
    const fresh = [...new Set(homes)].filter((home) => !this.#known.has(home));
    fresh.forEach((home) => this.#known.add(home));
    return Promise.all(fresh.map((home) => this.#lock(home, options, (lock) => lock && this.#move(home, take))));
  }

  #move(home, take) {
    const names = this.#namesOf(home);
    const texts = names.map((name) => this.#storage.getItem(name));
    names.forEach((name) => this.#storage.removeItem(name));
    this.#known.delete(home);
    take(texts);
  }

  #lock(home, options, action) {
    return this.#locks.request(this.#prefix + home, options, action).catch(() => {}); // a page may be forbidden to lock
  }

  #namesOf(home) {
    const names = Array.from({ length: this.#storage?.length ?? 0 }, (_, index) => this.#storage.key(index));
    return names.filter((name) => name.startsWith(this.#prefix + home) && name.length > this.#prefix.length + 1);
  }
}

const COMPARISONS = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Returns how two values are ordered; NaN, which is neither, if they are not comparable. */
function orderOf(left, right) {
  if (isNumber(left) && isNumber(right)) {
    return new Decimal(left).compare(right);
  }
  if (typeof left === 'string' && typeof right === 'string') {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  return left !== undefined && stringify(left) === stringify(right) ? 0 : NaN;
}

const conditionsOf = (where) =>
  Object.entries(where ?? {}).flatMap(([path, tests]) =>
    Object.entries(isObject(tests) ? tests : { '=': tests }).map(([operator, value]) => [path, operator, value]),
  );

function matches(where, document) {
  return conditionsOf(where).every(([path, operator, wanted]) => {
    const names = path.startsWith('/')
      ? path.slice(1).split('/').map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
      : path.split('.');
    const value = names.reduce((at, name) => (isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined), document);
    if (operator === 'exists') {
      return (value !== undefined) === wanted;
    }
    if (operator === 'in') {
      return wanted.some((one) => orderOf(value, one) === 0);
    }
    return COMPARISONS[operator]?.(orderOf(value, wanted)) ?? true;
  });
}

/** Returns whether a feed that told `position` has told all up to `goal`. */
function isReached(position, goal) {
  const [opening, number] = position.split('-');
  const [wantedOpening, wantedNumber] = goal.split('-');
  return opening !== wantedOpening || Number(number) >= Number(wantedNumber);
}

// ---- signing in

/**
 * Opens the daemon's page that asks the person, and returns the token it hands over. Call it from a click, or the
 * browser blocks the window.
 */
export function signIn({ url = defaultUrl(), app, scopes }) {
  const origin = new URL(url).origin;
  const query = new URLSearchParams({ app, scope: [scopes].flat().join(' '), origin: location.origin });
  const page = window.open(`${origin}/connect?${query}`, '_blank', 'popup,width=480,height=640');
  return new Promise((resolve, reject) => {
    if (!page) {
      reject(new LanyardError('popup_blocked', 'the browser opened no window', { hint: 'sign in from a click' }));
      return;
    }
    const end = () => {
      clearInterval(watch);
      window.removeEventListener('message', hear);
    };
    const hear = ({ source, origin: sender, data }) => {
      if (source !== page || sender !== origin || !String(data?.type).startsWith('lanyard.')) {
        return;
      }
      end();
      if (data.type === 'lanyard.token') {
        resolve({ token: data.token, expires: data.expires });
      } else {
        reject(new LanyardError('refused', 'the person said no'));
      }
    };
    const watch = setInterval(() => {
      if (page.closed) {
        end();
        reject(new LanyardError('cancelled', 'the window was closed'));
      }
    }, 200);
    window.addEventListener('message', hear);
  });
}

function defaultUrl() {
  const { origin, pathname } = new URL(import.meta.url);
  return pathname === '/lanyard.js' ? origin : DEFAULT_URL;
}

const randomHex = (bytes) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Returns a new id that sorts by time (UUID version 7). */
function newId() {
  const time = Date.now().toString(16).padStart(12, '0');
  const random = randomHex(10);
  const variant = '89ab'[parseInt(random[3], 16) % 4];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}

/** A connection that mends itself, and the writes that wait for it. */
class Lanyard {
  #options;
  #token;
  #socket = null;
  #status = 'connecting';
  #listeners = new Map();
  #writes = new Map(); // by ref, in the order in which they were made; settled ones are gone
  #subscriptions = new Map(); // by ref
  #refs = 0;
  #madeAt = 0;
  #attempts = 0;
  #isTokenRenewed = false;
  #timers = {};
  #queue;
  #adopted;
  #sentAs = ''; // which token the writes are sent under, as far as that has to be told apart
  #wakeUp = () => this.#retry(0);

  constructor(options) {
    this.#options = { ...DEFAULTS, ...options };
    this.url = (options.url ?? defaultUrl()).replace(/\/+$/, '');
    this.client = `${options.client ?? 'page'}-${randomHex(4)}`;
    this.#token = options.token ?? this.#remembered();
    const { queue = 'local', signIn: { app } = {}, client: name = 'page' } = options;
    this.#queue = new Queue(queue === 'local' ? localStorageIfAny() : undefined, `${this.url}:${app ?? name}`);
    this.#adopted = this.#queue.adopt((texts) => this.#adopt(texts));
    globalThis.addEventListener?.('online', this.#wakeUp);
    this.#open();
  }

  /** One of connecting, online, offline, signed_out, closed. */
  get status() {
    return this.#status;
  }

  /** How many local writes the daemon has not confirmed. */
  get pending() {
    return this.#writes.size;
  }

  /** Calls `listener` at each `status`, `pending`, `peers`, `conflict`, `notice` or `error`; returns what ends that. */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  collection(name) {
    return new Collection(this, name);
  }

  /** Asks the person for a token by the daemon's page; call it from a click. */
  async signIn() {
    const { remember = 'session', ...asked } = this.#options.signIn;
    const answer = await signIn({ url: this.url, ...asked });
    this.useToken(answer.token);
    this.#storage(remember, (storage, key) => storage.setItem(key, answer.token));
    return answer;
  }

  /** Goes on with this token: text, or a function that returns or promises one. */
  useToken(token) {
    this.#token = token;
    this.#isTokenRenewed = false;
    this.#drop();
    this.#retry(0);
  }

  /** Forgets the token, all documents, and the writes that wait. */
  signOut() {
    this.#forget();
    this.#rejectAll('signed_out', 'signed out before it was confirmed');
    this.#each((subscription) => subscription.clear());
    this.#drop();
    this.#become('signed_out');
  }

  /** Ends the connection; writes that wait are rejected. */
  close() {
    globalThis.removeEventListener?.('online', this.#wakeUp);
    this.#become('closed');
    this.#drop();
    this.#rejectAll('closed', 'closed before it was confirmed');
    this.#queue.close();
  }

  /** Resolves when every write made so far is confirmed or refused, or the connection is lost. */
  async settled() {
    let off;
    const next = () => new Promise((resolve) => (off = this.on('status', resolve)));
    if (this.#status === 'connecting') {
      await next();
      off();
    }
    if (this.#status === 'online') {
      await Promise.race([next(), Promise.allSettled([...this.#writes.values()].map((write) => write.promise))]);
      off();
    }
  }

  /** Requests a route of the daemon; resolves to its JSON, null if the answer is empty. */
  async request(method, path, body, headers = {}) {
    const token = await this.#currentToken();
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const response = await fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Lanyard-Client': this.client, ...type, ...headers },
      body: body === undefined ? undefined : stringify(body),
    }).catch((cause) => {
      throw new LanyardError('offline', `the daemon at ${this.url} does not answer: ${cause.message}`);
    });
    const text = await response.text();
    if (!response.ok) {
      let problem = {};
      try {
        problem = JSON.parse(text);
      } catch {
        // Whatever answered was not the daemon; the status says all there is.
      }
      const { code = 'failed', detail = `HTTP ${response.status}`, hint } = problem;
      throw new LanyardError(code, detail, { hint, status: response.status });
    }
    return text === '' ? null : parse(text, this.#options.numbers);
  }

  // ---- for collections and subscriptions

  /** Shows a write at once and sends it when it can be sent. */
  write(op, collection, id, data, { ifMatch } = {}) {
    if (this.#status === 'closed') {
      return Promise.reject(new LanyardError('closed', 'this client was closed'));
    }
    if (this.#writes.size >= this.#options.maxQueue) {
      return Promise.reject(new LanyardError('queue_full', `${this.#writes.size} writes wait already`));
    }
    this.#madeAt = Math.max(Date.now(), this.#madeAt + 1); // tells two of the same millisecond apart
    const write = { op, collection, id, ifMatch, key: randomHex(16), madeAt: this.#madeAt, ref: ++this.#refs, isSent: false };
    // Through JSON and back: what is shown is what will be stored, and the caller may go on with its object.
    write.data = data === undefined ? undefined : parse(stringify(data), this.#options.numbers);
    try {
      this.#queue.put(write);
    } catch (cause) {
      if (this.#status !== 'online') {
        const hint = 'wait for the daemon, or make room in the storage of this origin';
        return Promise.reject(new LanyardError('queue_full', `the browser keeps no more: ${cause.message}`, { hint }));
      }
    }
    write.promise = new Promise((resolve, reject) => Object.assign(write, { resolve, reject }));
    this.#writes.set(write.ref, write);
    this.#each((subscription) => subscription.wrote(write));
    this.#emit('pending', this.pending);
    this.#flush();
    return write.promise;
  }

  /** Goes on with the writes that a page left behind: before those that were made later. */
  #adopt(texts) {
    const adopted = texts.map((text) => {
      const write = { ...parse(text, this.#options.numbers), ref: ++this.#refs, isSent: false };
      write.madeAt = Number(write.madeAt);
      write.sentAt = write.sentAt === undefined ? undefined : Number(write.sentAt);
      write.promise = new Promise((resolve, reject) => Object.assign(write, { resolve, reject }));
      write.promise.catch((error) => this.#emit('error', error)); // nobody else waits for it any more
      return write;
    });
    const inOrder = (writes) => writes.sort((a, b) => b.isSent - a.isSent || a.madeAt - b.madeAt);
    this.#writes = new Map(inOrder([...this.#writes.values(), ...adopted]).map((write) => [write.ref, write]));
    for (const write of inOrder(adopted)) {
      this.#keep(write);
      this.#each((subscription) => subscription.wrote(write));
    }
    if (adopted.length > 0) {
      this.#emit('pending', this.pending);
      this.#flush();
    }
  }

  #keep(write) {
    try {
      this.#queue.put(write);
    } catch {
      // It is in memory, and lives as long as this page.
    }
  }

  subscribe(subscription) {
    subscription.ref = ++this.#refs;
    this.#subscriptions.set(subscription.ref, subscription);
    for (const write of this.#writes.values()) {
      subscription.wrote(write);
    }
    this.resubscribe(subscription);
  }

  resubscribe(subscription) {
    if (this.#status === 'online' && this.#subscriptions.has(subscription.ref)) {
      this.#send(subscription.request());
    }
  }

  unsubscribe(subscription) {
    if (this.#subscriptions.delete(subscription.ref) && this.#status === 'online') {
      this.#send({ op: 'unsubscribe', ref: subscription.ref });
    }
  }

  // ---- the connection

  async #open() {
    let token;
    try {
      await this.#adopted;
      token = await this.#currentToken();
    } catch (error) {
      this.#emit('error', error);
      this.#lost();
      return;
    }
    if (this.#socket || this.#status === 'closed') {
      return;
    }
    if (!token) {
      this.#become('signed_out');
      return;
    }
    const WebSocket = this.#options.WebSocket ?? globalThis.WebSocket;
    const socket = new WebSocket(`${this.url.replace(/^http/, 'ws')}/ws`, ['lanyard.v1', `lanyard.token.${token}`]);
    this.#socket = socket;
    this.#sentAs = fingerprint(token);
    socket.onopen = () => this.#send({ op: 'hello', ref: 0, client: this.client });
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = ({ code, reason }) => socket === this.#socket && this.#lost(code, reason);
    socket.onerror = () => {}; // a close follows
    this.#timer('answer', this.#options.answerMillis, () => this.#lost());
  }

  #lost(code, reason) {
    this.#drop();
    if (!NOT_SIGNED_IN.has(code)) {
      this.#become('offline');
      this.#retry();
    } else if (typeof this.#token === 'function' && !this.#isTokenRenewed) {
      this.#isTokenRenewed = true;
      this.#become('offline');
      this.#retry(0);
    } else {
      this.#forget();
      this.#become('signed_out');
      this.#emit('error', new LanyardError('unauthorized', reason));
    }
  }

  /** Lets go of the socket; what was under way will be sent again under its key. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    Object.values(this.#timers).forEach(clearTimeout);
    this.#timers = {};
    for (const write of this.#writes.values()) {
      write.isSent = false;
    }
    socket?.close();
  }

  /** Tries again after a while that grows and is never the same for two tabs. */
  #retry(delay) {
    if (this.#socket || this.#status === 'closed') {
      return;
    }
    const { minRetryMillis, maxRetryMillis } = this.#options;
    const longest = Math.min(maxRetryMillis, minRetryMillis * 2 ** this.#attempts++);
    this.#timer('retry', delay ?? longest * (0.5 + Math.random() / 2), () => this.#open());
  }

  #receive(text) {
    const message = parse(text, this.#options.numbers);
    const subscription = this.#subscriptions.get(Number(message.subscription ?? message.ref));
    this.#heard();
    if (message.type === 'ack' && Number(message.ref) === 0) {
      this.#greeted();
    } else if (message.type === 'ack' || (message.type === 'error' && !subscription)) {
      this.#answered(message);
    } else if (message.type === 'error') {
      this.#subscriptionRefused(subscription, message);
    } else if (message.type === 'status') {
      this.#emit('peers', message);
    } else if (message.type === 'conflict') {
      this.#emit('conflict', message);
    } else if (message.subscription !== undefined) {
      subscription?.told(message);
    } else if (message.type !== 'pong') {
      this.#emit('notice', message);
    }
  }

  #heard() {
    this.#timer('answer', this.#options.pingMillis, () => {
      this.#send({ op: 'ping' });
      this.#timer('answer', this.#options.answerMillis, () => this.#lost());
    });
  }

  #greeted() {
    this.#attempts = 0;
    this.#isTokenRenewed = false;
    this.#become('online');
    this.#each((subscription) => this.resubscribe(subscription));
    this.#flush();
  }

  /** Sends what waits: of one document one write at a time, so that a write that is put off keeps its place. */
  #flush() {
    if (this.#status !== 'online' || this.#timers.pause) {
      return;
    }
    const busy = new Set();
    let inFlight = [...this.#writes.values()].filter((write) => write.isSent).length;
    for (const write of [...this.#writes.values()]) {
      const document = `${write.collection}/${write.id}`;
      if (!write.isSent && isForgotten(write, this.#sentAs)) {
        this.#refuse(write, new LanyardError('unknown_outcome', 'the answer was lost', { hint: 'look, and write anew' }));
      } else if (!write.isSent && !busy.has(document) && inFlight < MAX_IN_FLIGHT) {
        const { op, ref, collection, id, data, ifMatch, key } = write;
        write.isSent = true;
        inFlight++;
        if (write.sentAt === undefined) {
          Object.assign(write, { sentAt: Date.now(), sentAs: this.#sentAs });
          if (isOnce(write)) {
            this.#keep(write);
          }
        }
        this.#send({ op, ref, collection, id, data, ifMatch, key });
      }
      busy.add(document);
    }
  }

  #answered(message) {
    const write = this.#writes.get(Number(message.ref));
    if (!write) {
      if (message.type === 'error') {
        this.#emit('error', errorOf(message));
      }
      return;
    }
    if (message.type === 'error' && RETRY_LATER.has(message.code)) {
      write.isSent = false;
      this.#timer('pause', waitMillis(message), () => {
        this.#timers.pause = undefined;
        this.#flush();
      });
      return;
    }
    if (message.type === 'ack') {
      this.#writes.delete(write.ref);
      this.#queue.remove(write);
      this.#each((subscription) => subscription.confirmed(write, message));
      write.resolve({ id: write.id, etag: message.etag, outcome: message.outcome });
      this.#emit('pending', this.pending);
    } else {
      this.#refuse(write, errorOf(message));
    }
    this.#flush();
  }

  #refuse(write, error) {
    this.#writes.delete(write.ref);
    this.#queue.remove(write);
    this.#each((subscription) => subscription.refused(write, error));
    write.reject(error);
    this.#emit('pending', this.pending);
  }

  #subscriptionRefused(subscription, message) {
    if (RETRY_LATER.has(message.code)) {
      setTimeout(() => this.resubscribe(subscription), waitMillis(message));
    } else {
      this.#subscriptions.delete(subscription.ref);
      subscription.failed(errorOf(message));
      this.#emit('error', errorOf(message));
    }
  }

  #rejectAll(code, message) {
    const error = new LanyardError(code, message);
    for (const write of [...this.#writes.values()]) {
      this.#refuse(write, error);
    }
  }

  #send(message) {
    if (this.#socket?.readyState === 1) {
      this.#socket.send(stringify(message));
    }
  }

  #each(show) {
    [...this.#subscriptions.values()].forEach(show);
  }

  #become(status) {
    if (this.#status !== status && this.#status !== 'closed') {
      this.#status = status;
      this.#emit('status', status);
    }
  }

  #emit(name, detail) {
    [...(this.#listeners.get(name) ?? [])].forEach((listener) => call(listener, detail));
  }

  #timer(name, millis, action) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(action, millis);
  }

  // ---- the token

  async #currentToken() {
    return typeof this.#token === 'function' ? this.#token() : this.#token;
  }

  #forget() {
    this.#token = typeof this.#token === 'function' ? this.#token : undefined;
    this.#storage(this.#options.signIn?.remember ?? 'session', (storage, key) => storage.removeItem(key));
  }

  #remembered() {
    return this.#storage(this.#options.signIn?.remember ?? 'session', (storage, key) => storage.getItem(key));
  }

  /** Does something with the browser's storage, if the page wants it and the browser has it. */
  #storage(name, action) {
    if (this.#options.signIn && name !== 'none') {
      try {
        return action(globalThis[`${name}Storage`], `lanyard:${this.url}:${this.#options.signIn.app}`);
      } catch {
        // A browser may forbid storage; then every page load asks anew.
      }
    }
    return undefined;
  }
}

/** The documents of one collection. */
class Collection {
  #lanyard;

  constructor(lanyard, name) {
    this.#lanyard = lanyard;
    this.name = name;
  }

  /** Replaces a document, or makes it. */
  put(id, data, options) {
    return this.#lanyard.write('put', this.name, id, data, options);
  }

  /** Makes a document under a new id that sorts by time. */
  add(data) {
    return this.put(newId(), data);
  }

  /** Changes fields of a document: a JSON merge patch. */
  patch(id, changes, options) {
    return this.#lanyard.write('patch', this.name, id, changes, options);
  }

  delete(id, options) {
    return this.#lanyard.write('delete', this.name, id, undefined, options);
  }

  /** Resolves to a document, or null. */
  async get(id) {
    await this.#lanyard.settled();
    try {
      return await this.#lanyard.request('GET', `${this.#path}/${encodeURIComponent(id)}`);
    } catch (error) {
      if (error.code === 'not_found') {
        return null;
      }
      throw error;
    }
  }

  /** Resolves to a page: `{items: [{id, etag, stamp, data}], next}`. */
  async list({ where, ...others } = {}) {
    await this.#lanyard.settled();
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(others)) {
      if (value !== undefined && value !== null) {
        query.append(name, value);
      }
    }
    for (const [path, operator, value] of conditionsOf(where)) {
      const text = stringify(value);
      query.append('where', /^\w+$/.test(operator) ? `${path} ${operator} ${text}` : path + operator + text);
    }
    return this.#lanyard.request('GET', `${this.#path}?${query}`);
  }

  /** Tells `listener` of every change, from the first picture on. */
  subscribe(listener, options) {
    return new Subscription(this.#lanyard, this.name, listener, options);
  }

  get #path() {
    return `/api/docs/${encodeURIComponent(this.name)}`;
  }
}

/**
 * What a page sees of a collection: the documents as the daemon told them, and over them the own writes that it has not
 * told back yet.
 */
class Subscription {
  #lanyard;
  #listener;
  #options;
  #told = new Map();
  #writes = [];
  #position;
  #isInSnapshot = null; // while the daemon tells everything anew: what it told
  #ready = {};

  constructor(lanyard, collection, listener = () => {}, options = {}) {
    this.#lanyard = lanyard;
    this.#listener = listener;
    this.#options = options;
    this.collection = collection;
    /** The visible documents by id; by `collection/id` where the name has a `*`. */
    this.documents = new Map();
    /** Resolves when everything there was has been told. */
    this.ready = new Promise((resolve, reject) => (this.#ready = { resolve, reject }));
    this.ready.catch(() => {}); // the client's `error` tells it too
    lanyard.subscribe(this);
  }

  close() {
    this.#lanyard.unsubscribe(this);
  }

  // ---- for the client

  request() {
    const { where, since = 'start', batchMillis } = this.#options;
    const { collection, ref } = this;
    return { op: 'subscribe', ref, collections: [collection], where, since: this.#position ?? since, echo: true, batchMillis };
  }

  clear() {
    this.#position = undefined;
    this.#told.clear();
    [...this.documents.keys()].forEach((key) => this.#show(key, {}));
  }

  failed(error) {
    this.#ready.reject(error);
  }

  wrote(write) {
    const pattern = new RegExp(`^${this.collection.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    if (pattern.test(write.collection)) {
      this.#writes.push(write);
      this.#show(this.#key(write), { local: true });
    }
  }

  /** The daemon has it; it stays over what was told until it is told back, so that nothing flickers. */
  confirmed(write, { position, outcome }) {
    const key = this.#key(write);
    const isTold = this.#position?.split('-')[0] === position.split('-')[0] && isReached(this.#position, position);
    const isAwaited = !isTold && outcome !== 'unchanged' && (this.#told.has(key) || this.documents.has(key));
    write.position = position;
    if (!isAwaited) {
      this.#leave(write);
    } else if (this.#writes.includes(write)) {
      setTimeout(() => this.#leave(write), ECHO_MILLIS);
    }
  }

  refused(write, error) {
    this.#leave(write, { local: true, error });
  }

  told(message) {
    const { type, position } = message;
    if (type === 'resync_required') {
      this.#position = 'start';
      this.#isInSnapshot = new Set();
      this.#lanyard.resubscribe(this);
      return;
    }
    this.#position = position;
    const isSynced = type === 'synced' && message.event === undefined;
    const key = isSynced ? undefined : this.#key(message);
    if (isSynced) {
      const gone = this.#isInSnapshot ? [...this.#told.keys()].filter((one) => !this.#isInSnapshot.has(one)) : [];
      this.#isInSnapshot = null;
      gone.forEach((one) => this.#told.delete(one));
      gone.forEach((one) => this.#show(one, {}));
    } else if (message.data === null || message.event === 'deleted') {
      this.#told.delete(key);
    } else {
      this.#told.set(key, message.data);
      this.#isInSnapshot?.add(key);
    }
    const isTold = (write) =>
      write.position && (isSynced || this.#key(write) === key) && isReached(position, write.position);
    const touched = new Set([...this.#writes.filter(isTold).map((write) => this.#key(write)), ...(isSynced ? [] : [key])]);
    this.#writes = this.#writes.filter((write) => !isTold(write));
    touched.forEach((one) => this.#show(one, one === key ? message : {}));
    if (isSynced) {
      this.#ready.resolve();
    }
  }

  #leave(write, details = {}) {
    if (this.#writes.includes(write)) {
      this.#writes = this.#writes.filter((one) => one !== write);
      this.#show(this.#key(write), details);
    }
  }

  #key({ collection, id }) {
    return this.collection.includes('*') ? `${collection}/${id}` : id;
  }

  /** Works out what is to be seen of a document, and tells the listener if that is something else than before. */
  #show(key, details) {
    const own = this.#writes.filter((write) => this.#key(write) === key);
    let data = own.reduce(applied, this.#told.get(key));
    if (own.length > 0 && data !== undefined && !matches(this.#options.where, data)) {
      data = undefined;
    }
    const previous = this.documents.get(key);
    if (data === previous || (data && previous && stringify(data) === stringify(previous))) {
      return;
    }
    const event = data === undefined ? 'deleted' : previous === undefined ? 'created' : 'updated';
    if (data === undefined) {
      this.documents.delete(key);
    } else {
      this.documents.set(key, data);
    }
    const [, home = this.collection, name] = /^(?:(.*)\/)?(.*)$/.exec(key);
    const { collection = home, id = name, changed, origin, timestamp, snapshot, local, error } = details;
    const told = { changed, origin, timestamp, snapshot: snapshot === true, local: local === true, error };
    call(this.#listener, { event, collection, id, data: data ?? null, previous: previous ?? null, ...told });
  }
}

const errorOf = ({ code, message, hint }) => new LanyardError(code, message, { hint });

const waitMillis = ({ retryAfterMillis, retryAfter }) => Number(retryAfterMillis ?? (retryAfter ?? WAIT_MILLIS / 1000) * 1000);

/** Returns what tells two tokens apart and is of no use as one. */
function fingerprint(token) {
  let hash = 0;
  for (const character of token) {
    hash = (Math.imul(hash, 31) + character.charCodeAt(0)) | 0;
  }
  return hash.toString(36);
}

function localStorageIfAny() {
  try {
    return globalThis.localStorage?.setItem ? globalThis.localStorage : undefined;
  } catch {
    return undefined; // a browser may forbid it: then writes wait in memory
  }
}

/** Calls a page's own code: what it throws is the page's affair, and stops nothing here. */
function call(listener, detail) {
  try {
    listener(detail);
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}
