// Tables: the list of all tables, and one table with its versions, its default
// lookup and a lead to try.

import * as api from './api.js';
import { el, grid, busy, failure, notice, ask, go } from './dom.js';
import { count, number, when } from './words.js';
import { dropZone } from './upload.js';
import { rowPreview } from './rows.js';
import { lookupEditor } from './lookup.js';
import { tryout } from './tryout.js';

const addressOf = (name) => `#/table/${encodeURIComponent(name)}`;

// tablesView is the first view after logging in.
export async function tablesView() {
  const tables = await api.tables();
  return el('div', {},
    el('h1', { tabindex: '-1' }, 'Tables'),
    dropZone({ known: tables.map((t) => t.name) }),
    tables.length === 0
      ? el('p', { class: 'lead' }, 'There is no table yet. Drop your first file above: nothing is used for leads before you publish it.')
      : el('section', { class: 'card' }, grid('All tables', ['Table', 'Rows', 'Live version', 'Updated'], tables.map((t) => [
        el('span', {}, el('a', { href: addressOf(t.name), dir: 'auto' }, t.label || t.name), t.label ? ` ${t.name}` : '', t.hidden && ' ', t.hidden && el('span', { class: 'badge' }, 'hidden')),
        t.live ? number(t.rows) : '',
        t.live ? el('span', {}, `version ${t.live} `, waits(t) && el('span', { class: 'badge waiting' }, 'not confirmed')) : el('span', { class: 'badge waiting' }, t.damage ? 'damaged' : 'not published'),
        moment(t.updated),
      ]), { numeric: [1], className: 'tables' })));
}

// waits says that the lookup of a table is a suggestion which nobody has confirmed.
function waits(table) {
  return Boolean(table.live) && (table.lookups ?? []).some((l) => l.guessed);
}

// tableView is one table. refresh shows it anew after a change.
export async function tableView(name, refresh) {
  const table = await api.table(name);
  const versions = [...(table.versions ?? [])].sort((a, b) => b.version - a.version);
  const lookups = table.lookups ?? [];
  const main = lookups.find((l) => l.name === table.name) ?? lookups[0];
  const others = lookups.filter((l) => l !== main);
  const columns = (table.live ? table.columns : versions[0]?.columns) ?? [];
  return el('div', {},
    el('p', { class: 'crumbs' }, el('a', { href: '#/' }, 'Tables')),
    el('h1', { tabindex: '-1' }, el('bdi', {}, table.label || table.name), ' ', table.live
      ? el('span', { class: 'badge live' }, `version ${table.live} is live`)
      : el('span', { class: 'badge waiting' }, table.damage ? 'damaged' : 'not published')),
    table.label && el('p', { class: 'hint' }, `Campaigns know it as ${table.name}.`),
    (table.hidden || table.owner || table.description) && el('p', { class: 'hint', dir: 'auto' }, [
      table.hidden && 'Marketers cannot choose this table; campaigns that chose it go on.', table.owner && `Owner: ${table.owner}.`, table.description,
    ].filter(Boolean).join(' ')),
    waits(table) && el('p', { class: 'lead' }, el('span', { class: 'badge waiting' }, 'not confirmed'), ' Leads are matched by the suggested lookup, and nothing is written. Look at it below, then confirm it or change it.'),
    table.damage && el('p', { class: 'wrong' }, `This table is damaged: ${table.damage}.`),
    table.live
      ? el('p', { class: 'lead' }, `${count(table.rows, 'row')}, ${count(columns.length, 'column')}.`)
      : el('p', { class: 'lead' }, 'Marketo cannot use this table before one of its versions is published.'),
    dropZone({ table: table.name, known: [table.name] }),
    versionList(table, versions, refresh),
    main && lookupEditor(table, columns, main, others, refresh),
    table.live && lookups.length > 0 && tryout(table, lookups),
    table.live && rowPreview(table.name, table.live),
    remove(table, versions));
}

function versionList(table, versions, refresh) {
  const wrong = el('div', {});
  return el('section', { class: 'card' },
    el('h2', {}, 'Versions'),
    el('p', { class: 'hint' }, 'Every upload is kept as a version of its own. Publishing an older one takes you back to it at once.'),
    wrong,
    grid('Versions', ['Version', 'State', 'Rows', 'Uploaded', 'By', 'File'], versions.map((v) => [
      String(v.version),
      isLive(table, v) ? el('span', { class: 'badge live' }, 'live') : publishButton(table.name, v, wrong, refresh),
      number(v.rows), moment(v.created), v.by ?? '', v.source ?? '',
    ]), { numeric: [0, 2] }));
}

function isLive(table, version) {
  return version.live === true || version.version === table.live;
}

function publishButton(name, version, wrong, refresh) {
  const button = el('button', {
    type: 'button',
    class: 'small',
    'aria-label': `Publish version ${version.version}`,
    onclick: () => publish({}),
  }, 'Publish');
  return button;

  // publish asks below the reasons whether what a person can lift is meant.
  function publish(lift) {
    return busy(button, wrong, async () => {
      try {
        await api.publish(name, version.version, lift);
      } catch (error) {
        const lifts = api.liftsOf(error);
        if (!lifts) {
          throw error;
        }
        wrong.replaceChildren(failure(error), el('button', { type: 'button', class: 'danger', onclick: () => publish(lifts) },
          `Publish version ${version.version} all the same`));
        return;
      }
      await refresh();
      notice(`Version ${version.version} of ${name} is live.`);
    });
  }
}

function remove(table, versions) {
  const wrong = el('div', {});
  const button = el('button', {
    type: 'button',
    class: 'danger',
    onclick: async () => {
      const sure = await ask(`Delete ${table.name}?`,
        `${count(versions.length, 'version')} and every lookup of this table will be gone. Campaigns that use it will report TABLE_NOT_FOUND. This cannot be undone.`,
        'Delete the table');
      if (sure) {
        await busy(button, wrong, async () => {
          await api.removeTable(table.name);
          go('#/', `${table.name} is deleted.`);
        });
      }
    },
  }, 'Delete this table…');
  return el('section', { class: 'last' }, wrong, button);
}

function moment(text) {
  const shownTime = when(text);
  return shownTime && el('time', { datetime: text }, shownTime);
}
