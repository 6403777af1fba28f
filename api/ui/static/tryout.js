// Tryout: one made-up lead goes through a lookup, and the answer that Marketo
// would get is shown. Nothing is stored or sent.

import * as api from './api.js';
import { el, field, select, grid, busy, shown } from './dom.js';

// tryout shows inputs for the fields that a lookup reads, and the answer below.
export function tryout(table, lookups) {
  const flowValue = (l) => (l.name === table.name || !l.name ? table.name : `${table.name}/${l.name}`);
  const choice = select(lookups.map((l) => ({ value: flowValue(l), label: l.label ? `${flowValue(l)} (${l.label})` : flowValue(l) })), null, { onchange: draw });
  const inputs = el('div', { class: 'row' });
  const more = el('textarea', { rows: '3', spellcheck: 'false', placeholder: '{"email": "ada@example.com"}' });
  const wrong = el('div', {});
  const answer = el('div', { 'aria-live': 'polite' });
  const form = el('form', { class: 'card', method: 'post', onsubmit: run },
    el('h2', {}, 'Try a lead'),
    el('p', { class: 'hint' }, 'With the live version and the lookup as it was last saved. Nothing is stored, and Marketo is not told.'),
    lookups.length > 1 && field('Lookup', choice),
    inputs,
    el('details', {}, el('summary', {}, 'More fields of the lead'),
      field('As JSON', more, 'For fields that rules read. They are sent as they stand.')),
    wrong,
    el('div', { class: 'actions' }, el('button', { type: 'submit' }, 'Look it up')),
    answer);
  draw();

  function draw() {
    const lookup = lookups.find((l) => flowValue(l) === choice.value) ?? lookups[0];
    const names = [...new Set((lookup.match ?? []).flatMap((m) => m.field))];
    inputs.replaceChildren(...names.map((name) => field(name, el('input', { autocomplete: 'off', spellcheck: 'false', 'data-field': name }))));
    answer.replaceChildren();
  }

  function run(event) {
    event.preventDefault();
    answer.replaceChildren();
    busy(form, wrong, async () => {
      const typed = [...inputs.querySelectorAll('input')].map((i) => [i.dataset.field, i.value]);
      const { results } = await api.evaluate(leadText(typed, more.value), { table: choice.value });
      if (!results?.length) {
        throw new Error('The service gave no answer for this lead.');
      }
      answer.replaceChildren(...showResult(results[0]));
    });
  }
  return form;
}

// leadText joins typed fields and free JSON to one lead, as text: parsing and
// writing the JSON again would round 64-bit ids.
function leadText(typed, json) {
  const text = json.trim() || '{}';
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`The JSON of the lead cannot be read: ${error.message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error('The JSON of the lead must be one object, like {"email": "ada@example.com"}.');
  }
  const twice = typed.find(([name, value]) => value !== '' && Object.hasOwn(parsed, name));
  if (twice) {
    throw new Error(`${twice[0]} is given twice: as a field and in the JSON. Leave one of them out.`);
  }
  const entries = typed.filter(([, value]) => value !== '').map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (!Object.hasOwn(parsed, 'id')) {
    entries.unshift('"id":1');
  }
  const inner = text.slice(1, -1).trim();
  return `{${[...entries, ...(inner ? [inner] : [])].join(',')}}`;
}

function showResult(result) {
  const { id, ...written } = result.leadData ?? {};
  const { success, reason, errorCode, ...activity } = result.activityData ?? {};
  const good = success === true;
  return [
    el('h3', {}, 'The answer ', el('span', { class: good ? 'badge live' : 'badge bad' }, good ? 'success' : 'no success')),
    (reason || errorCode) && el('p', {}, reason, ' ', errorCode && el('span', { class: 'code' }, errorCode)),
    el('h4', {}, 'Fields written to the lead'),
    pairs('Fields written to the lead', written, 'No field is written: the lead stays as it is.'),
    el('h4', {}, 'Shown in the activity log'),
    pairs('Shown in the activity log', activity, 'Nothing more.'),
    hasContent(result.trace) && el('details', {}, el('summary', {}, 'How it came to this'), tree(result.trace)),
  ].filter(Boolean);
}

function pairs(label, object, none) {
  const entries = Object.entries(object);
  return entries.length === 0
    ? el('p', { class: 'hint' }, none)
    : grid(label, ['Field', 'Value'], entries.map(([name, value]) => [name, valueText(value)]), { className: 'cells' });
}

function valueText(value) {
  return typeof value === 'string' ? shown(value) : el('code', {}, JSON.stringify(value));
}

function hasContent(value) {
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

// tree shows any JSON as nested lists.
function tree(value) {
  if (Array.isArray(value)) {
    return el('ol', { class: 'tree' }, value.map((v) => el('li', {}, tree(v))));
  }
  if (typeof value === 'object' && value !== null) {
    return el('dl', { class: 'tree' }, Object.entries(value).map(([name, v]) => el('div', {}, el('dt', {}, name), el('dd', {}, tree(v)))));
  }
  return valueText(value);
}
