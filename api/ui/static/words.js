// Words: every choice that the page offers and how it is said to a marketer.
// A new mode, policy or type is one line here and nothing elsewhere.

export const MODES = [
  { value: 'normalized', label: 'is the same, ignoring case and spaces' },
  { value: 'exact', label: 'is exactly the same' },
  { value: 'loose', label: 'is the same, ignoring marks and signs, such as Zürich and Zuerich, U.S.A. and USA' },
  { value: 'company', label: 'is the same company, ignoring legal forms, such as Acme, Inc. and ACME' },
  { value: 'prefix', label: 'begins with the cell' },
  { value: 'suffix', label: 'ends with the cell' },
  { value: 'contains', label: 'has the cell in it' },
  { value: 'domain', label: 'has the domain of the cell, or one below it' },
  { value: 'range', label: 'lies in the range of the cell, such as 10-20 or >=500' },
  { value: 'atLeast', label: 'is at least the cell, and below the next one' },
  { value: 'atMost', label: 'is at most the cell, and above the one before' },
  { value: 'wildcard', label: 'fits the pattern of the cell, with * and ?' },
  { value: 'regex', label: 'fits the regular expression of the cell' },
  { value: 'words', label: 'has all words of the cell' },
  { value: 'fuzzy', label: 'is nearly the same, typing errors allowed' },
  { value: 'cidr', label: 'is an address in the network of the cell' },
  { value: 'condition', label: 'passes the condition of the cell, such as > 100 or "US","CA"' },
];

export const HIT_POLICIES = [
  { value: 'first', label: 'Use the first row of the table' },
  { value: 'unique', label: 'Write nothing and report the lead as ambiguous' },
  { value: 'any', label: 'Use them if they agree, else report the lead as ambiguous' },
  { value: 'best', label: 'Use the most specific one' },
  { value: 'priority', label: 'Use the one with the lowest number in a column' },
  { value: 'collect', label: 'Put all of them together' },
  { value: 'rotate', label: 'Use them in turn' },
];

export const AGGREGATES = [
  { value: 'list', label: 'a list' },
  { value: 'distinct', label: 'a list without repetitions' },
  { value: 'count', label: 'their number' },
  { value: 'sum', label: 'the sum' },
  { value: 'min', label: 'the smallest' },
  { value: 'max', label: 'the largest' },
];

// JOINING are the aggregates that take a separator.
export const JOINING = ['list', 'distinct'];

export const NO_MATCH = [
  { value: 'keep', label: 'Leave the fields as they are and report the lead as not found' },
  { value: 'default', label: 'Write the defaults below' },
  { value: 'clear', label: 'Empty the fields' },
];

export const TYPES = [
  { value: 'string', label: 'string (up to 255 bytes)' },
  { value: 'text', label: 'text (up to 2,000 bytes)' },
  { value: 'integer', label: 'integer' },
  { value: 'float', label: 'float' },
  { value: 'boolean', label: 'boolean' },
  { value: 'date', label: 'date' },
  { value: 'datetime', label: 'datetime' },
  { value: 'score', label: 'score (+5 adds, 5 sets)' },
  { value: 'email', label: 'email' },
  { value: 'url', label: 'url' },
];

export const DELIMITERS = [
  { value: ',', label: 'comma' },
  { value: ';', label: 'semicolon' },
  { value: '\t', label: 'tab' },
  { value: '|', label: 'vertical bar' },
];

export const ENCODINGS = [
  'UTF-8', 'UTF-16LE', 'UTF-16BE', 'windows-1252', 'ISO-8859-1', 'ISO-8859-2', 'ISO-8859-15', 'Shift_JIS', 'GBK',
];

// nameOf gives the label of a value, or the value itself where it is not known here.
export function nameOf(choices, value) {
  return choices.find((c) => c.value === value)?.label ?? String(value);
}

const counts = new Intl.NumberFormat('en');

// count writes "1 row", "1,250 rows".
export function count(n, one, many = `${one}s`) {
  return `${counts.format(n ?? 0)} ${n === 1 ? one : many}`;
}

export function number(n) {
  return n === undefined || n === null ? '' : counts.format(n);
}

const days = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

// when writes an RFC 3339 time in the reader's time zone; an empty or a zero time is "".
export function when(text) {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) || time.getFullYear() < 1971 ? '' : days.format(time);
}

// size writes a number of bytes for a person.
export function size(bytes) {
  const units = ['bytes', 'KB', 'MB', 'GB'];
  let n = bytes;
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? n : n.toFixed(n < 10 ? 1 : 0)} ${units[unit]}`;
}

// TABLE_NAME is the rule for table names, as a pattern for inputs.
export const TABLE_NAME = '[a-z0-9][a-z0-9._\\-]{0,99}';

// damageText says what of the service's data is damaged, one thing a line.
export function damageText(list) {
  return list.map((d) => {
    const kind = { table: 'Table', ruleSet: 'Rule set', setting: 'Setting', file: 'Table file' }[d.kind] ?? d.kind;
    return `${[kind, d.name].filter(Boolean).join(' ')}${d.version ? `, version ${d.version}` : ''} is damaged: ${d.problem}.`;
  }).join('\n');
}
