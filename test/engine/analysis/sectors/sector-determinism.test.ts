import t from 'tap';
import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { FormingReader } from '../../../../src/engine/analysis/forming-reader.js';
import { SectorModel } from '../../../../src/engine/analysis/sectors/sector-model.js';
import type { SectorClose } from '../../../../src/engine/analysis/sectors/sector-rows.js';
import { timeframeIndex } from '../../../../src/timeframe.js';
import { skipWithoutRecord } from '../../../support/recorded.js';
import type { Record1 } from './market-player.js';
import { DAY, recordedHours, recordedPlayer, START } from './recorded-market.js';

const HOUR = 3_600_000;
const HOURLY = timeframeIndex('1h');
const UNTIL = START + 18 * DAY;

/** What each close of hours, four hours and days has said, by its time and timeframe. */
function played(record: Record1, until: number, reversed = false): Map<string, SectorClose | null> {
  const player = recordedPlayer(reversed);
  const model = new SectorModel();
  const said = new Map<string, SectorClose | null>();
  player.play(record, until, (frame) => {
    said.set(`${frame.time} ${frame.timeframe}`, model.closed(frame, null));
  });
  return said;
}

t.test('what is said of recorded hours', { ...skipWithoutRecord() }, async (t) => {
  const record = recordedHours(34);
  const said = played(record, UNTIL);

  t.test('the order in which assets close does not matter', async (t) => {
    const until = START + 18 * DAY;
    t.same(
      [...played(record, until, true)],
      [...said].filter(([key]) => Number(key.split(' ')[0]) <= until),
    );
  });

  t.test('what comes later changes nothing of what was said', async (t) => {
    const cut = START + 15 * DAY;
    const altered = new Map(
      [...record].map(([asset, candles]) => [
        asset,
        candles.map(
          (one): ClosedCandle => (one.time < cut ? one : { ...one, close: one.low, volume: 1 + asset }),
        ),
      ]),
    );
    const other = played(altered, cut + 2 * DAY);
    const before = (all: Map<string, SectorClose | null>): string =>
      JSON.stringify([...all].filter(([key]) => Number(key.split(' ')[0]) <= cut));
    t.equal(before(other), before(said));
    const later = `${cut + DAY} ${HOURLY}`;
    t.notSame(
      other.get(later)?.frames[0]?.sectors[1],
      said.get(later)?.frames[0]?.sectors[1],
      'it was altered',
    );
  });

  t.test(
    'a forming frame that ends as it stands says what its close says, and leaves no trace',
    async (t) => {
      const until = START + 33 * DAY;
      const player = recordedPlayer();
      const model = new SectorModel();
      let compared = 0;
      let traces = 0;
      // The forming reader reads the book of a player one hour behind.
      const behind = recordedPlayer();
      const forming = new FormingReader(behind.book, (asset, timeframe) => {
        if (player.book.time(asset, timeframe, 0) === behind.book.time(asset, timeframe, 0)) return null;
        const { book } = player;
        return {
          time: book.time(asset, timeframe, 0),
          open: book.open(asset, timeframe, 0),
          high: book.high(asset, timeframe, 0),
          low: book.low(asset, timeframe, 0),
          close: book.close(asset, timeframe, 0),
          volume: book.volume(asset, timeframe, 0),
        };
      });
      // What might have been: a price far above, that no close ever sees.
      const wild = new FormingReader(behind.book, (asset, timeframe) => {
        const close = 1.5 * player.book.close(asset, timeframe, 0);
        const time = player.book.time(asset, timeframe, 0);
        return { time, open: close, high: close, low: close, close, volume: 1e6 * (asset + 1) };
      });
      player.play(record, until, (frame) => {
        forming.refresh();
        wild.refresh();
        if (frame.timeframe === HOURLY) model.live({ ...frame, series: wild, isForming: true }, null);
        const live =
          frame.timeframe === HOURLY
            ? model.live({ ...frame, series: forming, isForming: true, market: player.market }, null)
            : null;
        const closed = model.closed(frame, null);
        const alone = said.get(`${frame.time} ${frame.timeframe}`);
        if (frame.time <= UNTIL && JSON.stringify(closed) !== JSON.stringify(alone)) traces += 1;
        if (frame.timeframe === HOURLY) behind.play(slice(record, frame.time), frame.time, () => undefined);
        if (frame.timeframe !== HOURLY || frame.time < until - 2 * DAY) return;
        compared += 1;
        t.equal(JSON.stringify(live), JSON.stringify(closed?.frames[0]), `at ${frame.time}`);
      });
      t.equal(compared, 49);
      t.equal(traces, 0, 'closes say what they say to a model that nobody looked at in between');
    },
  );

  t.test('other layers read the state from strictly before', async (t) => {
    const player = recordedPlayer();
    const model = new SectorModel();
    player.play(record, START + 12 * DAY, (frame) => void model.closed(frame, null));
    const time = START + 12 * DAY;
    t.equal(model.newest(2)?.time, time);
    t.equal(model.before(2, time)?.time, time - HOUR);
    t.equal(model.before(2, time + 1)?.time, time);
    t.same([1, 2, 3].map((id) => model.newest(id)?.rank).toSorted(), [1, 2, 3]);
    t.equal(model.newest(99), null);
    t.ok((model.newest(2)?.relativeStrength ?? -1) >= 0);
  });
});

function slice(record: Record1, time: number): Record1 {
  const at = (time - START) / HOUR - 1;
  return new Map([...record].map(([asset, all]) => [asset, all.slice(at, at + 1)]));
}
