// Upload: a file comes in as an unpublished version; the person sees what was
// read and what was wrong, has it read differently, and publishes it or not.

import * as api from './api.js';
import { el, field, select, grid, facts, failure, busy, notice, placeOf, go } from './dom.js';
import { DELIMITERS, ENCODINGS, TABLE_NAME, count, nameOf, number, size } from './words.js';
import { rowPreview } from './rows.js';

// LISTED is how many findings of one kind are put on the page.
const LISTED = 100;

// picked is the file on its way in: {file, table, known}. It lives as long as
// the page; after a reload the browser no longer has the file.
let picked = null;

// dropZone takes a file by drop, click or keyboard and opens the upload view.
// With a table the file becomes a version of it, else its name is suggested.
export function dropZone({ table = '', known = [] }) {
  const input = el('input', {
    type: 'file', id: 'file', class: 'file', accept: '.csv,.tsv,.txt,.xlsx,text/csv',
    'aria-describedby': 'file-hint file-wrong',
    onchange: () => take(input.files),
  });
  const wrong = el('p', { class: 'wrong', id: 'file-wrong', role: 'alert' });
  const zone = el('div', { class: 'drop' },
    input,
    el('label', { for: 'file' }, table ? `Drop a new version of ${table} here, or choose a file` : 'Drop a CSV or XLSX file here, or choose one'),
    el('p', { class: 'hint', id: 'file-hint' }, table
      ? 'The live version keeps answering leads until you publish the new one.'
      : 'You will see what was read before anything is published.'),
    wrong);
  let depth = 0;
  const mark = (by) => {
    depth = Math.max(0, depth + by);
    zone.classList.toggle('over', depth > 0);
  };
  zone.addEventListener('dragenter', () => mark(1));
  zone.addEventListener('dragleave', () => mark(-1));
  zone.addEventListener('dragover', (event) => { event.dataTransfer.dropEffect = 'copy'; });
  zone.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(-depth);
    take(event.dataTransfer.files);
  });

  function take(files) {
    if (files.length !== 1) {
      wrong.textContent = files.length === 0 ? 'This was not a file. Drop a CSV or XLSX file.' : 'One file at a time, please: each becomes a table of its own.';
      return;
    }
    if (files[0].size === 0) {
      wrong.textContent = `${files[0].name} is empty. Choose a file with a header row and at least one row below it.`;
      return;
    }
    picked = { file: files[0], table, known };
    go('#/upload');
  }
  return zone;
}

// uploadView asks for the table's name, sends the file and shows the findings.
export async function uploadView() {
  if (!picked) {
    return el('section', { class: 'card' },
      el('h1', { tabindex: '-1' }, 'No file chosen'),
      el('p', {}, 'The page was reloaded, so the file has to be chosen again. ', el('a', { href: '#/' }, 'Back to all tables')));
  }
  const { file, table, known } = picked;
  const findings = el('div', { id: 'findings' });
  const state = { file, known, name: table, fixed: table !== '', made: [], findings };
  const suggestion = state.fixed ? { name: table } : await api.suggest(file.name);
  const name = el('input', {
    required: true, pattern: TABLE_NAME, maxlength: '100', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none',
    title: 'Small letters, digits, dot, dash and underscore; the first is a letter or a digit.',
    readonly: state.fixed, value: suggestion.name, oninput: explain,
  });
  const meaning = el('p', { class: 'hint', role: 'status' });
  const settings = readSettings();
  const stage = el('div', {});
  const form = el('form', { class: 'card', method: 'post', onsubmit: submit },
    field('Name of the table', name, 'Small letters, digits, dot, dash and underscore. It is what marketers choose in the flow step.'),
    meaning,
    el('details', {}, el('summary', {}, 'How to read the file (found automatically)'), settings.node),
    stage,
    el('div', { class: 'actions' },
      el('button', { type: 'submit' }, 'Read the file'),
      el('a', { class: 'button quiet', href: '#/' }, 'Cancel')));
  explain();

  function explain() {
    const exists = known.includes(name.value);
    meaning.textContent = exists ? `${name.value} exists: the file becomes a new version of it.` : '';
  }

  function submit(event) {
    event.preventDefault();
    state.name = name.value;
    state.label = name.value === suggestion.name ? suggestion.label ?? '' : ''; // what people call the file
    read(form, stage, state, settings.values(), () => form.remove());
  }
  return el('div', {},
    el('p', { class: 'crumbs' }, el('a', { href: '#/' }, 'Tables')),
    el('h1', { tabindex: '-1' }, file.name),
    el('p', { class: 'lead' }, size(file.size)),
    form, findings);
}

