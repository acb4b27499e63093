import t from 'tap';
import { AlertBook, type AlertCandle, type AlertInput } from '../../../src/engine/alerts/alert-book.js';
import { MINUTE_MS } from '../../../src/timeframe.js';
import { RecordingAlertSink } from './recording-alert-sink.js';

const BEGIN = Date.UTC(2024, 7, 7);

/** A price alert on asset 0; one-shot, without expiry. */
function alert(id: number, condition: AlertInput['condition'], value: number, more = {}): AlertInput {
  const common = { asset: 0, type: 'price_target', repeating: false, expiresAt: null } as const;
  return { ...common, id, condition, value, ...more };
}

/** A book whose asset 0 stands at a price, and what it told. */
class Scene {
  readonly book = new AlertBook();
  readonly sink = new RecordingAlertSink();
  #now = BEGIN;

  constructor(price: number, alerts: readonly AlertInput[] = []) {
    this.book.arm(0, price);
    for (const it of alerts) this.book.add(it);
  }

  /** Goes through prices, one a second; gives which alerts fired at each. */
  walk(...prices: readonly number[]): readonly (readonly number[])[] {
    return prices.map((price) => {
      this.#now += 1_000;
      this.book.price(0, price, this.#now, this.sink);
      return this.sink.takeFired();
    });
  }

  /** Hands in a minute, counted from the begin; gives which alerts fired. */
  candle(minute: number, low: number, high: number, close: number, more: Partial<AlertCandle> = {}) {
    const time = BEGIN + minute * MINUTE_MS;
    this.book.range(0, { time, low, high, close, closed: true, exchangeTime: time, ...more }, this.sink);
    return this.sink.takeFired();
  }
}

t.test('above fires when the price comes from below to the value or through it', async (t) => {
  const scene = new Scene(100, [alert(1, 'above', 105), alert(2, 'above', 110)]);
  t.same(scene.walk(104.99, 105, 109, 112), [[], [1], [], [2]]);
});

t.test('below fires when the price comes from above to the value or through it', async (t) => {
  const scene = new Scene(100, [alert(1, 'below', 95), alert(2, 'below', 90)]);
  t.same(scene.walk(95.01, 95, 91, 88), [[], [1], [], [2]]);
});

t.test('equals fires when the price reaches the value or passes it, from either side', async (t) => {
  const repeating = { repeating: true };
  const scene = new Scene(100, [alert(1, 'equals', 105, repeating), alert(2, 'equals', 95, repeating)]);
  t.same(scene.walk(105, 105, 106, 104, 95, 94, 96), [[1], [], [], [1], [2], [], [2]]);
});

t.test('an alert whose condition holds already waits until the price has gone back', async (t) => {
  const scene = new Scene(100, [alert(1, 'above', 99), alert(2, 'above', 100), alert(3, 'below', 100)]);
  t.same(scene.walk(101, 102), [[], []], 'what stood at 100 has been there');
  t.same(scene.walk(99.5, 100.5), [[3], [2]]);
  t.same(scene.walk(98, 99), [[], [1]]);
});

t.test(
  'a one-shot alert fires once and is gone; a repeating one at every crossing and never between',
  async (t) => {
    const scene = new Scene(100, [alert(1, 'above', 105), alert(2, 'above', 105, { repeating: true })]);
    t.same(scene.walk(105, 106, 107, 105, 104, 105, 110), [[1, 2], [], [], [], [], [2], []]);
    t.equal(scene.book.get(1), undefined);
    t.equal(scene.book.size, 1);
    t.notOk(scene.book.remove(1));
    t.notOk(scene.book.update(alert(1, 'above', 120)), 'what is gone cannot be changed');
  },
);

t.test('percentage_change fires on either level and counts anew from the price that fired', async (t) => {
  const scene = new Scene(200, [alert(1, 'percentage_change', 10, { repeating: true })]);
  t.same(scene.walk(219, 221, 240, 244, 220), [[], [1], [], [1], []]);
  t.equal(scene.book.get(1)?.reference, 244);
  t.same(scene.walk(219.6), [[1]]);
  const { firing } = (() => {
    scene.book.price(0, 250, BEGIN + MINUTE_MS, scene.sink);
    return scene.sink.fireds[0] ?? { firing: null };
  })();
  t.match(firing, { threshold: 241.56, value: 250, nextReference: 250, direction: 'up' });
});

t.test(
  'percentage_change counts from the reference given, from the last price, or from the first',
  async (t) => {
    const book = new AlertBook();
    const sink = new RecordingAlertSink();
    book.add(alert(1, 'percentage_change', 10, { reference: 50 }));
    book.add(alert(2, 'percentage_change', 10, { reference: null }));
    t.equal(book.get(2)?.reference, null, 'no price is known');
    book.price(0, 100, BEGIN, sink);
    book.add(alert(3, 'percentage_change', 10));
    t.same(
      [1, 2, 3].map((id) => book.get(id)?.reference),
      [50, 100, 100],
    );
    book.price(0, 90, BEGIN + 1, sink);
    t.same(sink.takeFired(), [2, 3]);
    book.price(0, 54, BEGIN + 2, sink);
    book.price(0, 55, BEGIN + 3, sink);
    t.same(sink.takeFired(), [1], 'it had been beyond its upper level and came back');
  },
);

t.test('a change keeps what a percentage_change counts from, unless it names another price', async (t) => {
  const scene = new Scene(100, [alert(1, 'percentage_change', 10)]);
  scene.walk(105);
  t.ok(scene.book.update(alert(1, 'percentage_change', 20)));
  t.equal(scene.book.get(1)?.reference, 100);
  scene.book.update(alert(1, 'percentage_change', 20, { reference: null }));
  t.equal(scene.book.get(1)?.reference, 105);
});

t.test('no price falls by 100 percent', async (t) => {
  const scene = new Scene(100, [alert(1, 'percentage_change', 100)]);
  t.same(scene.walk(1e-9, 199, 200), [[], [], [1]]);
});

t.test('the first price after the start places and fires nothing', async (t) => {
  const book = new AlertBook();
  const sink = new RecordingAlertSink();
  book.add(alert(1, 'above', 100));
  book.add(alert(2, 'below', 100));
  book.price(0, 120, BEGIN, sink);
  t.same(sink.takeFired(), []);
  book.arm(0, 90);
  t.same(sink.takeFired(), [], 'placing anew crosses nothing');
  book.price(0, 100, BEGIN + 1, sink);
  t.same(sink.takeFired(), [1]);
});

t.test('a price older than the newest is ignored', async (t) => {
  const scene = new Scene(100, [alert(1, 'below', 95), alert(2, 'below', 90)]);
  scene.book.price(0, 101, BEGIN + 5_000, scene.sink);
  scene.book.price(0, 80, BEGIN + 4_999, scene.sink);
  t.same(scene.sink.takeFired(), []);
  scene.book.price(0, 94, BEGIN + 5_000, scene.sink);
  t.same(scene.sink.takeFired(), [1]);
});

t.test('what one price fires is told in the order in which it was reached, then by id', async (t) => {
  const levels = [
    [4, 103],
    [9, 101],
    [2, 103],
    [7, 102],
    [1, 104],
  ] as const;
  const up = new Scene(
    100,
    levels.map(([id, value]) => alert(id, 'above', value)),
  );
  t.same(up.walk(105), [[9, 7, 2, 4, 1]]);
  const down = new Scene(
    105,
    levels.map(([id, value]) => alert(id, 'below', value)),
  );
  t.same(down.walk(100), [[1, 2, 4, 7, 9]]);
});

t.test('a firing says what fired it, from where, how far and when', async (t) => {
  const scene = new Scene(100, [alert(1, 'above', 105)]);
  scene.book.price(0, 107, BEGIN + 1, scene.sink);
  t.same(scene.sink.fireds, [
    {
      alert: { ...alert(1, 'above', 105), timeframe: null, reference: null },
      firing: {
        cause: 'trade',
        time: BEGIN + 1,
        value: 107,
        threshold: 105,
        previous: 100,
        direction: 'up',
        nextReference: null,
      },
    },
  ]);
});

t.test('an alert never fires after its time, and is told as expired once', async (t) => {
  const until = { expiresAt: BEGIN + 3_000, repeating: true };
  const scene = new Scene(100, [alert(1, 'above', 105, until), alert(2, 'above', 200, until)]);
  t.same(scene.walk(106, 104), [[1], []]);
  t.same(scene.walk(106), [[]]);
  t.same(
    scene.sink.expireds.map(({ id }) => id),
    [1],
    'found when it would have fired',
  );
  scene.book.expire(BEGIN + 2_999, scene.sink);
  t.equal(scene.book.size, 1);
  scene.book.expire(BEGIN + 3_000, scene.sink);
  scene.book.expire(BEGIN + 9_000, scene.sink);
  t.same(
    scene.sink.expireds.map(({ id }) => id),
    [1, 2],
  );
  t.equal(scene.book.size, 0);
});

t.test('alerts expire in the order of their times, then by id, and a change moves the time', async (t) => {
  const times = [50, 30, 30, 90, 10, null, 70];
  const scene = new Scene(100);
  for (const [i, expiresAt] of times.entries()) scene.book.add(alert(7 - i, 'above', 200 + i, { expiresAt }));
  scene.book.update(alert(7, 'above', 200, { expiresAt: 20 }));
  scene.book.update(alert(4, 'above', 203, { expiresAt: null }));
  scene.book.remove(1);
  scene.book.expire(1_000, scene.sink);
  t.same(
    scene.sink.expireds.map(({ id }) => id),
    [3, 7, 5, 6],
  );
  t.equal(scene.book.size, 2);
});

t.test('a sink may add, change and remove while an event is told', async (t) => {
  const scene = new Scene(
    100,
    [1, 2, 3, 4].map((id) => alert(id, 'above', 100 + id)),
  );
  scene.sink.act = (fired) => {
    if (fired.id !== 1) return;
    scene.book.add(alert(1, 'above', 105));
    scene.book.remove(2);
    scene.book.update(alert(3, 'above', 102.5));
    scene.book.add(alert(9, 'above', 104.5));
  };
  t.same(scene.walk(106), [[1, 4]], 'what was removed, changed or added takes no part');
  t.same(scene.walk(100, 106), [[], [3, 9, 1]]);
});

t.test('the high and the low of a streamed candle count, once', async (t) => {
  const repeating = { repeating: true };
  const scene = new Scene(100, [alert(1, 'above', 105, repeating), alert(2, 'below', 95, repeating)]);
  const forming = (exchangeTime: number) => ({ closed: false, exchangeTime: BEGIN + exchangeTime });
  t.same(scene.candle(0, 99, 106, 100, forming(1)), [1], 'touched between two closes');
  t.match(scene.sink.calls, [/^1 candle up 105 by 99→106/]);
  t.same(scene.candle(0, 99, 106, 101, forming(2)), [], 'the same high again');
  t.same(scene.candle(0, 94, 107, 101, forming(3)), [2, 1], 'a rising candle was at its low first');
  t.same(scene.candle(0, 94, 107, 106, forming(4)), [1], 'the close has crossed once more');
  t.same(scene.candle(1, 94, 107, 100), [2], 'the next minute begins anew, at 106');
});

t.test('a minute mended from history tells what its trades had not shown, and nothing twice', async (t) => {
  const repeating = { repeating: true };
  const scene = new Scene(
    100,
    [102, 104, 106, 98].map((value, i) => alert(i + 1, 'equals', value, repeating)),
  );
  t.same(scene.walk(103, 101), [[1], [1]]);
  scene.book.price(0, 101, BEGIN + MINUTE_MS, scene.sink);
  const [first, second] = [scene.candle(0, 99, 105, 101), scene.candle(0, 99, 105, 101)];
  t.same(first, [2, 2], '104 was reached and left; 102 had been told; 106 and 98 were not reached');
  t.same(second, [], 'the same minute again');
});

t.test('a mended minute does not fire an alert that is younger', async (t) => {
  const scene = new Scene(100, [alert(1, 'above', 105)]);
  scene.book.price(0, 100, BEGIN + MINUTE_MS, scene.sink);
  scene.book.add(alert(2, 'above', 105));
  t.same(scene.candle(0, 99, 106, 100), [1]);
});

t.test('of the minute in which the first price came, high and low may lie before it', async (t) => {
  const book = new AlertBook();
  const sink = new RecordingAlertSink();
  book.add(alert(1, 'above', 105));
  book.price(0, 100, BEGIN + 30_000, sink);
  const minute = { time: BEGIN, low: 99, high: 110, close: 100, closed: true, exchangeTime: BEGIN };
  book.range(0, minute, sink);
  t.same(sink.takeFired(), []);
});

t.test('volume_spike above fires once per candle, while it forms', async (t) => {
  const { book, sink } = new Scene(100);
  const spike = { type: 'volume_spike', repeating: true };
  book.add(alert(1, 'above', 3, spike));
  book.add(alert(2, 'percentage_change', 50, spike));
  t.equal(book.get(1)?.timeframe, '1h');
  t.equal(book.volumeTimeframes(0), 0b1000);
  t.equal(book.volumeTimeframes(1), 0);
  const read = (candle: number, volume: number, closed = false, meanVolume = 10): readonly number[] => {
    const candleTime = BEGIN + candle * 60 * MINUTE_MS;
    book.volume(0, { timeframeIndex: 3, candleTime, volume, meanVolume, time: candleTime, closed }, sink);
    return sink.takeFired();
  };
  t.same(read(0, 40), [], 'what was before anybody looked is not news');
  t.same(read(1, 14.9), []);
  t.same(read(1, 15), [2]);
  t.same([read(1, 30), read(1, 31), read(1, 60, true)], [[1], [], []]);
  t.same(read(2, 50), [2, 1]);
  t.same([read(3, 50, false, 0), read(3, 50, false, Number.NaN)], [[], []], 'no mean, no judgement');
  t.same(read(3, 50), [2, 1]);
  book.remove(1);
  book.remove(2);
  t.equal(book.volumeTimeframes(0), 0);
  book.add(alert(3, 'above', 2, spike));
  t.same(read(3, 50), [], 'the first after the last alert had gone places anew');
});

t.test('volume_spike below and equals are judged when candles close, from one to the next', async (t) => {
  const { book, sink } = new Scene(100);
  const spike = { type: 'volume_spike', repeating: true, timeframe: '1m' };
  book.add(alert(1, 'below', 0.5, spike));
  book.add(alert(2, 'equals', 2, spike));
  const read = (candle: number, volume: number, closed = true): readonly number[] => {
    const candleTime = BEGIN + candle * MINUTE_MS;
    const time = candleTime + MINUTE_MS;
    book.volume(0, { timeframeIndex: 0, candleTime, volume, meanVolume: 10, time, closed }, sink);
    return sink.takeFired();
  };
  t.same(
    [read(0, 4), read(1, 12), read(2, 0, false)],
    [[], [], []],
    'a forming candle is always small at first',
  );
  t.same([read(2, 5), read(3, 3), read(4, 20), read(4, 1)], [[1], [], [2], []]);
  t.same([read(5, 25), read(6, 1)], [[], [2, 1]]);
});

t.test('signal_generated fires by confidence; nothing is crossed', async (t) => {
  const { book, sink } = new Scene(100);
  const signal = { type: 'signal_generated', repeating: true };
  book.add(alert(3, 'above', 0.8, signal));
  book.add(alert(1, 'below', 0.8, signal));
  book.add(alert(2, 'equals', 0.8, { ...signal, repeating: false }));
  const give = (confidence: number): readonly number[] => {
    book.signal(0, { confidence }, BEGIN, sink);
    return sink.takeFired();
  };
  t.same([give(0.8), give(0.8), give(0.9), give(0.1)], [[1, 2, 3], [1, 3], [3], [1]]);
  book.signal(1, { confidence: 0.9 }, BEGIN, sink);
  t.same(sink.takeFired(), [], 'another asset');
  t.match(sink.calls[0], '1 signal null 0.8 by null→0.8');
  t.throws(() => give(1.1), { message: 'confidence is 1.1; allowed: 0–1' });
});

t.test('removing an asset takes its alerts and its price with it, and nothing else', async (t) => {
  const scene = new Scene(100);
  for (const type of ['price_target', 'volume_spike', 'signal_generated']) {
    for (const asset of [0, 1]) {
      scene.book.add(alert(scene.book.size + 1, 'above', 0.9, { type, asset, expiresAt: BEGIN }));
    }
  }
  t.equal(scene.book.removeAsset(0), 3);
  t.equal(scene.book.size, 3);
  scene.book.add(alert(7, 'above', 105));
  t.same(scene.walk(110, 100, 105), [[], [], [7]], 'the first price places again');
  scene.book.expire(BEGIN, scene.sink);
  t.same(
    scene.sink.expireds.map(({ asset }) => asset),
    [1, 1, 1],
  );
});

t.test('what is out of range is refused with its name, its value and what is allowed', async (t) => {
  const { book } = new Scene(100);
  const wrong: readonly [object, string][] = [
    [{ id: 0 }, 'id is 0; allowed: a whole number of at least 1'],
    [{ asset: -1 }, 'asset is -1; allowed: 0–65535'],
    [{ type: 'price' }, 'type is price; allowed: price_target, volume_spike, signal_generated'],
    [{ condition: 'over' }, 'condition is over; allowed: above, below, equals, percentage_change'],
    [{ repeating: 1 }, 'repeating is 1; allowed: true, false'],
    [{ expiresAt: Number.NaN }, 'expiresAt is NaN; allowed: ms since the epoch, null'],
    [{ value: 0 }, 'value is 0; allowed: a price, 1e-100–1e+100'],
    [{ value: Number.NaN }, 'value is NaN; allowed: a price, 1e-100–1e+100'],
    [{ condition: 'percentage_change', value: 0 }, 'value is 0; allowed: 0.000001–1000000000 percent'],
    [{ type: 'volume_spike', value: 0 }, 'value is 0; allowed: 1e-9–1000000000 times the mean volume'],
    [{ type: 'volume_spike', timeframe: '2h' }, 'timeframe is 2h; allowed: 1m, 5m, 15m, 1h, 4h, 1d, 1w, 1M'],
    [{ timeframe: '1h' }, 'timeframe is 1h; allowed: none but for volume_spike'],
    [{ type: 'signal_generated', value: 1.5 }, 'value is 1.5; allowed: a confidence, 0–1'],
    [
      { type: 'signal_generated', condition: 'percentage_change', value: 5 },
      'condition is percentage_change; allowed: above, below, equals for signal_generated',
    ],
    [{ reference: 5 }, 'reference is 5; allowed: none but for percentage_change of a price_target'],
    [{ condition: 'percentage_change', reference: -5 }, 'reference is -5; allowed: a price, 1e-100–1e+100'],
  ];
  for (const [more, message] of wrong) {
    t.throws(() => book.add(alert(1, 'above', 105, more)), new RangeError(message), message);
  }
  t.equal(book.size, 0);
  book.add(alert(1, 'above', 105));
  t.throws(() => book.add(alert(1, 'above', 106)), new RangeError('id is 1; allowed: a free one'));
  t.throws(() => book.update(alert(1, 'above', -1)), RangeError);
  t.equal(book.get(1)?.value, 105, 'a refused change changes nothing');
});

t.test('impossible events are refused, and the book stays as it was', async (t) => {
  const scene = new Scene(100, [alert(1, 'above', 105)]);
  const { book, sink } = scene;
  for (const price of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => book.price(0, price, BEGIN, sink), RangeError, `price ${price}`);
    t.throws(() => book.arm(0, price), RangeError, `placed at ${price}`);
  }
  for (const time of [Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => book.price(0, 101, time, sink), RangeError, `time ${time}`);
  }
  for (const asset of [-1, 0.5, 65_536, Number.NaN])
    t.throws(() => book.arm(asset, 1), RangeError, `asset ${asset}`);
  t.throws(() => scene.candle(0, 101, 99, 100), RangeError, 'high below low');
  t.throws(() => scene.candle(0, 99, 101, 102), RangeError, 'close above high');
  const reading = { timeframeIndex: 8, candleTime: 0, volume: 1, meanVolume: 1, time: 0, closed: false };
  t.throws(() => book.volume(0, reading, sink), { message: 'timeframeIndex is 8; allowed: 0–7' });
  t.same(scene.walk(104, 105), [[], [1]]);
});
