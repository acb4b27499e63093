import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { Engine } from '../../src/engine/engine.js';
import { IndicatorSeries } from '../../src/engine/indicators/indicator-series.js';
import { bucketEnd, MINUTE_MS, TIMEFRAMES } from '../../src/timeframe.js';
import { type Part, rollUp } from '../oracles/roll-up.js';
import { sharedData } from '../support/recorded.js';
import { RecordingSink } from './recording-sink.js';

const folder = sharedData() ?? '';
const skip = folder === '' ? '../shared is absent: no recorded market data' : false;

/** As `t.same`, but quick on tens of thousands of rows: names the first one that differs. */
function sameRows(t: Test, found: readonly unknown[][], wanted: readonly unknown[][], message: string): void {
  const texts = wanted.map((row) => JSON.stringify(row));
  const first = found.findIndex((row, i) => JSON.stringify(row) !== texts[i]);
  t.equal(first === -1 ? null : JSON.stringify(found[first]), first === -1 ? null : texts[first], message);
  t.equal(found.length, wanted.length, `${message}: none missing, none doubled`);
}

function lines(name: string): readonly string[][] {
  const text = gunzipSync(readFileSync(resolve(folder, `${name}.csv.gz`))).toString();
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
}

for (const name of ['BTC-USDT-PERP_1m', 'ETH-USDT-PERP_1m']) {
  t.test(
    `${name} played candle by candle closes every longer candle as the record adds up`,
    { skip },
    async (t) => {
      const parts: readonly Part[] = lines(`candles/${name}`).map((cells) => {
        const [time, open, high, low, close] = cells.map(Number) as [number, number, number, number, number];
        return { time, open, high, low, close, volume: cells[5] as string };
      });
      const engine = new Engine();
      const sink = new RecordingSink(engine);
      engine.addAsset({ amountDecimals: 3, simulated: false });
      const begin = parts[0]?.time as number;
      engine.goLive(0, begin);
      for (const { time, open, high, low, close, volume } of parts) {
        engine.process(
          {
            type: 'candle',
            asset: 0,
            time,
            open,
            high,
            low,
            close,
            volume: Number(volume),
            closed: true,
            source: 'stream',
            exchangeTime: time + MINUTE_MS,
            receivedAt: time + MINUTE_MS,
          },
          sink,
        );
      }
      const until = (parts.at(-1)?.time as number) + MINUTE_MS;
      for (const [index, timeframe] of TIMEFRAMES.entries()) {
        const expected = rollUp(parts, timeframe).filter(({ time }) => bucketEnd(timeframe, time) <= until);
        const played = sink.candles.filter((entry) => entry.timeframeIndex === index);
        sameRows(
          t,
          played.map(({ candle }) => [
            candle.time,
            candle.open,
            candle.high,
            candle.low,
            candle.close,
            candle.volume,
          ]),
          expected.map(({ time, open, high, low, close, volume }) => [time, open, high, low, close, volume]),
          `${expected.length} candles of ${timeframe}, volumes to the last digit`,
        );
        const alone = new IndicatorSeries([
          ...[20, 50, 100, 200].map((period) => ({ name: 'sma', period })),
          { name: 'rsi', period: 14 },
          { name: 'bb' },
        ]);
        const columns = alone.columns.map((column) => engine.indicatorColumns.indexOf(column));
        let different = 0;
        for (const { candle, indicators } of played) {
          alone.commit(candle);
          for (const [i, column] of columns.entries()) {
            if (!Object.is(indicators[column], alone.closedValue(i))) different += 1;
          }
        }
        t.equal(different, 0, `indicators of ${timeframe} are those of its closed candles, bit for bit`);
      }
      for (const [index, timeframe] of TIMEFRAMES.entries()) {
        const open = rollUp(parts, timeframe).at(-1);
        if (open === undefined || bucketEnd(timeframe, open.time) <= until) continue;
        const forming = engine.forming(index);
        t.same(
          [forming?.time, forming?.open, forming?.high, forming?.low, forming?.close, forming?.volume],
          [open.time, open.open, open.high, open.low, open.close, open.volume],
          `${timeframe} forms of what is left`,
        );
      }
    },
  );
}

t.test(
  'recorded trades across midnight give the candles of a plain roll-up, the new day’s first trade in its own',
  {
    skip,
  },
  async (t) => {
    const rows = [
      ...lines('trades/BTC-USDT_spot_20240808.trades'),
      ...lines('trades/BTC-USDT_spot_20240809.trades'),
    ];
    const parts: readonly Part[] = rows.map(([, time, , price, amount]) => {
      const at = Number(price);
      return { time: Number(time), open: at, high: at, low: at, close: at, volume: amount as string };
    });
    const engine = new Engine();
    const sink = new RecordingSink(engine);
    engine.addAsset({ amountDecimals: 8, simulated: false });
    const first = (parts[0] as Part).time;
    let minute = first - (first % MINUTE_MS);
    engine.goLive(0, minute);
    for (const [i, { time, open, volume }] of parts.entries()) {
      const id = rows[i]?.[0] as string;
      const event = { type: 'trade', asset: 0, id, time, price: open, amount: Number(volume) } as const;
      // The watermark comes after the first trades of the next minute, as it does from a real feed.
      if (time - minute > MINUTE_MS + 700) {
        minute += MINUTE_MS;
        engine.process({ type: 'watermark', asset: 0, time: minute, receivedAt: time }, sink);
      }
      engine.process({ ...event, side: null, receivedAt: time }, sink);
    }
    engine.process(
      { type: 'watermark', asset: 0, time: minute + MINUTE_MS, receivedAt: minute + MINUTE_MS },
      sink,
    );
    t.equal(engine.stats(0).late, 0);
    t.equal(engine.stats(0).trades, rows.length);
    const midnight = Date.UTC(2024, 7, 9);
    for (const [index, timeframe] of TIMEFRAMES.entries()) {
      const expected = rollUp(parts, timeframe).filter(
        (candle) => bucketEnd(timeframe, candle.time) <= minute + MINUTE_MS,
      );
      t.same(
        sink.of(0, index).map((c) => [c.time, c.open, c.high, c.low, c.close, c.volume, c.tradeCount]),
        expected.map((c) => [c.time, c.open, c.high, c.low, c.close, c.volume, c.parts]),
        `${expected.length} candles of ${timeframe}`,
      );
      const closesAtMidnight = index <= TIMEFRAMES.indexOf('1d');
      const closed = sink.of(0, index).some((candle) => bucketEnd(timeframe, candle.time) === midnight);
      t.equal(
        closed,
        closesAtMidnight,
        `${timeframe} ${closesAtMidnight ? 'closes' : 'goes on'} at midnight`,
      );
    }
  },
);