// read sends the file and shows what came of it; then is called once it was read.
async function read(form, stage, state, settings, then) {
  const stop = new AbortController();
  const bar = el('progress', { max: String(state.file.size || 1), value: 0, 'aria-label': 'Upload' });
  const step = el('p', { class: 'hint', role: 'status' }, 'Sending the file…');
  const meter = el('div', { class: 'meter' }, bar, step,
    el('button', { type: 'button', class: 'small quiet', onclick: () => stop.abort() }, 'Stop'));
  const leave = () => stop.abort();
  window.addEventListener('hashchange', leave);
  await busy(form, stage, async () => {
    stage.replaceChildren(meter);
    let result;
    try {
      result = await api.upload(state.name, state.file, { label: state.label, ...settings }, { progress, signal: stop.signal });
    } catch (error) {
      if (error.status !== 409 || !document.contains(form)) {
        throw error;
      }
      stage.replaceChildren(failure(error), accept(form, stage, state, settings, then));
      return;
    } finally {
      meter.remove();
      window.removeEventListener('hashchange', leave);
    }
    state.made.push(result.version);
    then();
    const heading = showFindings(state, result, settings);
    notice(`The file was read: ${count(result.rows, 'row')}, ${count(total(result.counts), 'finding')}.`);
    heading.focus();
  });

  function progress(sent, total) {
    if (sent < total) {
      bar.max = total;
      bar.value = sent;
      step.textContent = `Sending the file: ${size(sent)} of ${size(total)}`;
    } else {
      bar.removeAttribute('value');
      step.textContent = 'The file is there. Reading it…';
    }
  }
}

// accept lets a person insist where the service refused an upload that would do harm.
function accept(form, stage, state, settings, then) {
  const rows = el('input', { type: 'checkbox', id: 'accept-rows' });
  const columns = el('input', { type: 'checkbox', id: 'accept-columns' });
  return el('fieldset', {},
    el('legend', {}, 'Is this what you want?'),
    el('div', { class: 'check' }, rows, el('label', { for: 'accept-rows' }, 'Yes, the new file has far fewer rows')),
    el('div', { class: 'check' }, columns, el('label', { for: 'accept-columns' }, 'Yes, a column that a lookup uses is gone')),
    el('button', {
      type: 'button',
      class: 'danger',
      onclick: () => read(form, stage, state, { ...settings, confirm: rows.checked, force: columns.checked }, then),
    }, 'Read it all the same'));
}

// readSettings are the inputs for what is otherwise found in the file.
function readSettings(used = {}, given = {}) {
  const sheets = used.sheets ?? [];
  const sheet = sheets.length > 0
    ? select([{ value: '', label: 'first sheet' }, ...sheets.map((s) => ({ value: s, label: s }))], given.sheet ?? used.sheet ?? '')
    : el('input', { autocomplete: 'off', placeholder: 'first sheet', value: given.sheet ?? '' });
  const header = el('input', { type: 'number', min: '0', step: '1', inputmode: 'numeric', placeholder: 'found', value: given.headerRow ?? '' });
  const delimiter = select([{ value: '', label: 'found in the file' }, ...DELIMITERS], given.delimiter ?? '');
  const encoding = select([{ value: '', label: 'found in the file' }, ...ENCODINGS.map((e) => ({ value: e, label: e }))], given.encoding ?? '');
  const node = el('div', { class: 'row' },
    field('Sheet (XLSX)', sheet),
    field('Header in row (0: there is none)', header),
    field('Columns separated by (CSV)', delimiter),
    field('Encoding (CSV)', encoding));
  const values = () => ({ sheet: sheet.value, headerRow: header.value, delimiter: delimiter.value, encoding: encoding.value });
  return { node, values };
}

