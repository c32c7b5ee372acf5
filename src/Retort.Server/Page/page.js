// The page of the server: a text is classified while it is typed, and each answer shows what decided it.

const TypingInterval = 80, TeacherPause = 600, AnnouncementPause = 1000; // milliseconds
const MostLines = 1000, MostFileBytes = 32 << 20;
const ClassesInModelOrder = 6, ClassesAtFirst = 12, PartsShown = 8, PartLength = 60;
const FaintestShare = 0.08; // of the strongest character's score: what is weaker stays unmarked

const at = id => document.getElementById(id);
const input = at('text');

let models = [], limits = {}, key = '', notBefore = 0;
let model;            // the one chosen
let chosen;           // the class to explain; undefined: the likeliest
let rows = new Map(); // the table's row of each class
let shown = {};       // text, student, teacher, fallback, … as they stand on the page
let allClasses = false;
let lines = [];       // of the file: {number, text, answer}

class Problem extends Error {
  constructor({ title, detail, code }, status) {
    super(title);
    Object.assign(this, { title, detail, code, status });
  }
}

// --- Words and numbers

const counts = new Intl.NumberFormat('en');
const percents = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const settings = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

function percent(share) {
  const number = 100 * share;
  if (number > 0 && number < 0.05) return '<\u00a00.1\u00a0%';
  if (number < 100 && number >= 99.95) return '>\u00a099.9\u00a0%';
  return `${percents.format(number)}\u00a0%`;
}

// What a cascade was set to, with no digit that was not set.
const setting = share => `${settings.format(100 * share)}\u00a0%`;

function duration(microseconds) {
  if (microseconds === undefined) return '–';
  const [number, unit] = microseconds < 1000 ? [microseconds, 'µs'] : microseconds < 1e6 ? [microseconds / 1000, 'ms'] : [microseconds / 1e6, 's'];
  return `${new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format(number)}\u00a0${unit}`;
}

const signed = number => `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(2)}`;

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// A class's name or a piece of the text: it may be of any script.
const name = (text, tag = 'bdi') => make(tag, { dir: 'auto' }, text);

// --- The server

async function call(path, body, signal) {
  await pause(notBefore - Date.now(), signal);
  const headers = { ...(key && { Authorization: `Bearer ${key}` }), ...(body && { 'Content-Type': 'application/json' }) };
  const started = performance.now();
  const { response, text } = await send(path, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body), signal, cache: 'no-store' });
  const milliseconds = performance.now() - started;
  if (response.ok) return { ...JSON.parse(text), milliseconds };
  const problem = problemOf(response, text), seconds = retryAfter(response);
  if (seconds === undefined) throw problem;
  notBefore = Date.now() + 1000 * seconds;
  showProblem(problem, `Asking again in ${counts.format(seconds)} s.`);
  const answer = await call(path, body, signal);
  at('problem').hidden = true;
  return answer;
}

async function send(path, request) {
  try {
    const response = await fetch(path, request);
    return { response, text: await response.text() };
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new Problem({ title: 'The server cannot be reached', detail: error.message });
  }
}

function problemOf(response, text) {
  const status = `${response.status} ${response.statusText}`.trim();
  if (!response.headers.get('Content-Type')?.includes('json')) return new Problem({ title: status }, response.status);
  return new Problem({ title: status, ...JSON.parse(text) }, response.status);
}

// Seconds to wait; undefined where asking again is no cure. The header may hold seconds or a date.
function retryAfter(response) {
  const header = response.headers.get('Retry-After');
  if (response.status !== 429 && !(response.status === 503 && header)) return undefined;
  const seconds = Number(header ?? 1);
  return Math.max(1, Math.ceil(Number.isNaN(seconds) ? (Date.parse(header) - Date.now()) / 1000 || 1 : seconds));
}

function pause(milliseconds, signal) {
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason); });
  });
}

// Work of which the newest alone counts: when it begins, the request before it ends.
function newest(delay, work) {
  let timer, controller;
  const self = {
    stop() {
      clearTimeout(timer);
      timer = undefined;
      controller?.abort();
    },
    start(wait = delay) {
      clearTimeout(timer);
      timer = setTimeout(run, wait);
    },
    // Without a pause being needed: what is waited for already comes in time.
    soon() {
      if (timer === undefined) self.start();
    },
  };
  function run() {
    self.stop();
    const { signal } = controller = new AbortController();
    work(signal).catch(error => signal.aborted || fail(error, () => self.start(0)));
  }
  return self;
}

