import t, { type Test } from 'tap';
import type { CandleData } from '../../src/protocol.js';
import { playUntil, startSite } from '../support/site.js';
import { until } from '../support/until.js';

const SYMBOLS = 300;
const MINUTE_MS = 60_000;
const BOUNDARY = Date.UTC(2026, 0, 15, 12, 0);

/**
 * Holds back everything that the exchange sends around a minute's end and lets it go in one TCP write, then silence: what
 * naive use of the exchange client sees of it is one symbol of 300, and the others with their next message.
 */
async function burst(t: Test, feedMode: 'trades' | 'ohlcv'): Promise<void> {
  t.setTimeout(150_000);
  const site = await startSite(
    t,
    {
      source: { type: 'generator', symbols: SYMBOLS },
      startAt: BOUNDARY - 2 * MINUTE_MS - 5_000,
      paused: true,
    },
    { feedMode, historyDepth: '3' },
  );
  t.equal(site.server.symbols.length, SYMBOLS, 'all symbols are served');
  const closed = new Map<string, CandleData>();
  const arrivals: number[] = [];
  await Promise.all(
    site.server.symbols.map((symbol) =>
      site.client.subscribe(`candles:${symbol}:1m@1s`, ({ data }) => {
        if (!data.closed || data.time !== BOUNDARY - MINUTE_MS) return;
        t.notOk(closed.has(symbol), `${symbol} closes once`);
        closed.set(symbol, data);
        arrivals.push(performance.now());
      }),
    ),
  );
  // The first whole minute, so that the minute in question has been heard from its beginning.
  await playUntil(site.demo, BOUNDARY - 5_000, 50);
  site.demo.control({ action: 'burst', hold: true });
  await playUntil(site.demo, BOUNDARY + 5_000, 50);
  const held = performance.now();
  site.demo.control({ action: 'burst', hold: false });
  await until('every symbol has closed its minute', () => closed.size === SYMBOLS, 30_000);
  t.comment(`${SYMBOLS} closes were out ${Math.round(Math.max(...arrivals) - held)} ms after the write`);
  for (const [index, listing] of site.demo.source.listings.entries()) {
    const symbol = `${listing.base}/${listing.quote}`;
    const bar = site.demo.source.bar(index, 'minute', BOUNDARY / MINUTE_MS - 1);
    const candle = closed.get(symbol);
    t.same(
      candle && [candle.open, candle.high, candle.low, candle.close, candle.volume],
      bar && [
        ...[bar.open, bar.high, bar.low, bar.close].map((ticks) => ticks / 10 ** listing.priceDecimals),
        bar.lots / 10 ** listing.amountDecimals,
      ],
      `${symbol} is right to the last digit`,
    );
  }
}

t.test('the last candles of 300 symbols in one write are all out at once', (t) => burst(t, 'ohlcv'));
t.test('the last trades of 300 symbols in one write close all their candles', (t) => burst(t, 'trades'));
