// App: log in, then one view for each address: #/ is the list of tables,
// #/upload a file on its way in, #/table/NAME one table.

import * as api from './api.js';
import { el, field, failure, busy, notice, arrived } from './dom.js';
import { tablesView, tableView } from './tables.js';
import { uploadView } from './upload.js';
import { damageText } from './words.js';

const main = document.getElementById('main');
const logout = document.getElementById('logout');
const version = document.getElementById('version');
const damaged = document.getElementById('damaged');

// turn counts the views, so that one that loads slowly never replaces a later one.
let turn = 0;
let address = '';

async function show() {
  turn += 1;
  const mine = turn;
  if (!api.key.get()) {
    place(loginView(), 'Log in');
    return;
  }
  logout.hidden = false;
  main.setAttribute('aria-busy', 'true');
  const [title, make] = route(location.hash);
  let view;
  try {
    view = await make();
  } catch (error) {
    view = el('section', { class: 'card' }, el('h1', { tabindex: '-1' }, title), failure(error),
      el('p', {}, el('a', { href: '#/' }, 'Back to all tables')));
  }
  if (mine === turn && api.key.get()) {
    place(view, title);
    api.info().then(about, () => {}); // what is damaged changes with uploads and deletions
  }
}

function route(hash) {
  const [, page, name] = hash.split('/');
  if (page === 'table' && name) {
    return [decode(name), () => tableView(decode(name), show)];
  }
  if (page === 'upload') {
    return ['Upload', uploadView];
  }
  return ['Tables', tablesView];
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// place shows a view and moves the focus to its heading, as a new page would.
function place(view, title) {
  main.removeAttribute('aria-busy');
  main.replaceChildren(view);
  document.title = `${title} · Tablestep`;
  (view.querySelector('[data-focus]') ?? view.querySelector('h1'))?.focus();
}

function loginView() {
  logout.hidden = true;
  const input = el('input', { type: 'password', autocomplete: 'current-password', required: true, spellcheck: 'false', 'data-focus': true });
  const wrong = el('div', {});
  const form = el('form', { class: 'card narrow', method: 'post', onsubmit: submit },
    el('h1', { tabindex: '-1' }, 'Log in'),
    el('input', { type: 'text', autocomplete: 'username', value: 'admin', hidden: true, readonly: true, 'aria-label': 'User' }), // for password managers
    field('Admin key', input, 'The service printed it when it first started. It stays in this tab and is forgotten when the tab is closed.'),
    wrong,
    el('div', { class: 'actions' }, el('button', { type: 'submit' }, 'Log in')));

  function submit(event) {
    event.preventDefault();
    busy(form, wrong, async () => {
      const typed = input.value.trim();
      if (!/^[\x21-\x7e]+$/.test(typed)) {
        throw new Error('This cannot be an admin key: it holds a space or a letter that no key has. Copy it again.');
      }
      api.key.set(typed);
      try {
        about(await api.info());
      } catch (error) {
        api.key.forget();
        throw error.status === 401 ? new Error('This key is not the admin key of this service. Copy it again and try once more.') : error;
      }
      notice('');
      show();
    });
  }
  return form;
}

function about(info) {
  version.textContent = [info?.version && `Tablestep ${info.version}`, info?.publicURL].filter(Boolean).join(' · ');
  damaged.textContent = damageText(info?.damaged ?? []);
}

api.session.addEventListener('ended', () => {
  if (!document.querySelector('form.narrow')) {
    notice('The key is no longer accepted. Log in again.');
    show();
  }
});

logout.addEventListener('click', () => {
  api.key.forget();
  about(null);
  notice('You are logged out.');
  show();
});

document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});

// A file that misses the drop zone must not make the browser leave the page for it.
for (const type of ['dragover', 'drop']) {
  window.addEventListener(type, (event) => event.preventDefault());
}

window.addEventListener('hashchange', () => {
  if (location.hash !== address && (location.hash === '' || location.hash.startsWith('#/'))) {
    address = location.hash;
    arrived();
    show();
  }
});

address = location.hash;
show();
