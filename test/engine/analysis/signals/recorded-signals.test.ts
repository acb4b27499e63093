import t from 'tap';
import { PriceTrack } from '../../../../bench/signals/price-track.js';
import { type Timeframe, timeframeIndex } from '../../../../src/timeframe.js';
import { readCandleNumbers, sharedData, skipWithoutRecord } from '../../../support/recorded.js';
import { inOrder, type PlayedCandle, SignalMarket } from '../../../support/signal-market.js';

const FROM = Date.UTC(2023, 6, 1);
const UNTIL = Date.UTC(2024, 3, 1);
const BASES = ['BTC', 'SOL'];
const OPTIONS = { minConfidence: 0.6, minStopPct: 1 };

function recorded(): readonly PlayedCandle[] {
  return inOrder(
    BASES.flatMap((base, asset) =>
      (['1h', '4h', '1d', '1w'] as const satisfies readonly Timeframe[]).flatMap((timeframe) =>
        readCandleNumbers(sharedData(`candles/${base}-USDT_${timeframe}.csv.gz`) ?? '', FROM, UNTIL).map(
          (candle) => ({ asset, timeframe: timeframeIndex(timeframe), candle }),
        ),
      ),
    ),
  );
}

t.test(
  'signals of recorded markets end as a plain walk through the candles says',
  skipWithoutRecord(),
  async (t) => {
    const candles = recorded();
    const play = (): SignalMarket => {
      const market = new SignalMarket(BASES, ['1h', '1h'], OPTIONS);
      for (const candle of candles) market.play(candle);
      return market;
    };
    const market = play();
    t.equal(JSON.stringify(play().sink.events), JSON.stringify(market.sink.events), 'twice the same');
    t.ok(market.sink.opens.length > 100, `${market.sink.opens.length} signals`);

    const tracks = BASES.map((_, asset) => {
      const track = new PriceTrack();
      for (const each of candles) {
        if (each.asset === asset && each.timeframe === timeframeIndex('1h')) track.push(each.candle);
      }
      return track;
    });
    const counts = new Map<string, number>();
    for (const event of market.sink.events) {
      if (event.type !== 'changed') continue;
      const { signal, change, asset } = event;
      counts.set(change.status, (counts.get(change.status) ?? 0) + 1);
      const openedAt = signal.expiresAt - signal.timeHorizonHours * 3_600_000;
      const side = signal.signalType === 'long' ? 1 : -1;
      const plain = tracks[asset]?.enter(
        side,
        openedAt,
        signal.expiresAt,
        signal.stopLoss,
        signal.targetPrice,
      );
      if (change.status === 'invalidated') {
        // Left before: neither level had been reached by then.
        if (plain != null) t.ok(plain.endedAt >= change.time - 3_600_000, `${change.reason} came first`);
        continue;
      }
      t.match(change, {
        status: plain?.isSuccessful === null ? 'expired' : 'executed',
        signalSuccessful: plain?.isSuccessful,
        actualEntryPrice: plain?.entry,
        exitPrice: plain?.exit,
      });
      if (change.status === 'executed') t.equal(change.time, plain?.endedAt);
    }
    for (const status of ['executed', 'invalidated']) {
      t.ok((counts.get(status) ?? 0) > 10, `${counts.get(status)} ${status}`);
    }
  },
);
