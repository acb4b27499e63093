import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/package-root.js';
import { chromiumPath, launchChromium, NO_CHROMIUM } from '../support/chromium.js';
import { ServedMarket } from '../support/served-market.js';
import { until } from '../support/until.js';

const START = Date.UTC(2024, 7, 8, 12, 0);
const MINUTE = 60_000;
const PATIENCE_MS = 20_000;
const path = chromiumPath();
const options = { skip: path === null ? NO_CHROMIUM : false, timeout: 90_000 };
let browser: Browser | undefined;
t.before(async () => {
  if (path !== null) browser = await launchChromium(path);
});
t.teardown(() => browser?.close());

interface Opened {
  readonly market: ServedMarket;
  readonly page: Page;
  readonly faults: string[];
  readonly requests: string[];
}

/** Opens a file of a folder, served by a gateway that knows 700 closed candles and a forming one. */
async function open(t: Test, folder: string, address: string): Promise<Opened> {
  if (browser === undefined) throw new Error('the browser has not started');
  const market = await new ServedMarket({}, fileURLToPath(new URL(folder, packageRoot()))).start();
  t.teardown(() => market.stop());
  for (let i = 0; i < 700; i += 1) market.candle(START + i * MINUTE, 100 + (i % 7), true);
  market.candle(START + 700 * MINUTE, 101.25, false);
  const page = await browser.newPage();
  t.teardown(() => page.close());
  const faults: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => requests.push(new URL(request.url()).host));
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`http://127.0.0.1:${market.port}/${address.replace('PORT', String(market.port))}`);
  return { market, page, faults, requests };
}

/** Waits until an element's text contains `text`. */
async function shows(page: Page, id: string, text: string): Promise<void> {
  const locator = page.locator(`#${id}`);
  await until(
    `#${id} shows "${text}"`,
    async () => (await locator.textContent())?.includes(text) === true,
    PATIENCE_MS,
  );
}

t.test('the page draws history and moves with every tick, from this server alone', options, async (t) => {
  const { market, page, faults, requests } = await open(t, 'web/', '');
  await shows(page, 'caption', '701 candles of 1m since 2024-08-08 12:00');
  await shows(page, 'connection', 'connected');
  await shows(page, 'price', '101.25');
  t.ok((await page.locator('#chart canvas').count()) > 0, 'a chart is drawn');
  t.equal(await page.locator('#simulated').isVisible(), true);

  market.candle(START + 700 * MINUTE, 123.5, false);
  await shows(page, 'price', '123.50');
  market.candle(START + 700 * MINUTE, 124.5, true);
  await shows(page, 'legend', 'closed');
  market.candle(START + 701 * MINUTE, 125.5, false);
  await shows(page, 'legend', 'C 125.50');
  await shows(page, 'legend', '2024-08-08 23:41');
  t.match(await page.title(), '125.50 BTC/USDT');
  t.same([...new Set(requests)], [`127.0.0.1:${market.port}`]);
  t.same(faults, []);
});

t.test('symbol, timeframe and overlay are chosen by keyboard and kept in the address', options, async (t) => {
  const { market, page, faults } = await open(t, 'web/', '');
  await shows(page, 'caption', '701 candles');
  await page.locator('#overlay').selectOption('ema_20');
  await shows(page, 'legend', 'ema_20');
  await page.locator('input[value="1m"]').focus();
  await page.keyboard.press('ArrowRight');
  await shows(page, 'caption', 'No candle of BTC/USDT 5m is known yet');
  for (let i = 0; i < 3; i += 1) market.candle(START + (i - 2) * 15 * MINUTE, 100, true, '15m');
  market.candle(START + 15 * MINUTE, 77.5, false, '15m');
  await page.keyboard.press('ArrowRight');
  await shows(page, 'caption', '4 candles of 15m');
  market.candle(START + 15 * MINUTE, 78.5, false, '15m');
  await shows(page, 'price', '78.50');
  await page.locator('input[value="1m"]').check({ force: true });
  await shows(page, 'caption', '701 candles');
  await page.locator('input[value="15m"]').check({ force: true });
  await shows(page, 'caption', '4 candles of 15m');
  await page.locator('#symbol').selectOption('ETH/USDT');
  await shows(page, 'caption', 'ETH/USDT 15m');
  t.match(page.url(), /#ETH\/USDT:15m$/);
  market.candle(START + 700 * MINUTE, 55.5, false);
  await page.locator('#symbol').selectOption('BTC/USDT');
  await page.locator('input[value="1m"]').check({ force: true });
  await shows(page, 'price', '55.50');
  await shows(page, 'caption', '701 candles');
  t.same(faults, []);
});

t.test('the page survives a restart of the server and shows what closed meanwhile', options, async (t) => {
  const { market, page, faults } = await open(t, 'web/', '#BTC/USDT:1m');
  await shows(page, 'caption', '701 candles');
  await market.stop();
  await shows(page, 'connection', 'reconnecting');
  market.candle(START + 700 * MINUTE, 130, true);
  market.candle(START + 701 * MINUTE, 131, true);
  market.candle(START + 702 * MINUTE, 132.25, false);
  await market.start('second');
  await shows(page, 'caption', '703 candles');
  await shows(page, 'price', '132.25');
  await shows(page, 'connection', 'connected');
  t.same(faults, []);
});

t.test('the page says in words what went wrong', options, async (t) => {
  const { page } = await open(t, 'web/', '');
  await shows(page, 'caption', '701 candles');
  await page.evaluate("document.getElementById('symbol').append(new Option('DOGE/USDT', 'DOGE/USDT'))");
  await page.locator('#symbol').selectOption('DOGE/USDT');
  await shows(page, 'error', '"DOGE/USDT" is not served here');
  t.equal(await page.locator('#error').isVisible(), true);
});

t.test('the example page prints live candles', options, async (t) => {
  const address = 'candles.html?url=ws://127.0.0.1:PORT/v1/stream&symbol=BTC/USDT';
  const { market, page, faults } = await open(t, 'examples/', address);
  await shows(page, 'status', 'PRICES ARE SIMULATED');
  await shows(page, 'candles', '101.25');
  market.candle(START + 700 * MINUTE, 102.75, true);
  await shows(page, 'candles', '102.75');
  await shows(page, 'candles', 'closed');
  await market.stop();
  await shows(page, 'status', 'not connected');
  await market.start();
  await shows(page, 'status', 'connected: PRICES');
  t.same(faults, []);
});
