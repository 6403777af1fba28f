// Rows: the first rows of a version, as they stand in the table.

import * as api from './api.js';
import { el, grid, shown, failure } from './dom.js';
import { count, number } from './words.js';

// rowPreview fetches the first rows of a version and shows them as soon as they are there.
export function rowPreview(name, version, rows = 20) {
  const place = el('div', { 'aria-busy': 'true' }, el('p', { class: 'hint' }, 'Reading the rows…'));
  api.rows(name, { version, offset: 0, limit: rows }).then((page) => {
    const found = page.rows ?? [];
    place.replaceChildren(
      el('p', { class: 'hint' }, page.total > found.length
        ? `The first ${number(found.length)} of ${count(page.total, 'row')}.`
        : `All ${count(page.total, 'row')}.`),
      grid('Rows', ['Row', ...(page.columns ?? [])], found.map((r) => [String(r.row), ...(r.cells ?? []).map(shown)]),
        { numeric: [0], className: 'cells' }));
  }, (error) => place.replaceChildren(failure(error))).finally(() => place.removeAttribute('aria-busy'));
  return el('section', { class: 'card' }, el('h2', {}, 'Rows'), place);
}
