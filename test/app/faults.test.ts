import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import type { ControlCommand } from '../../src/feeds/demo/control.js';
import type { DemoExchange } from '../../src/feeds/demo/exchange.js';
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
import { until } from '../support/until.js';

const CHECKED: readonly Timeframe[] = ['1m', '5m', '15m', '1h'];
const MINUTE_MS = 60_000;
const SPAN = { from: Date.UTC(2025, 4, 20, 10, 0), to: Date.UTC(2025, 4, 20, 15, 0) };
/** Market minutes per real second: a stall of 3 s loses half an hour of market. */
const SPEED = 600;

/** What goes wrong, at which minute of the market. Faults overlap, as they do on a bad day. */
const SCRIPT: readonly (readonly [minute: number, command: ControlCommand])[] = [
  [10, { action: 'duplicate', share: 0.2 }],
  [20, { action: 'reorder', share: 0.2 }],
  [40, { action: 'skip', share: 0.03 }],
  [60, { action: 'drop' }],
  [70, { action: 'http', status: 429, count: 3, retryAfter: 1 }],
  [80, { action: 'malformed', frames: 5 }],
  [95, { action: 'http', status: 503, count: 4 }],
  [100, { action: 'drop', refuseSeconds: 1 }],
  [120, { action: 'slow', ms: 150 }],
  [140, { action: 'http', status: 418, count: 1, retryAfter: 1 }],
  [150, { action: 'stall', seconds: 4, deliver: 'never' }],
  [230, { action: 'drop' }],
  [250, { action: 'clear' }],
];

/** Waits for what a command needs in order to strike: someone to cut off, or that earlier refusals have been used up. */
async function ready(demo: DemoExchange, minute: number, { action }: ControlCommand): Promise<void> {
  if (action === 'drop') {
    await until('someone is connected', () => demo.status().connections > 0);
  }
  if (action === 'http' || action === 'clear') {
    // Time has to go on: history is asked about minutes with skipped trades.
    demo.control({ action: 'play', speed: SPEED });
    await until('earlier refusals have struck', () => demo.status().counts.refused >= refusalsBefore(minute));
    demo.control({ action: 'pause' });
  }
}

function refusalsBefore(minute: number): number {
  return SCRIPT.reduce(
    (sum, [when, command]) => sum + (when < minute && command.action === 'http' ? (command.count ?? 0) : 0),
    0,
  );
}

t.test(
  'under every fault the same candles arrive, each once, and every repair is counted',
  skipWithoutRecord(),
  async (t) => {
    t.setTimeout(200_000);
    const files = recordedMarkets();
    const site = await startSite(
      t,
      { source: { type: 'candles', files }, startAt: SPAN.from, paused: true },
      { stallSeconds: '2' },
    );
    const series = await Promise.all(
      Object.keys(files).flatMap((symbol) =>
        CHECKED.map(async (timeframe) => ({
          symbol,
          timeframe,
          collected: await collectCandles(site.client, symbol, timeframe),
        })),
      ),
    );
    for (const [minute, command] of SCRIPT) {
      await playUntil(site.demo, SPAN.from + minute * MINUTE_MS, SPEED);
      await ready(site.demo, minute, command);
      site.demo.control(command);
    }
    await playUntil(site.demo, SPAN.to + 2 * MINUTE_MS, SPEED);
    for (const { symbol, timeframe, collected } of series) {
      const record = readRecordedCandles(files[symbol] ?? '');
      const wanted = expectedCandles(record, timeframe, SPAN);
      await assertArrived(t, `${symbol} ${timeframe}`, collected, timeframe, wanted, SPAN);
      if (timeframe === '1m') await assertStoredMinutes(t, site.database.pool, symbol, record, SPAN);
      else await assertStored(t, site.database.pool, symbol, timeframe, wanted, SPAN);
    }
    const { counts } = site.demo.status();
    const metric = (name: string): Promise<number> => site.metric(`cryptopredict_feed_${name}`);
    t.ok(
      counts.skipped > 0 && counts.duplicated > 0 && counts.reordered > 0,
      'trades were skipped, doubled, reordered',
    );
    t.ok(
      counts.lost > 0 && counts.dropped >= 3 && counts.refused === refusalsBefore(Number.POSITIVE_INFINITY),
      'frames were lost, connections cut, requests refused',
    );
    t.ok((await metric('duplicates_total')) > 0, 'doubled trades are counted');
    t.ok((await metric('reordered_total')) > 0, 'reordered trades are counted');
    t.ok((await metric('missing_trades_total')) > 0, 'missing trades are counted');
    t.ok((await metric('reconnects_total')) >= 3, 'reconnects are counted');
    t.ok((await metric('stalls_total')) >= 1, 'the stall is counted');
    t.ok((await metric('rest_errors_total')) >= 5, 'refusals are counted by kind');
    t.ok(
      (await metric('rate_limit_wait_milliseconds_total')) >= 1_000,
      'what Retry-After asked for was waited',
    );
    const opened = await metric('gaps_opened_total');
    t.ok(opened > 0, 'gaps were opened');
    t.equal(await metric('gaps_repaired_total'), opened, 'every gap was repaired');
    t.equal(await metric('gaps_unrepaired_total'), 0, 'none was given up');
    t.ok((await metric('confirmed_minutes_total')) > 0, "minutes were closed by the exchange's own candle");
    t.equal(await metric('open_gaps'), 0, 'no gap is open at the end');
    const told = async () =>
      (
        await site.database.pool.query<{ state: string; n: number }>(
          `SELECT data->>'state' AS state, count(*)::int AS n FROM outbox
           WHERE channel = 'system-status' AND data->>'event' = 'gap' GROUP BY 1 ORDER BY 1`,
        )
      ).rows;
    const expected = [
      { state: 'opened', n: opened },
      { state: 'repaired', n: opened },
    ];
    await until(
      'every gap is told on system-status',
      async () => isDeepStrictEqual(await told(), expected),
      10_000,
    );
    t.equal(
      await site.metric('cryptopredict_engine_conflicting_total'),
      0,
      'nothing closed was contradicted later',
    );
  },
);