const loading = newest(0, load), student = newest(TypingInterval, askStudent), teacher = newest(TeacherPause, askTeacher);
const table = newest(0, classifyLines), announcement = newest(AnnouncementPause, announce);

// --- Errors

let again = () => loading.start();

function fail(error, retry) {
  again = retry;
  showProblem(error);
  if (error.status !== 401) return;
  at('entry').hidden = false;
  if (models.length === 0) at('key').focus();
}

function showProblem({ title, message, detail, code, status }, waiting) {
  at('problem-title').textContent = title ?? message;
  at('problem-code').textContent = code ?? '';
  at('problem-detail').textContent = [detail, waiting].filter(Boolean).join(' ');
  at('again').hidden = waiting !== undefined || status === 401;
  at('problem').hidden = false;
  if (model && shown.text !== input.value) {
    shown = {}; // an answer to another text is none
    show();
  }
  say([at('problem-title').textContent, at('problem-detail').textContent].filter(Boolean).join('. '));
}

at('again').addEventListener('click', () => again());
at('entry').addEventListener('submit', event => {
  event.preventDefault();
  key = at('key').value;
  at('key').value = '';
  at('entry').hidden = at('problem').hidden = true;
  input.focus();
  again();
});

// --- Models

async function load(signal) {
  ({ models, limits } = await call('v1/models', undefined, signal));
  at('model').replaceChildren(...models.map(each => make('option', { value: each.name }, each.name)));
  at('model').disabled = models.length < 2;
  at('choose').disabled = false;
  at('problem').hidden = true;
  choose();
}

function choose() {
  model = models.find(each => each.name === at('model').value);
  chosen = undefined;
  shown = {};
  student.stop();
  const facts = [`version ${model.version.slice(0, 7)}`, `${model.labels.length} classes`, `at most ${model.max_tokens} tokens`];
  at('facts').textContent = facts.join(' · ');
  buildTable();
  textChanged();
  if (lines.length > 0) table.start();
}

at('model').addEventListener('change', choose);

// --- Asking

function textChanged() {
  teacher.stop();
  if (!model) return;
  const { length } = input.value;
  at('count').textContent = length > limits.characters / 2 ? `${counts.format(length)} of ${counts.format(limits.characters)} characters` : '';
  if (input.value.trim() === '') {
    student.stop();
    at('problem').hidden = true;
    shown = {};
    return show();
  }
  student.soon();
}

const question = text => ({ model: model.name, texts: [text], probabilities: true, timings: true });

async function askStudent(signal) {
  const text = input.value.toWellFormed();
  const alone = model.cascade && { teacher: false };
  const { answers: [answer], milliseconds } = await call(
    'v1/classify', { ...question(text), ...alone, explain: true, explain_label: chosen }, signal);
  signal.throwIfAborted();
  at('problem').hidden = true;
  const kept = shown.text === text ? { teacher: shown.teacher, fallback: shown.fallback } : { teacher: answer.teacher };
  shown = { ...kept, ...parts(answer), text, student: { ...(answer.student ?? answer), milliseconds } };
  show();
  if (model.cascade && !shown.teacher) teacher.start();
}

async function askTeacher(signal) {
  const { text } = shown;
  const { answers: [answer], milliseconds } = await call('v1/classify', { ...question(text), teacher: true }, signal);
  signal.throwIfAborted();
  shown.teacher = answer.teacher && { ...answer.teacher, milliseconds };
  shown.fallback = answer.fallback;
  show();
}

const parts = ({ explanation, in_scope: inScope, set }) => ({ explanation, inScope, set });

input.addEventListener('input', textChanged);

// --- The answer

function show() {
  at('verdict').replaceChildren(...verdict());
  at('notes').replaceChildren(...notes().map(note => make('li', {}, ...note)));
  order();
  for (const [label, row] of rows) fill(row, label);
  fillTimes();
  showExplanation();
  say(spoken());
}

// Whose answer a cascade gives.
const decider = () => model.cascade && shown.teacher && shown.student.probability < model.cascade.threshold ? shown.teacher : shown.student;

