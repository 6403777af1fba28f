// Dom: how every view makes its elements. Data reaches the page as text nodes
// and attributes only, never as markup.

// el makes an element. Attributes that start with "on" are listeners; false,
// null and undefined leave an attribute or a child out; true sets it empty.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) {
      node.addEventListener(name.slice(2), value);
    } else if (name === 'value') {
      node.value = value ?? '';
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value === true ? '' : value);
    }
  }
  node.append(...children.flat(Infinity).filter((c) => c !== false && c !== null && c !== undefined));
  return node;
}

let ids = 0;

// field puts a label over an input, with an optional hint that is read with it.
export function field(label, input, hint) {
  ids += 1;
  input.id ||= `field-${ids}`;
  const note = hint && el('span', { class: 'hint', id: `${input.id}-hint` }, hint);
  if (note) {
    input.setAttribute('aria-describedby', note.id);
  }
  return el('div', { class: 'field' }, el('label', { for: input.id }, label), input, note);
}

// select makes a dropdown. A value that is not among the choices is kept as a
// choice of its own, so that saving never changes what the page does not know.
export function select(choices, value, attributes = {}) {
  const known = choices.some((c) => c.value === value) || value === undefined || value === null;
  const all = known ? choices : [...choices, { value, label: value }];
  const node = el('select', attributes, all.map((c) => el('option', { value: c.value }, c.label)));
  if (value !== undefined && value !== null) {
    node.value = value;
  }
  return node;
}

// grid is a table of texts with a header; wide ones scroll by themselves and can be
// scrolled with the keyboard. A cell may be a text or a node. Columns named in
// numeric are set to the right.
export function grid(label, header, rows, { numeric = [], className = '' } = {}) {
  const side = (i) => (numeric.includes(i) ? 'number' : null);
  return el('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: '0' },
    el('table', { class: className },
      el('thead', {}, el('tr', {}, header.map((text, i) => el('th', { scope: 'col', class: side(i) }, text)))),
      el('tbody', {}, rows.map((cells) => el('tr', {}, cells.map((cell, i) => el('td', { class: side(i) }, cell)))))));
}

// facts is a list of names and values; pairs without a value are left out.
export function facts(pairs) {
  return el('dl', { class: 'facts' }, pairs
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
}

// shown makes a cell's text visible where the eye would miss it.
export function shown(text) {
  return text === '' || text === null || text === undefined ? el('span', { class: 'empty' }, 'empty') : String(text);
}

// failure shows an error: what happened, its code, and the details one by one.
export function failure(error) {
  const details = (error.details ?? []).map(detailText).filter(Boolean);
  return el('div', { class: 'failure', role: 'alert' },
    el('p', {}, el('strong', {}, error.message || 'Something went wrong.')),
    details.length > 0 && el('ul', {}, details.map((text) => el('li', {}, text))),
    error.code && el('p', { class: 'code' }, error.code));
}

// detailText says a detail in one line: its place, and what else is told of it.
function detailText(detail) {
  if (typeof detail !== 'object' || detail === null) {
    return String(detail);
  }
  const { file, row, column, field, message, code, severity, lift, lookup, ...others } = detail; // the message names what is left out
  const more = [message, code && `(${code})`, ...Object.entries(others).map(([name, value]) => `${name} ${JSON.stringify(value)}`)];
  if (!(row > 0 || column || field || more.some(Boolean))) {
    return ''; // the file alone says nothing that the message does not say
  }
  return [placeOf(detail), more.filter(Boolean).join(' ')].filter(Boolean).join(': ');
}

// placeOf says where something is: 'codes.csv, row 3, column "country"'.
export function placeOf({ file, row, column, field }) {
  return [file, row > 0 && `row ${row}`, column && `column “${column}”`, field && `field “${field}”`].filter(Boolean).join(', ');
}

// busy runs an action for a button or a form: it cannot be started twice, and
// what goes wrong is shown in the given place, which is emptied before.
export async function busy(control, place, action) {
  if (control.getAttribute('aria-busy') === 'true') {
    return;
  }
  control.setAttribute('aria-busy', 'true');
  const buttons = control.matches('button') ? [control] : [...control.querySelectorAll('button')];
  const enabled = buttons.filter((b) => !b.disabled);
  enabled.forEach((b) => { b.disabled = true; });
  place.replaceChildren();
  try {
    await action();
  } catch (error) {
    place.replaceChildren(failure(error));
  } finally {
    control.removeAttribute('aria-busy');
    enabled.forEach((b) => { b.disabled = false; });
  }
}

// notice says in one sentence what has just been done, on the screen and to a
// screen reader. It stays until the next one or until another view is opened.
export function notice(text) {
  document.getElementById('notice').textContent = text;
}

let carried = '';

// go opens a view by its address and shows a notice there.
export function go(address, text = '') {
  if (location.hash === address) {
    notice(text);
    return;
  }
  carried = text;
  location.hash = address;
}

// arrived is called when another view is opened.
export function arrived() {
  notice(carried);
  carried = '';
}

// ask puts a question in a dialog and answers true where it is confirmed.
export function ask(question, explanation, yes) {
  return new Promise((resolve) => {
    const dialog = el('dialog', { 'aria-labelledby': 'ask-question' },
      el('h2', { id: 'ask-question' }, question),
      el('p', {}, explanation),
      el('div', { class: 'actions' },
        el('button', { type: 'button', class: 'danger', onclick: () => dialog.close('yes') }, yes),
        el('button', { type: 'button', class: 'quiet', autofocus: true, onclick: () => dialog.close('') }, 'Cancel')));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
