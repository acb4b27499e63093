// @ts-check
import { CandleBook, TIMEFRAMES } from './candle-book.js';
import { CandleChart, OVERLAYS } from './chart.js';
import { Connection, ConnectionLost } from './connection.js';
import * as format from './format.js';

/** @typedef {import('./candle-book.js').Candle} Candle */

/** Candles to draw: two pages of the server's. */
const PAGES = 2;
const PAGE = 500;
/** Market data older than this is called stale. */
const STALE_MS = 15_000;

/** @param {string} id @returns {any} */
const element = (id) => document.getElementById(id);
const symbolSelect = /** @type {HTMLSelectElement} */ (element('symbol'));
const overlaySelect = /** @type {HTMLSelectElement} */ (element('overlay'));
const chart = new CandleChart(element('chart'), (time) => {
  hovered = time;
  drawLegend();
});

/** What is shown; a switch or a reconnect begins a new one, and answers to an older one are thrown away. */
let view = newView('', '1m');
/** @type {number | null} */
let hovered = null;
/** When market data last came, by `performance.now()`. */
let updatedAt = 0;
/** @type {{ state: string, text: string, retryAt?: number }} */
let link = { state: 'connecting', text: 'connecting' };
let isDrawDue = false;
/** A candle behind the newest changed. */
let isAllDue = false;

/** @param {string} symbol @param {string} timeframe */
function newView(symbol, timeframe) {
  const channels = ['ticker', 'candles', 'indicators'].map((kind) =>
    kind === 'ticker' ? `ticker:${symbol}` : `${kind}:${symbol}:${timeframe}`,
  );
  return {
    symbol,
    timeframe,
    channels,
    book: new CandleBook(timeframe),
    decimals: 2,
    isLoaded: false,
    /** @type {Record<string, any> | null} */
    ticker: null,
    /** @type {Record<string, any>[]} what came before the history */
    early: [],
  };
}

const stream = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/stream`;
const connection = new Connection(stream, {
  open(welcome) {
    link = { state: 'connected', text: 'connected' };
    updatedAt = performance.now();
    element('simulated').hidden = !welcome.simulated;
    tell(begin());
  },
  message(message) {
    if (message.type !== 'snapshot' && message.type !== 'update') return;
    if (!view.channels.includes(message.channel) || message.data === null) return;
    updatedAt = performance.now();
    if (message.channel.startsWith('ticker:')) view.ticker = message.data;
    else if (!view.isLoaded) view.early.push(message);
    else apply(message, false);
    draw();
  },
  lost(pauseMs, reason) {
    link =
      pauseMs === null
        ? { state: 'closed', text: `the server closed for good: ${reason}` }
        : { state: 'reconnecting', text: 'reconnecting', retryAt: performance.now() + pauseMs };
    drawLink();
  },
});

/** Fills the choice of symbols, then shows what the address, or the page before, asks for. */
async function begin() {
  /** @type {string[]} */
  const symbols = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    const page = await ask('assets.list', cursor === null ? { limit: PAGE } : { limit: PAGE, cursor });
    for (const { symbol } of page.items) symbols.push(symbol);
    cursor = page.next_cursor;
  } while (cursor !== null);
  if (symbols.length === 0) throw new Error('The server serves no symbol yet.');
  symbolSelect.replaceChildren(...symbols.map((symbol) => new Option(symbol, symbol)));
  const wanted = readAddress();
  const symbol = symbols.includes(wanted.symbol) ? wanted.symbol : (symbols[0] ?? '');
  await show(symbol, wanted.timeframe);
}

/** @param {string} symbol @param {string} timeframe */
async function show(symbol, timeframe) {
  const before = view;
  const current = newView(symbol, timeframe);
  view = current;
  symbolSelect.value = symbol;
  for (const radio of timeframeRadios()) radio.checked = radio.value === timeframe;
  history.replaceState(null, '', `#${symbol}:${timeframe}`);
  showError(null);
  // Coming back to the same series leaves the picture as it is until history is there.
  const isSame = before.symbol === symbol && before.timeframe === timeframe;
  if (!isSame) {
    hovered = null;
    chart.show([], current.decimals);
    drawTicker();
    drawLegend();
  }
  element('caption').textContent = `Loading ${symbol} ${timeframe}.`;
  if (before.symbol !== '') await connection.request({ op: 'unsubscribe', channels: before.channels });
  await connection.request({ op: 'subscribe', channels: current.channels });
  await load(current);
  if (view === current && !isSame) chart.scrollToNewest();
}