function verdict() {
  if (!shown.student) return [make('span', { className: 'hint' }, input.value.trim() === '' ? 'Type a text to see its class.' : 'No answer yet.')];
  const { label, probability, probabilities } = decider();
  if (!model.multi_label) return [name(label, 'strong'), ' ', make('span', {}, percent(probability))];
  const held = model.labels.filter(each => probabilities[each] >= 0.5);
  if (held.length === 0) return [make('span', {}, 'No class reaches 50\u00a0%')];
  return held.flatMap(each => [name(each, 'strong'), ' ', make('span', {}, percent(probabilities[each])), ' ']);
}

function notes() {
  if (!shown.student) return [];
  const all = [];
  if (model.cascade) all.push([cascadeNote()]);
  if (shown.inScope === false) all.push(['Out of scope: this text seems to belong to none of the classes.']);
  if (shown.set) all.push([
    `Set of classes at ${setting(model.conformal.coverage)} coverage: `,
    ...(shown.set.length === 0 ? ['no class'] : shown.set.flatMap((label, i) => i === 0 ? [name(label)] : [', ', name(label)]))]);
  return all;
}

function cascadeNote() {
  const sure = shown.student.probability, { threshold } = model.cascade;
  const fallbacks = { busy: 'is busy', unavailable: 'is not available', late: 'was too late' };
  if (shown.fallback) return `The teacher ${fallbacks[shown.fallback] ?? `did not answer (${shown.fallback})`}: the student's answer stands.`;
  if (sure >= threshold) return `The student is sure enough to answer alone: ${percent(sure)}, at least ${setting(threshold)}.`;
  if (threshold > 1) return 'The teacher decides every text.';
  return `The student is unsure, ${percent(sure)} being less than ${setting(threshold)}: the teacher decides.`;
}

function buildTable() {
  const columns = model.cascade ? ['student', 'teacher'] : ['student'];
  const head = label => make('th', { scope: 'col' }, label);
  at('classes').tHead.replaceChildren(make('tr', {}, head('Class'), ...columns.map(each => head(model.cascade ? each[0].toUpperCase() + each.slice(1) : 'Probability'))));
  rows = new Map(model.labels.map(label => [label, row(label, columns)]));
  at('classes').tBodies[0].replaceChildren(...rows.values());
  at('classes').tFoot.replaceChildren(...['In the model', 'Round trip'].map(label =>
    make('tr', {}, make('th', { scope: 'row' }, label), ...columns.map(className => make('td', { className: `${className} number` })))));
  allClasses = false;
}

function row(label, columns) {
  const button = make('button', { type: 'button' }, name(label));
  button.addEventListener('click', () => explain(label));
  return make('tr', {}, make('th', { scope: 'row' }, button), ...columns.map(className =>
    make('td', { className }, make('span', { className: 'number' }), make('div', { className: 'bar' }))));
}

function explain(label) {
  chosen = label;
  if (shown.text !== undefined) student.start(0);
}

at('follow').addEventListener('click', () => {
  explain(undefined);
  rows.get(shown.student.label).querySelector('button').focus();
});

// A few classes keep their places; of many, the likeliest stand first.
function order() {
  const body = at('classes').tBodies[0], probabilities = shown.student?.probabilities;
  if (rows.size > ClassesInModelOrder && probabilities) {
    const focused = document.activeElement;
    rows = new Map([...rows].sort(([a], [b]) => probabilities[b] - probabilities[a]));
    if ([...rows.values()].some((each, i) => body.rows[i] !== each)) {
      body.append(...rows.values());
      if (body.contains(focused)) focused.focus();
    }
  }
  [...rows.values()].forEach((each, i) => { each.hidden = !allClasses && i >= ClassesAtFirst; });
  at('more').hidden = allClasses || rows.size <= ClassesAtFirst;
  at('more').textContent = `Show all ${counts.format(rows.size)} classes`;
}

at('more').addEventListener('click', () => {
  allClasses = true;
  order();
  at('classes').tBodies[0].rows[ClassesAtFirst].querySelector('button').focus();
});

function fill(row, label) {
  row.querySelector('button').ariaPressed = String(shown.explanation?.label === label);
  for (const cell of row.querySelectorAll('td')) {
    const share = shown[cell.className]?.probabilities?.[label];
    cell.firstChild.textContent = share === undefined ? '–' : percent(share);
    cell.lastChild.style.setProperty('--share', share ?? 0);
  }
}

function fillTimes() {
  for (const cell of at('classes').tFoot.querySelectorAll('td')) {
    const side = shown[cell.classList[0]], inModel = cell.parentNode.rowIndex === at('classes').tFoot.rows[0].rowIndex;
    cell.textContent = duration(inModel ? side?.microseconds : side?.milliseconds && 1000 * side.milliseconds);
  }
}

