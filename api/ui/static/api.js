// Api: the admin API as functions. The key lives in the session storage of the
// tab and leaves it only in the Authorization header.

const KEY = 'tablestep.adminKey';

// BASE is found from the page's own address, so that the page also works where
// a proxy serves it below another path.
const BASE = new URL('../api/v1', document.baseURI).href;

// session tells of its end: "ended" is sent when the service refuses the key.
export const session = new EventTarget();

export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

// An ApiError is what the service answered instead of a result.
export class ApiError extends Error {
  constructor(status, { code, message, details } = {}) {
    super(message || `The service answered with status ${status}.`);
    this.status = status;
    this.code = code || `HTTP_${status}`;
    this.details = details ?? [];
  }
}

function unreachable() {
  return new ApiError(0, {
    code: 'NO_ANSWER',
    message: 'The service did not answer. Check that it is running and that you are connected, then try again.',
  });
}

// settle makes a result or an ApiError of an answer's status and text.
function settle(status, text) {
  let answer = null;
  try {
    answer = text === '' ? null : JSON.parse(text);
  } catch {
    const code = status >= 400 ? `HTTP_${status}` : 'NOT_JSON';
    throw new ApiError(status, { code, message: `The answer (status ${status}) did not come from this service. Is there a proxy before it that refuses the request?` });
  }
  if (status >= 200 && status < 300) {
    return answer;
  }
  const error = new ApiError(status, answer?.error);
  if (status === 401) {
    key.forget();
    session.dispatchEvent(new Event('ended'));
  }
  throw error;
}

// call sends one request. A body that is a string is sent as it stands, as JSON.
async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${key.get() ?? ''}`, Accept: 'application/json' };
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  let status;
  let text;
  try {
    const answer = await fetch(BASE + path, {
      method,
      headers,
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
    status = answer.status;
    text = await answer.text();
  } catch {
    throw unreachable();
  }
  return settle(status, text);
}

// query writes the settings that are set; true is "true", empty ones are left out.
function query(settings) {
  const set = Object.entries(settings).filter(([, v]) => v !== '' && v !== undefined && v !== null && v !== false);
  return set.length === 0 ? '' : `?${new URLSearchParams(set)}`;
}

const at = (...parts) => parts.map((p) => `/${encodeURIComponent(p)}`).join('');

export const info = () => call('GET', '/info');
export const tables = async () => (await call('GET', '/tables')).tables ?? [];
export const table = (name) => call('GET', at('tables', name));
export const removeTable = (name) => call('DELETE', at('tables', name));
// publish makes a version live; lift says which guards a person has lifted: confirm, force.
export const publish = (name, version, lift = {}) => call('POST', at('tables', name, 'live') + query(lift), { version });

// liftsOf is what would lift everything that a refusal names; null where something must be mended.
export function liftsOf(error) {
  const reasons = error.status === 409 ? error.details.filter((d) => d.code) : [];
  if (reasons.length === 0 || reasons.some((d) => d.lift !== 'confirm' && d.lift !== 'force')) {
    return null;
  }
  return Object.fromEntries(reasons.map((d) => [d.lift, true]));
}
export const rows = (name, settings) => call('GET', at('tables', name, 'rows') + query(settings));
export const saveLookup = (name, lookup, settings) => call('PUT', at('tables', name, 'lookups', lookup), settings);
// confirmLookup agrees to a lookup that is suggested for the columns, so that it writes.
export const confirmLookup = (name, lookup) => call('POST', at('tables', name, 'lookups', lookup, 'confirm'));
// suggest names a table for a file: {name, label, exists}.
export const suggest = (file) => call('GET', `/suggest${query({ file })}`);
export const removeLookup = (name, lookup) => call('DELETE', at('tables', name, 'lookups', lookup));

// evaluate takes the lead as JSON text: a parsed one would round 64-bit ids.
export const evaluate = (lead, flow) => call('POST', '/evaluate', `{"leads":[${lead}],"flow":${JSON.stringify(flow)}}`);

// explainCut finds out why an upload broke off: the answer of a service that
// refuses a body before its end is lost to the browser.
async function explainCut() {
  try {
    await info();
  } catch (error) {
    return error;
  }
  return new ApiError(0, {
    code: 'UPLOAD_CUT',
    message: 'The service stopped taking the file. It may be larger than the service allows (--max-upload), or other uploads are being read. Try again in a moment.',
  });
}

// upload sends a file as a new, unpublished version. It goes through
// XMLHttpRequest because fetch does not tell how much has been sent.
// progress is called with (sent, total); signal stops the upload.
export function upload(name, file, settings, { progress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', BASE + at('tables', name, 'versions') + query({ publish: 'false', name: file.name, ...settings }));
    request.setRequestHeader('Authorization', `Bearer ${key.get() ?? ''}`);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.addEventListener('progress', (e) => e.lengthComputable && progress(e.loaded, e.total));
    request.addEventListener('load', () => {
      try {
        resolve(settle(request.status, request.responseText));
      } catch (error) {
        reject(error);
      }
    });
    request.addEventListener('error', () => explainCut().then(reject));
    request.addEventListener('abort', () => reject(new ApiError(0, { code: 'STOPPED', message: 'The upload was stopped. Nothing is published.' })));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
