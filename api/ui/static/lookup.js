// Lookup: the editor of a table's default lookup. What it does not know of a
// lookup (a newer mode's threshold, say) is kept as it came.

import * as api from './api.js';
import { el, field, select, busy, notice } from './dom.js';
import { AGGREGATES, HIT_POLICIES, JOINING, MODES, NO_MATCH, TYPES } from './words.js';

// lookupEditor shows a lookup as a form; known are the columns to choose from. refresh shows the table anew once it is saved.
export function lookupEditor(table, known, lookup, others, refresh) {
  const columns = known.map((c) => ({ value: c.name, label: c.name }));
  const wrong = el('div', {});
  const label = el('input', { autocomplete: 'off', maxlength: '255', value: lookup.label ?? '', placeholder: table.name });
  const policy = select(HIT_POLICIES.filter((p) => p.value !== 'rotate' || lookup.hitPolicy === 'rotate'), lookup.hitPolicy || 'first', { onchange: several });
  const priority = select(columns, lookup.priorityColumn || columns[0]?.value);
  const aggregate = select(AGGREGATES, lookup.aggregate || 'list', { onchange: several });
  const separator = el('input', { autocomplete: 'off', value: lookup.separator ?? '', placeholder: ', ' });
  const priorityField = field('Column of the numbers', priority);
  const aggregateField = field('As', aggregate);
  const separatorField = field('Between them', separator);
  const noMatch = select(NO_MATCH, lookup.onNoMatch || 'keep', { onchange: defaults });
  const match = list('Where', 'Add a condition', lookup.match ?? [], (m) => matchLine(columns, m));
  const outputs = list('Write', 'Add a field to write', lookup.outputs ?? [], (o) => outputLine(columns, o));
  defaults();
  several();

  // several shows what the chosen policy needs to know.
  function several() {
    priorityField.hidden = policy.value !== 'priority';
    aggregateField.hidden = policy.value !== 'collect';
    separatorField.hidden = policy.value !== 'collect' || !JOINING.includes(aggregate.value);
  }

  function defaults() {
    outputs.node.classList.toggle('no-defaults', noMatch.value !== 'default');
  }

  const agree = lookup.guessed && Boolean(table.live) && confirmButton();
  const form = el('form', { class: 'card lookup', method: 'post', onsubmit: save, oninput: changed, onchange: changed, onclick: changed },
    el('h2', {}, 'Default lookup'),
    el('p', { class: 'hint' }, lookup.guessed
      ? 'This is a suggestion made from the columns. Check the names of the lead fields: it writes nothing before you confirm it, or save it as you want it.'
      : `What a campaign gets that chooses ${table.name} in its flow step.`),
    field('Shown to marketers as', label),
    match.node,
    el('div', { class: 'row' },
      field('When several rows match', policy),
      priorityField, aggregateField, separatorField,
      field('When no row matches', noMatch)),
    outputs.node,
    wrong,
    el('div', { class: 'actions' },
      agree,
      el('button', { type: 'submit' }, 'Save the lookup'),
      !lookup.guessed && resetButton()),
    others.length > 0 && el('p', { class: 'hint' }, `This table also has: ${others.map((o) => o.name).join(', ')}. They can be tried below and changed through the API.`));

  function save(event) {
    event.preventDefault();
    busy(form, wrong, async () => {
      const { guessed, name, version, priorityColumn, aggregate: before, separator: between, rowKey, weightColumn, capColumn, capPeriod, awayColumn, sticky, ...kept } = lookup;
      await api.saveLookup(table.name, lookup.name || table.name, {
        ...kept,
        label: label.value.trim(),
        match: match.values(),
        hitPolicy: policy.value,
        ...(policy.value === 'priority' && { priorityColumn: priority.value }),
        ...(policy.value === 'rotate' && { rowKey, weightColumn, capColumn, capPeriod, awayColumn, sticky }),
        ...(policy.value === 'collect' && { aggregate: aggregate.value }),
        ...(policy.value === 'collect' && JOINING.includes(aggregate.value) && separator.value && { separator: separator.value }),
        outputs: outputs.values(),
        onNoMatch: noMatch.value,
      });
      await refresh();
      notice('The lookup is saved. Leads are answered by it from now on.');
    });
  }

  // confirmButton agrees to what is suggested. It goes as soon as something else stands in
  // the form, which would not be what is confirmed.
  function confirmButton() {
    const button = el('button', {
      type: 'button',
      onclick: () => busy(button, wrong, async () => {
        await api.confirmLookup(table.name, lookup.name || table.name);
        await refresh();
        notice('The lookup is confirmed. Leads are answered by it from now on, and their fields are written.');
      }),
    }, 'Confirm the lookup');
    return button;
  }

  function changed(event) {
    if (agree && (event.type !== 'click' || event.target.closest('fieldset button'))) { // which adds or removes a line
      agree.hidden = true;
    }
  }

  function resetButton() {
    const button = el('button', {
      type: 'button',
      class: 'quiet',
      onclick: () => busy(button, wrong, async () => {
        await api.removeLookup(table.name, lookup.name || table.name);
        await refresh();
        notice('The lookup is back to the suggestion.');
      }),
    }, 'Back to the suggestion');
    return button;
  }
  return form;
}