// --- The explanation

function showExplanation() {
  const { explanation, text } = shown;
  at('explanation').hidden = !explanation;
  at('follow').hidden = chosen === undefined;
  if (!explanation) return;
  at('explanation-title').replaceChildren('What spoke for ', name(explanation.label), ' and against it');
  at('marked').replaceChildren(...marked(text, explanation.parts));
  const strongest = explanation.parts.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, PartsShown);
  at('parts').replaceChildren(...strongest.map(part => partItem(text, part)));
  const sum = explanation.parts.reduce((total, part) => total + part.contribution, 0);
  at('sum').textContent = `All ${counts.format(explanation.parts.length)} parts ${signed(sum)}, bias ${signed(explanation.bias)}: logit ${signed(explanation.logit)}.`;
}

function partItem(text, { start, end, contribution }) {
  const whole = text.slice(start, end), short = whole.length > PartLength ? `${whole.slice(0, PartLength).toWellFormed()}…` : whole;
  return make('li', {}, '“', name(short), '” ', make('span', { className: 'number' }, `${contribution < 0 ? 'against' : 'for'}, ${signed(contribution)}`));
}

// Characters are graphemes here, so that no accent or emoji is torn; each gets its share of every part that it belongs to.
function scores(text, parts) {
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment, index }) => ({ segment, index, score: 0 }));
  const owner = new Uint32Array(text.length + 1);
  characters.forEach(({ segment, index }, i) => owner.fill(i, index, index + segment.length));
  for (const { start, end, contribution } of parts) {
    if (end <= start) continue;
    const first = owner[start], last = owner[end - 1];
    for (let i = first; i <= last; i++) characters[i].score += contribution / (last - first + 1);
  }
  return characters;
}

function marked(text, parts) {
  const characters = scores(text, parts);
  const strongest = characters.reduce((most, { score }) => Math.max(most, Math.abs(score)), 0);
  const style = score => Math.abs(score) <= FaintestShare * strongest ? ''
    : `${score > 0 ? 'for' : 'against'}-${Math.ceil(4 * Math.abs(score) / strongest)}`;
  const styles = characters.map(({ score }) => style(score)), runs = [];
  for (const [i, { segment }] of characters.entries()) {
    const between = segment.trim() !== '' || (styles[i - 1] && styles[i + 1]); // a space belongs to marks on both sides or to none
    const className = between ? styles[i] : '';
    if (runs.at(-1)?.className === className) runs.at(-1).text += segment;
    else runs.push({ className, text: segment });
  }
  return runs.map(({ className, text: run }) => className ? make('span', { className }, run) : run);
}

// --- What a screen reader is told: one sentence, once the page has come to rest

let news = '';

function say(sentence) {
  news = sentence;
  announcement.start();
}

async function announce() {
  if (at('status').textContent !== news) at('status').textContent = news;
}

function spoken() {
  if (!shown.student) return '';
  const says = (who, { label, probability }) => `${who}${label}, ${percent(probability)}.`;
  return shown.teacher ? `${says('Student: ', shown.student)} ${says('Teacher: ', shown.teacher)}` : says('', shown.student);
}

// --- A file, one text a line

async function open(file) {
  try {
    lines = await read(file);
  } catch (error) {
    return fail(error, () => at('file').click());
  }
  at('problem').hidden = true;
  at('lines').hidden = false;
  at('lines-title').textContent = file.name;
  at('lines-title').focus();
  table.start();
}

async function read(file) {
  const wrong = detail => new Problem({ title: `${file.name} cannot be classified`, detail });
  if (!/\.txt$/i.test(file.name)) throw wrong('Expected a .txt file with one text a line.');
  let text;
  try {
    // A stream, as the cut may fall within a character.
    text = new TextDecoder('utf-8', { fatal: true }).decode(await file.slice(0, MostFileBytes).arrayBuffer(), { stream: true });
  } catch {
    throw wrong('It is not UTF-8. Save it as UTF-8.');
  }
  const all = text.split(/\r\n|\n|\r/).map((line, i) => ({ number: i + 1, text: line.trim() })).filter(line => line.text !== '');
  const first = all.slice(0, MostLines);
  first.whole = all.length <= MostLines && file.size <= MostFileBytes;
  const long = first.find(line => line.text.length > limits.characters);
  if (first.length === 0) throw wrong('It has no text.');
  if (long) throw wrong(`Line ${long.number} has ${counts.format(long.text.length)} characters; this server takes at most ${counts.format(limits.characters)}. Shorten the line.`);
  return first;
}