// showFindings puts the answer to an upload on the page and returns its heading.
function showFindings(state, result, given) {
  const heading = el('h2', { tabindex: '-1' }, `${result.table}, version ${result.version} `,
    el('span', { class: 'badge waiting' }, 'not published'));
  state.findings.replaceChildren(
    el('section', { class: 'card' }, heading,
      el('p', { class: 'lead' }, `${count(result.rows, 'row')}, ${count(result.columns?.length, 'column')}. `, difference(result.diff)),
      decide(state, result, given)),
    kinds(result.findings ?? [], result.counts ?? {}, (code) => remedy(state, given, code)),
    howRead(state, result.used ?? {}, given),
    columns(result.columns ?? []),
    rowPreview(result.table, result.version));
  return heading;
}

function difference(diff) {
  if (!diff) {
    return '';
  }
  const { added = 0, removed = 0, changed = 0 } = diff;
  return added + removed + changed === 0
    ? 'The same rows as the live version.'
    : `Against the live version: ${count(added, 'row')} added, ${number(removed)} removed, ${number(changed)} changed.`;
}

function decide(state, result, given) {
  const wrong = el('div', {});
  const publish = el('button', {
    type: 'button',
    onclick: () => busy(publish, wrong, async () => {
      await api.publish(result.table, result.version, { confirm: given.confirm, force: given.force });
      picked = null;
      go(`#/table/${encodeURIComponent(result.table)}`, `Version ${result.version} of ${result.table} is live.`);
    }),
  }, 'Publish');
  const discard = el('button', {
    type: 'button',
    class: 'quiet',
    onclick: () => busy(discard, wrong, () => leave(state, result)),
  }, 'Discard');
  return el('div', {}, wrong,
    el('div', { class: 'actions' }, publish, discard),
    el('p', { class: 'hint' }, 'Publish: leads are answered from this version at once. ', state.known.includes(result.table)
      ? 'Discard: it stays unpublished, and nothing changes for leads.'
      : 'Discard: the new table is thrown away.'));
}

// leave goes back without publishing. A table that was only made by this upload
// goes with it; a version of an older table just stays unpublished.
async function leave(state, result) {
  const table = await api.table(result.table);
  const ours = !table.live && (table.versions ?? []).every((v) => state.made.includes(v.version));
  picked = null;
  if (ours) {
    await api.removeTable(result.table);
    go('#/', `${result.table} was discarded.`);
    return;
  }
  go(`#/table/${encodeURIComponent(result.table)}`, `Version ${result.version} stays unpublished.`);
}

// SEVERITIES are what findings mean, the worst first.
const SEVERITIES = [
  { name: 'block', sign: '\u25a0', means: 'keeps the version from going live' },
  { name: 'change', sign: '\u25b2', means: 'changes what leads get' },
  { name: 'note', sign: '\u25cf', means: 'good to know' },
];