/** Fetches history and joins what came live meanwhile. @param {typeof view} current */
async function load(current) {
  current.isLoaded = false;
  const { symbol, timeframe, book } = current;
  /** @type {string | null} */
  let cursor = null;
  for (let page = 0; page < PAGES; page += 1) {
    const base = { symbol, timeframe, limit: PAGE, indicators: true };
    const answer = await ask('candles.list', cursor === null ? base : { ...base, cursor });
    if (view !== current) return;
    for (const candle of answer.items) book.take(candle);
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  current.isLoaded = true;
  current.decimals = format.decimalsOf(
    book
      .all()
      .slice(-200)
      .flatMap(({ open, close }) => [open, close]),
  );
  for (const message of current.early.splice(0)) apply(message, true);
  drawAll();
}

/**
 * Takes a candle or indicator set into the picture.
 *
 * @param {Record<string, any>} message
 * @param {boolean} isReplay whether history was just loaded: the chart does not show this series yet, and what is a
 *   hole now is one of the server's
 */
function apply({ channel, data }, isReplay) {
  const { book } = view;
  if (channel.startsWith('indicators:')) {
    if (!book.takeIndicators(data.time, data)) return;
  } else {
    if (!isReplay && book.leavesHole(data)) {
      view.early.push({ channel, data });
      tell(load(view));
      return;
    }
    if (!book.take(data)) return;
  }
  const candle = book.at(data.time);
  if (isReplay) return;
  if (candle !== undefined && candle.time === book.newest?.time) chart.update(candle);
  // A candle behind the newest was completed: rare enough to draw all of them.
  else isAllDue = true;
}

/** Draws once per frame, however many messages came. */
function draw() {
  if (isDrawDue) return;
  isDrawDue = true;
  requestAnimationFrame(() => {
    isDrawDue = false;
    if (isAllDue && view.isLoaded) drawAll();
    drawTicker();
    drawLegend();
  });
}

function drawAll() {
  isAllDue = false;
  const candles = view.book.all();
  chart.show(candles, view.decimals);
  const first = candles[0];
  element('caption').textContent =
    first === undefined
      ? `No candle of ${view.symbol} ${view.timeframe} is known yet.`
      : `${candles.length} candles of ${view.timeframe} since ${format.utc(first.time)}. All times are UTC.`;
  element('chart').setAttribute('aria-label', `Candle chart of ${view.symbol}, ${view.timeframe}`);
  drawTicker();
  drawLegend();
}

function drawTicker() {
  const { ticker, book, decimals, symbol } = view;
  const last = ticker?.last ?? book.newest?.close ?? null;
  const change = ticker?.change_24h_percent ?? null;
  element('price').textContent = format.price(last, decimals);
  element('change').textContent = ticker === null ? '–' : format.percent(change);
  element('change').className = `change ${change > 0 ? 'up' : change < 0 ? 'down' : ''}`;
  element('high').textContent = format.price(ticker?.high_24h, decimals);
  element('low').textContent = format.price(ticker?.low_24h, decimals);
  element('volume').textContent = format.volume(ticker?.volume_24h);
  document.title = last === null ? 'CryptoPredict' : `${format.price(last, decimals)} ${symbol}`;
}

/** Shows the candle under the pointer, else the newest. */
function drawLegend() {
  const { book, decimals } = view;
  const candle =
    (hovered === null ? undefined : book.at(hovered)) ?? (book.newest && book.at(book.newest.time));
  if (!candle) {
    element('legend').textContent = '–';
    return;
  }
  const prices = /** @type {const} */ (['open', 'high', 'low', 'close']).map(
    (name) => `${name[0]?.toUpperCase()} ${format.price(candle[name], decimals)}`,
  );
  const lines = (OVERLAYS[overlaySelect.value] ?? []).map(
    ([column]) => `${column} ${format.price(candle.indicators?.[column], decimals)}`,
  );
  element('legend').textContent = [
    format.utc(candle.time),
    ...prices,
    `V ${format.volume(candle.volume)}`,
    ...lines,
    candle.state,
  ].join('  ');
}

function drawLink() {
  const node = element('connection');
  let { state, text } = link;
  if (state === 'connected') {
    const age = performance.now() - updatedAt;
    const seconds = Math.floor(age / 1000);
    if (age > STALE_MS) {
      state = 'stale';
      text = `connected, but no update for ${seconds} s`;
    } else text = `connected, last update ${seconds === 0 ? 'now' : `${seconds} s ago`}`;
  } else if (link.retryAt !== undefined) {
    const seconds = Math.max(0, Math.ceil((link.retryAt - performance.now()) / 1000));
    text = `reconnecting in ${seconds} s; prices shown are old`;
  }
  node.dataset.state = state;
  if (node.textContent !== text) node.textContent = text;
}

/** @param {string | null} text */
function showError(text) {
  element('error').hidden = text === null;
  element('error').textContent = text ?? '';
}

/** Shows why something failed; a lost connection is shown already. @param {Promise<unknown>} work */
function tell(work) {
  work.catch((error) => {
    if (!(error instanceof ConnectionLost)) showError(error.message);
  });
}

/** @param {string} method @param {Record<string, unknown>} params */
function ask(method, params) {
  return connection.request({ op: 'query', method, params });
}

function timeframeRadios() {
  return /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[name="timeframe"]'));
}

/** Gives what stands behind # in the address: `#BTC/USDT:1h`. */
function readAddress() {
  const text = decodeURIComponent(location.hash.slice(1));
  const at = text.lastIndexOf(':');
  const timeframe = text.slice(at + 1);
  return TIMEFRAMES.includes(timeframe)
    ? { symbol: text.slice(0, at), timeframe }
    : { symbol: text, timeframe: '1m' };
}

for (const timeframe of TIMEFRAMES) {
  const label = document.createElement('label');
  const radio = Object.assign(document.createElement('input'), {
    type: 'radio',
    name: 'timeframe',
    value: timeframe,
  });
  const text = Object.assign(document.createElement('span'), { textContent: timeframe });
  label.append(radio, text);
  element('timeframes').append(label, ' ');
}
element('choice').addEventListener('submit', (/** @type {Event} */ event) => event.preventDefault());
element('timeframes').addEventListener('change', (/** @type {any} */ event) => {
  tell(show(view.symbol, event.target.value));
});
symbolSelect.addEventListener('change', () => tell(show(symbolSelect.value, view.timeframe)));
overlaySelect.addEventListener('change', () => {
  chart.chooseOverlay(overlaySelect.value);
  drawAll();
});
chart.chooseOverlay(overlaySelect.value);
setInterval(drawLink, 1000);