async function classifyLines(signal) {
  const asked = lines, columns = columnsOf(model);
  at('download').hidden = true;
  at('progress').hidden = false;
  at('lines-head').replaceChildren(make('tr', {}, ...columns.map(({ title }) => make('th', { scope: 'col' }, title))));
  at('lines-body').replaceChildren();
  at('progress').max = asked.length;
  const started = performance.now();
  let done = 0;
  for (const batch of batches(asked)) {
    at('progress').value = done;
    at('progress-text').textContent = `${counts.format(done)} of ${counts.format(asked.length)}`;
    const { answers } = await call('v1/classify', { model: model.name, texts: batch.map(line => line.text) }, signal);
    signal.throwIfAborted();
    batch.forEach((line, i) => { line.answer = answers[i]; });
    at('lines-body').append(...batch.map(line => make('tr', {}, ...columns.map(column => cell(column, line)))));
    done += batch.length;
  }
  finish(asked, columns, performance.now() - started);
}

function finish(asked, columns, milliseconds) {
  at('progress').hidden = true;
  at('progress-text').textContent = `${asked.whole ? 'All' : 'The first'} ${counts.format(asked.length)} texts, in ${duration(1000 * milliseconds)}`;
  URL.revokeObjectURL(at('download').href);
  // The mark at the beginning tells spreadsheets that this is UTF-8.
  const rows = [columns.map(({ key }) => key), ...asked.map(line => columns.map(({ of }) => of(line)))];
  const csv = `\uFEFF${rows.map(row => `${row.map(quoted).join(',')}\r\n`).join('')}`;
  at('download').href = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
  at('download').download = `${at('lines-title').textContent.replace(/\.txt$/i, '')}.csv`;
  at('download').hidden = false;
  say(at('progress-text').textContent);
}

const quoted = value => /[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value);

function columnsOf({ cascade, rejection, conformal }) {
  return [
    { key: 'line', title: 'Line', of: line => line.number },
    { key: 'text', title: 'Text', of: line => line.text, auto: true },
    { key: 'label', title: 'Label', of: line => line.answer.label, auto: true },
    { key: 'probability', title: 'Probability', of: line => line.answer.probability, show: percent },
    cascade && { key: 'source', title: 'By', of: line => line.answer.fallback ? `student (teacher ${line.answer.fallback})` : line.answer.source },
    rejection && { key: 'in_scope', title: 'In scope', of: line => line.answer.in_scope ? 'yes' : 'no' },
    conformal && { key: 'set', title: 'One of', of: line => (line.answer.set ?? []).join('; '), auto: true },
  ].filter(Boolean);
}

function cell({ of, show = value => value, auto }, line) {
  const value = show(of(line));
  return make('td', { className: typeof of(line) === 'number' ? 'number' : '' }, auto ? name(value) : String(value));
}

// As many texts as the server takes at once; half of its bytes leave room for the rest of the request.
function* batches(all) {
  const encoder = new TextEncoder();
  let batch = [], bytes = 0;
  for (const line of all) {
    const size = encoder.encode(JSON.stringify(line.text)).length;
    if (batch.length === limits.texts || (batch.length > 0 && bytes + size > limits.body_bytes / 2)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(line);
    bytes += size;
  }
  yield batch;
}

at('choose').addEventListener('click', () => at('file').click());
at('file').addEventListener('change', () => {
  if (at('file').files.length > 0) open(at('file').files[0]);
  at('file').value = ''; // so that the same file can be chosen again
});
at('close').addEventListener('click', () => {
  table.stop();
  lines = [];
  at('lines').hidden = true;
  at('choose').focus();
});

const holdsFiles = event => model && event.dataTransfer?.types.includes('Files');
addEventListener('dragover', event => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  document.body.classList.add('dropping');
});
addEventListener('dragleave', event => event.relatedTarget || document.body.classList.remove('dropping'));
addEventListener('drop', event => {
  document.body.classList.remove('dropping');
  if (!holdsFiles(event)) return;
  event.preventDefault();
  open(event.dataTransfer.files[0]);
});

loading.start();
