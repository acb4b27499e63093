import t from 'tap';
import type { Timeframe } from '../../src/timeframe.js';
import { collectCandles } from '../support/closed-collector.js';
import {
  assertArrived,
  assertStored,
  assertStoredMinutes,
  expectedCandles,
} from '../support/expected-candles.js';
import { readRecordedCandles, recordedMarkets, skipWithoutRecord } from '../support/recorded.js';
import { playUntil, startSite } from '../support/site.js';

const CHECKED: readonly Timeframe[] = ['1m', '5m', '15m', '1h', '4h', '1d'];
/** A whole day, its midnights included. */
const SPAN = { from: Date.UTC(2025, 4, 5, 23, 0), to: Date.UTC(2025, 4, 7, 0, 30) };

t.test(
  'recorded candles reach a client and Postgres exactly, through the unmodified exchange client',
  skipWithoutRecord(),
  async (t) => {
    t.setTimeout(150_000);
    const files = recordedMarkets();
    const site = await startSite(t, {
      source: { type: 'candles', files },
      startAt: SPAN.from,
      paused: true,
    });
    t.same([...site.server.symbols].sort(), Object.keys(files).sort(), 'all three symbols are served');
    t.ok(site.client.welcome?.simulated, 'the welcome says that prices are simulated');
    const series = await Promise.all(
      Object.keys(files).flatMap((symbol) =>
        CHECKED.map(async (timeframe) => {
          const rate = timeframe === '1m' ? '' : '@1s';
          return { symbol, timeframe, collected: await collectCandles(site.client, symbol, timeframe, rate) };
        }),
      ),
    );
    await playUntil(site.demo, SPAN.to + 60_000, 1e6);
    for (const { symbol, timeframe, collected } of series) {
      const record = readRecordedCandles(files[symbol] ?? '');
      const wanted = expectedCandles(record, timeframe, SPAN);
      await assertArrived(t, `${symbol} ${timeframe}`, collected, timeframe, wanted, SPAN);
      t.ok(
        collected.closed.every((candle) => candle.simulated && candle.source === 'simulated'),
        `${symbol} ${timeframe}: marked as simulated`,
      );
      t.ok(
        collected.closed.every((candle) => candle.coverage === 1 && candle.state === 'closed'),
        `${symbol} ${timeframe}: complete and closed`,
      );
      if (timeframe === '1m') await assertStoredMinutes(t, site.database.pool, symbol, record, SPAN);
      else await assertStored(t, site.database.pool, symbol, timeframe, wanted, SPAN);
    }
    t.equal(await site.metric('cryptopredict_engine_late_total'), 0, 'no trade came late');
    const perSeries = await site.metric('cryptopredict_engine_bytes_per_series');
    t.ok(
      perSeries > 1_000 && (await site.metric('cryptopredict_engine_series_bytes')) >= 8 * perSeries,
      'the memory of the series is known',
    );
    t.equal(await site.metric('cryptopredict_engine_differed_total'), 0, "the exchange's candles equal ours");
  },
);