// total is how many findings there are, those that the service left out among them.
function total(counts = {}) {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

// REMEDIES are what a file can be read again with, by the code of a finding; a setting that takes
// several codes keeps those that were given before.
const REMEDIES = {
  LONG_ROW: [
    { words: 'Join cells that belong together', setting: 'join' },
    { words: 'Leave these rows out', setting: 'leaveOut' },
  ],
  FOOTER: [{ words: 'Leave these rows out', setting: 'leaveOut' }],
  MERGED_CELLS: [{ words: 'Fill merged cells', setting: 'fill' }],
  HEADER_LIKE_DATA: [{ words: 'The file has no header', setting: 'headerRow', value: '0' }],
};

// remedy is a key that reads the file again, without a kind of finding.
function remedy(state, given, code) {
  const stage = el('div', {});
  const keys = (REMEDIES[code] ?? []).map(({ words, setting, value = code }) => el('button', {
    type: 'button',
    class: 'small quiet',
    onclick: () => {
      const before = value === code && given[setting] ? `${given[setting]},` : '';
      read(actions, stage, state, { ...given, [setting]: before + value }, () => {});
    },
  }, words));
  const actions = el('div', { class: 'actions' }, keys);
  return keys.length > 0 && el('div', {}, actions, stage);
}

// kinds lists the findings by code, the worst first. counts has also those that the service left
// out; remedyOf gives what helps against a code.
function kinds(list, counts, remedyOf) {
  if (list.length === 0) {
    return el('section', { class: 'card' }, el('h2', {}, 'What was wrong'), el('p', { class: 'good' }, 'Nothing was found.'));
  }
  const byCode = new Map();
  for (const finding of list) {
    byCode.set(finding.code, [...(byCode.get(finding.code) ?? []), finding]);
  }
  const rank = ([, found]) => SEVERITIES.findIndex((s) => s.name === found[0].severity);
  const sorted = [...byCode].sort((a, b) => rank(a) - rank(b));
  return el('section', { class: 'card' },
    el('h2', {}, 'What was wrong'),
    el('p', { class: 'hint' }, 'The file was read all the same. Rows are counted from 1, the header is not counted. ',
      total(counts) > list.length && `There are ${number(total(counts))} findings; ${number(list.length)} of them are listed.`),
    sorted.map(([code, found], i) => el('details', { class: 'kind', open: i === 0 || byCode.size <= 3 },
      el('summary', {}, `${SEVERITIES[rank([code, found])]?.sign ?? ''} ${sentence(code)} `,
        el('span', { class: 'badge waiting' }, number(counts[code] ?? found.length)),
        el('span', { class: 'hint' }, ` ${SEVERITIES[rank([code, found])]?.means ?? ''}`)),
      el('ul', {}, found.slice(0, LISTED).map((w) => el('li', {},
        placeOf(w) && el('span', { class: 'place' }, placeOf(w)), ' ', w.message))),
      found.length > LISTED && el('p', { class: 'hint' }, `and ${number(found.length - LISTED)} more of this kind.`),
      remedyOf(code), el('p', { class: 'code' }, code))));
}

// sentence makes "Duplicate key" of DUPLICATE_KEY.
function sentence(code) {
  const words = String(code).toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function howRead(state, used, given) {
  const settings = readSettings(used, given);
  const stage = el('div', {});
  const form = el('form', {
    method: 'post',
    onsubmit: (event) => {
      event.preventDefault();
      read(form, stage, state, { ...given, ...settings.values() }, () => {});
    },
  }, el('p', { class: 'hint' }, 'Reading it again makes one more version; the one shown here stays unpublished.'),
  settings.node, stage,
  el('div', { class: 'actions' }, el('button', { type: 'submit' }, 'Read it again')));
  return el('section', { class: 'card' },
    el('h2', {}, 'How it was read'),
    facts([
      ['Format', used.format && used.format.toUpperCase()],
      ['Sheet', used.sheet],
      ['Encoding', used.encoding],
      ['Columns separated by', used.delimiter && nameOf(DELIMITERS, used.delimiter)],
      ['Header in row', used.headerRow && String(used.headerRow)],
    ]),
    el('details', {}, el('summary', {}, 'Not right? Read it differently'), form));
}

function columns(list) {
  return el('section', { class: 'card' },
    el('h2', {}, 'Columns'),
    grid('Columns', ['Column', 'Looks like', 'Empty cells', 'Different values', 'Longest (bytes)'],
      list.map((c) => [c.name, c.type, number(c.empty), number(c.distinct), number(c.maxBytes)]),
      { numeric: [2, 3, 4] }));
}
