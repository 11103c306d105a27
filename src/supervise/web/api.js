// SPDX-License-Identifier: MIT
// The REST half of the protocol (/api/v1/openapi.json). Every failure is an ApiError that a person
// can be shown: what is wrong, and what to do about it.
import { t, known } from './i18n.js';
import { said } from './said.js';

export class ApiError extends Error {
  constructor(status, code, message, remedy, told) {
    super(message);
    this.told = told; // As the server said it.
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

let signedOut = () => {};
/** Who is told when the server says that the session is over. */
export function onSignedOut(fn) { signedOut = fn; }

async function request(method, path, body) {
  const options = { method, credentials: 'same-origin', headers: { accept: 'application/json' } };
  if (body !== undefined) {
    options.headers['content-type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, options);
  } catch {
    throw new ApiError(0, 'away', t('error.away'), t('error.away.remedy'));
  }
  const data = await answer.json().catch(() => null);
  if (answer.ok) return data;
  const told = data?.error ?? {};
  if (answer.status === 401 && path !== 'login') signedOut();
  const key = `error.${told.code}`;
  throw new ApiError(answer.status, told.code ?? 'http',
    said(told.message) ?? (known(key) ? t(key, { message: told.message ?? '' }) : (told.message ?? t('error.http', { status: answer.status }))),
    said(told.remedy) ?? (known(`${key}.remedy`) ? t(`${key}.remedy`) : ''), told.message);
}

function query(path, params) {
  const used = Object.entries(params).filter(([, v]) => v !== '' && v !== undefined && v !== null);
  return used.length ? `${path}?${new URLSearchParams(used)}` : path;
}

const part = encodeURIComponent;
const alertPath = (alert, verb) => `alerts/${part(alert)}/${verb}`;

export const session = () => request('GET', 'session');
export const login = (token) => request('POST', 'login', { token });
export const logout = () => request('POST', 'logout', {});
export const calls = (params) => request('GET', query('calls', params));
export const timeline = (call) => request('GET', `calls/${part(call)}/timeline`);
export const own = () => request('GET', 'own');
export const ownKnowledge = () => request('GET', 'own/knowledge');
export const callKnowledge = (call) => request('GET', `calls/${part(call)}/knowledge`);
export const callLines = (call, params) => request('GET', query(`calls/${part(call)}/lines`, params));
export const findLines = (params) => request('GET', query('lines', params));
export const faq = () => request('GET', 'faq');
export const markArticle = (article, mark) => request('POST', `articles/${part(article)}/mark`, { mark });
export const eraseCall = (call) => request('DELETE', `calls/${part(call)}`);
export const life = (alert) => request('GET', alertPath(alert, 'life'));
export const acknowledge = (alert) => request('POST', alertPath(alert, 'acknowledge'), {});
export const note = (alert, text) => request('POST', alertPath(alert, 'note'), { text });
export const resolve = (alert, outcome, text) =>
  request('POST', alertPath(alert, 'resolve'), text ? { outcome, note: text } : { outcome });
export const judge = (alert, outcome, text) =>
  request('POST', alertPath(alert, 'verdict'), text ? { outcome, note: text } : { outcome });
export const markMissed = (call, at, text) =>
  request('POST', `calls/${part(call)}/missed`, text ? { t: at, note: text } : { t: at });
export const help = (call, name) => request('POST', `calls/${part(call)}/help`, { name });
export const addMark = (call, mark) => request('POST', `calls/${part(call)}/marks`, mark);
export const dropMark = (id) => request('DELETE', `marks/${part(id)}`);
export const addFollowUp = (call, todo) => request('POST', `calls/${part(call)}/follow-ups`, todo);
export const endFollowUp = (id) => request('POST', `follow-ups/${part(id)}/done`, {});
export const followUps = (params) => request('GET', query('follow-ups', params));
export const searches = () => request('GET', 'searches');
export const keepSearch = (name, text) => request('PUT', `searches/${part(name)}`, { query: text });
export const dropSearch = (name) => request('DELETE', `searches/${part(name)}`);
export const dropMissed = (id) => request('DELETE', `missed/${part(id)}`);
export const precision = (params) => request('GET', query('precision', params));
export const handOver = (alert, to, text) =>
  request('POST', alertPath(alert, 'hand-over'), text ? { to, note: text } : { to });
export const trends = (params) => request('GET', query('trends', params));
export const outcomes = (params) => request('GET', query('outcomes', params));
export const exposure = (params) => request('GET', query('exposure', params));
export const ownFigures = () => request('GET', 'own/figures');
export const ownDisputes = () => request('GET', 'own/disputes');
export const dispute = (it) => request('POST', 'own/disputes', it);
export const disputes = () => request('GET', 'disputes');
export const answerDispute = (id, text) => request('POST', `disputes/${id}/done`, { text });
export const thresholds = () => request('GET', 'thresholds');
export const setThreshold = (queue, value) => request('PUT', `thresholds/${part(queue)}`, value);
export const rules = () => request('GET', 'rules');
export const setRule = (text, live) => request('POST', 'rules', { text, live });
export const tryRule = (text, days) => request('POST', 'rules/try', { text, days });
export const dropRule = (name) => request('DELETE', `rules/${part(name)}`);
export const sites = () => request('GET', 'sites');
export const setSite = (queue, mode) => request('PUT', `sites/${part(queue)}`, { mode });
export const resetSite = (queue) => request('DELETE', `sites/${part(queue)}`);
export const sitePath = (queue) => `/api/v1/sites/${part(queue)}/profile`;
export const proposals = () => request('GET', 'proposals');
export const undoThreshold = (queue) => request('POST', `thresholds/${part(queue)}/undo`, {});
export const unsetThreshold = (queue) => request('DELETE', `thresholds/${part(queue)}`);
export const health = () => request('GET', 'health');
export const channels = () => request('GET', 'channels');
export const deadLetters = () => request('GET', 'dead-letters?limit=50');
export const resend = (id) => request('POST', `dead-letters/${part(id)}/resend`, {});
export const setQuiet = (quiet) => request('POST', 'quiets', quiet);
export const alerts = (params) => request('GET', query('alerts', params));
export const alert = (id) => request('GET', `alerts/${part(id)}`);
export const tokens = () => request('GET', 'tokens');
export const addToken = (token) => request('POST', 'tokens', token);
export const dropToken = (name) => request('DELETE', `tokens/${part(name)}`);
export const erasures = () => request('GET', 'erasures?limit=50');
export const invite = () => request('POST', 'invite', {});
export const join = (secret) => request('POST', 'join', { secret });
export const accessLog = (params) => request('GET', query('access-log', params));
export const people = () => request('GET', 'people');
