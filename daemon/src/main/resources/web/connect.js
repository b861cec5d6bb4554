// The page on which a person lets a web app in. What the address says is shown as text, never as markup.

const SESSION = 'lanyard.session';
const DAYS = 90;
/** How long the page has to be in view before it can be agreed to: a click meant for another window comes sooner. */
const LOOK_MILLIS = 1_000;

const asked = new URLSearchParams(location.search);
const origin = asked.get('origin');
const app = asked.get('app');
const scopes = (asked.get('scope') ?? '').split(/[ ,]+/).filter((scope) => scope);
const element = (id) => document.getElementById(id);

const show = (state) => {
  document.body.dataset.state = state;
};

function say(message) {
  element('message').textContent = message;
  element('message').hidden = !message;
}

/** Calls the daemon as the person who is signed in here. */
async function call(method, path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const session = localStorage.getItem(SESSION);
  if (session) {
    headers.Authorization = `Bearer ${session}`;
  }
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: 'no-store' });
  const answer = await response.json();
  if (!response.ok) {
    throw Object.assign(new Error(answer.detail), { status: response.status });
  }
  return answer;
}

const inCollections = (pattern) => {
  if (/^\*+$/.test(pattern)) {
    return 'in all collections, those to come included';
  }
  return pattern.includes('*') ? `in every collection whose name fits ${pattern}` : `in ${pattern}`;
};

/** Returns a scope in words. */
function words(scope) {
  const colon = scope.indexOf(':');
  const right = scope.slice(colon + 1);
  const where = inCollections(scope.slice(0, colon));
  switch (right) {
    case 'read':
      return `read all documents ${where}`;
    case 'write':
      return `read, change and delete all documents ${where}`;
    case 'settings':
      return `read all documents, and change the settings, ${where}`;
    case 'status':
      return 'see how this device and the others are getting on';
    case 'metrics':
      return 'read the numbers by which the daemon is watched';
    case 'devices':
      return 'see all devices, and their addresses';
    default:
      return scope;
  }
}

function tellOpener(message) {
  if (!window.opener || window.opener.closed) {
    show('lost');
    return false;
  }
  window.opener.postMessage(message, origin);
  return true;
}

function isUnsafe() {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'http:' && !/^(127(\.\d+){3}|localhost|.*\.localhost|\[::1\])$/.test(hostname);
}

let unlocking;

/** The person can agree only once the page has been in view for a moment. */
function lock() {
  element('yes').disabled = true;
  clearTimeout(unlocking);
  unlocking = setTimeout(() => {
    element('yes').disabled = document.hidden;
  }, LOOK_MILLIS);
}

function ask() {
  if (!window.opener) {
    show('lost');
    return;
  }
  element('origin').textContent = origin;
  element('app').textContent = app;
  element('scopes').replaceChildren(
    ...scopes.map((scope) => {
      const item = document.createElement('li');
      item.textContent = words(scope);
      item.dataset.scope = scope;
      return item;
    }),
  );
  element('unsafe-origin').hidden = !isUnsafe();
  show('ask');
  lock();
  document.addEventListener('visibilitychange', lock);
  window.addEventListener('focus', lock);
}

async function agree() {
  element('yes').disabled = true;
  say('');
  if (!window.opener || window.opener.closed) {
    show('lost');
    return;
  }
  try {
    const made = await call('POST', '/api/tokens', { name: app, scopes, origins: [origin], days: DAYS });
    if (tellOpener({ type: 'lanyard.token', token: made.token, expires: made.expiresAt })) {
      show('done');
      window.close();
    }
  } catch (problem) {
    if (problem.status === 401) {
      show('signin');
    } else {
      element('yes').disabled = false;
    }
    say(problem.message);
  }
}

function refuse() {
  if (tellOpener({ type: 'lanyard.refused' })) {
    show('refused');
    window.close();
  }
}

/** Goes on as the person who is signed in here, or asks who it is. */
async function go() {
  try {
    const { device } = await call('GET', '/connect/session');
    document.querySelectorAll('.device').forEach((place) => {
      place.textContent = device;
    });
  } catch (problem) {
    if (problem.status !== 401) {
      say(problem.message);
    }
    localStorage.removeItem(SESSION);
    show('signin');
    return;
  }
  if (app === null) {
    show('signed-in');
  } else {
    ask();
  }
}

async function signIn(code) {
  say('');
  try {
    localStorage.removeItem(SESSION);
    const { session } = await call('POST', '/connect/session', { code });
    localStorage.setItem(SESSION, session);
  } catch (problem) {
    show('signin');
    say(problem.message);
    return;
  }
  await go();
}

element('yes').addEventListener('click', (event) => event.isTrusted && agree());
element('no').addEventListener('click', refuse);
element('code-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const code = element('code').value.trim();
  element('code').value = '';
  signIn(code);
});

const code = new URLSearchParams(location.hash.slice(1)).get('code');
if (code) {
  history.replaceState(null, '', location.pathname + location.search);
  await signIn(code);
} else {
  await go();
}
