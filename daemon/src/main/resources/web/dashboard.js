// The daemon's own page: how this device and the others are getting on. All that is shown is put in as text.
import { connect } from '/lanyard.js';

const SESSION = 'lanyard.session';
const MOST_EVENTS = 20;
/** Changes come in bursts; the status is asked for once after each. */
const QUIET_MILLIS = 250;
/** What changes without any document changing: the disk, the clock, what peers hold. */
const SELDOM_MILLIS = 10_000;

const STATES = {
  alone: 'No other device is reachable. Everything goes on here, and is sent when one is.',
  in_step: 'All reachable devices show the same.',
  syncing: 'The devices are exchanging what they lack.',
  refusing: 'Another live device has this one\'s identity, so this one does not sync: run lanyard identity new.',
};

const element = (id) => document.getElementById(id);

const show = (state) => {
  document.body.dataset.state = state;
};

function say(message) {
  element('message').textContent = message;
  element('message').hidden = !message;
}

/** Makes an element with this text, or these elements. */
function made(tag, ...content) {
  const one = document.createElement(tag);
  one.append(...content);
  return one;
}

const when = (time) => (time ? new Date(time).toLocaleString() : 'never');
const yesOrNo = (is) => (is ? 'yes' : 'no');
const megabytes = (bytes) => (bytes === null ? 'not known' : `${(bytes / 1e6).toFixed(1)} MB`);

function draw(status, collections) {
  element('device').textContent = status.device.name;
  element('state').textContent = STATES[status.state] ?? status.state;
  element('notices').replaceChildren(...status.notices.map((notice) => made('li', notice)));
  element('peers').replaceChildren(
    ...status.peers.map((peer) => {
      const cells = [peer.name, yesOrNo(peer.online), yesOrNo(peer.inStep), `${peer.behind}`, when(peer.lastSeen)];
      return made('tr', ...cells.map((cell) => made('td', cell)));
    }),
  );
  element('nobody').hidden = status.peers.length > 0;
  const facts = {
    documents: status.documents,
    collections: collections.items.map(({ name }) => name).join(', ') || 'none',
    'changes that no other device holds yet': status.pending,
    'conflicts to decide': status.conflicts,
    'size of the store': megabytes(status.storage.bytes),
    'room on the disk': `${megabytes(status.storage.freeBytes)}, ${status.storage.state}`,
    'last in step': when(status.lastSync),
  };
  element('facts').replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [made('dt', name), made('dd', `${value}`)]),
  );
}

function told({ event, collection, id, origin, timestamp }) {
  const by = origin?.client ? ` by ${origin.client}` : '';
  const line = made('li', `${new Date(timestamp).toLocaleTimeString()} ${collection}/${id} ${event}${by}`);
  element('feed').prepend(line);
  while (element('feed').children.length > MOST_EVENTS) {
    element('feed').lastChild.remove();
  }
}

function start(session) {
  const lanyard = connect({ url: location.origin, token: session, client: 'dashboard', queue: 'memory' });
  let asking;
  const ask = async () => {
    asking = undefined;
    try {
      draw(await lanyard.request('GET', '/api/sync/status'), await lanyard.request('GET', '/api/collections'));
      show('shown');
      say('');
    } catch (problem) {
      if (lanyard.status !== 'signed_out') {
        say(problem.message);
      }
    }
  };
  const soon = () => {
    asking ??= setTimeout(ask, QUIET_MILLIS);
  };
  lanyard.on('status', (status) => {
    element('connection').textContent = status === 'online' ? '' : 'This page does not reach the daemon; it goes on trying.';
    if (status === 'signed_out') {
      localStorage.removeItem(SESSION);
      lanyard.close();
      show('signin');
    } else {
      soon();
    }
  });
  lanyard.on('peers', soon);
  lanyard.on('conflict', soon);
  lanyard.collection('*').subscribe(
    (change) => {
      told(change);
      soon();
    },
    { since: 'now' },
  );
  setInterval(() => lanyard.status === 'online' && !document.hidden && soon(), SELDOM_MILLIS);
}

const session = localStorage.getItem(SESSION);
if (session) {
  start(session);
} else {
  show('signin');
}