// list is a growing and shrinking list of lines. make gives a line's inputs and
// a function that reads them.
function list(title, add, entries, make) {
  const lines = [];
  const body = el('div', {});
  const more = el('button', { type: 'button', class: 'small quiet', onclick: () => append({}).querySelector('select, input').focus() }, add);

  function append(entry) {
    const { node, value } = make(entry);
    const remove = el('button', { type: 'button', class: 'small quiet remove', onclick: drop }, 'Remove');
    const line = { group: el('div', { class: 'line', role: 'group' }, node, remove), remove, value };

    function drop() {
      lines.splice(lines.indexOf(line), 1);
      line.group.remove();
      number();
      more.focus();
    }
    lines.push(line);
    body.append(line.group);
    number();
    return line.group;
  }

  // number names the lines for a screen reader, by their place.
  function number() {
    lines.forEach(({ group, remove }, i) => {
      group.setAttribute('aria-label', `${title}, line ${i + 1}`);
      remove.setAttribute('aria-label', `Remove line ${i + 1}`);
    });
  }
  entries.forEach(append);
  return {
    node: el('fieldset', {}, el('legend', {}, title), body, more),
    values: () => lines.map((line) => line.value()),
  };
}

function matchLine(columns, entry) {
  const column = select(columns, entry.column ?? columns[0]?.value);
  const mode = select(MODES, entry.mode || 'normalized');
  const shown = [entry.field ?? ''].flat().join(', ');
  const lead = fieldInput(shown);
  lead.removeAttribute('maxlength'); // which is that of one field
  return {
    node: [field('Column', column), field('Comparison', mode), field('Lead field', lead)],
    value: () => ({ ...entry, column: column.value, field: lead.value === shown ? entry.field : fields(lead.value), mode: mode.value }),
  };
}

// fields are the names in a text: one, or several between commas, of which the first that is
// not empty counts.
function fields(text) {
  const names = text.split(',').map((name) => name.trim()).filter(Boolean);
  return names.length > 1 ? names : names[0] ?? '';
}

function outputLine(columns, entry) {
  const constant = Boolean(entry.value); // it is written for every row, in place of a column
  const column = constant
    ? el('input', { required: true, autocomplete: 'off', value: entry.value })
    : select(columns, entry.column ?? columns[0]?.value);
  const lead = fieldInput(entry.field);
  const type = select(TYPES, entry.type || 'string');
  const other = el('input', { autocomplete: 'off', value: entry.default ?? '', placeholder: 'none' });
  const fallback = field('If nothing matches', other);
  fallback.classList.add('fallback');
  return {
    node: [field(constant ? 'Text' : 'Column', column), field('To lead field', lead), field('As', type), fallback],
    value: () => ({ ...entry, [constant ? 'value' : 'column']: column.value, field: lead.value.trim(), type: type.value, default: other.value }),
  };
}

// fieldInput is a text: only Marketo knows which lead fields there are.
function fieldInput(value) {
  return el('input', { required: true, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: '255', value: value ?? '' });
}
