import fc from 'fast-check';
import t from 'tap';
import { AlertBook, type AlertInput } from '../../../src/engine/alerts/alert-book.js';
import { MINUTE_MS } from '../../../src/timeframe.js';
import { PlainBook } from './plain-book.js';
import { RecordingAlertSink } from './recording-alert-sink.js';

const BEGIN = Date.UTC(2024, 7, 7);
const RUNS = 500;
const ASSETS = 2;
const IDS = 14;

// Prices on a coarse grid, so that they stand on levels, levels coincide, and percent levels meet the grid.
const price = fc.integer({ min: 92, max: 108 });
const condition = fc.constantFrom('above', 'below', 'equals', 'percentage_change');
const alert = fc
  .record({
    id: fc.integer({ min: 1, max: IDS }),
    asset: fc.integer({ min: 0, max: ASSETS - 1 }),
    condition,
    level: price,
    percent: fc.constantFrom(1, 2, 5, 150),
    repeating: fc.boolean(),
    /** Ms after the begin, as times below. */
    expiresAt: fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      fc.integer({ min: 0, max: 6 * MINUTE_MS }),
    ),
    reference: fc.oneof(fc.constant(undefined), fc.constant(null), price),
  })
  .map(({ level, percent, expiresAt, reference, ...rest }): AlertInput => {
    const isRelative = rest.condition === 'percentage_change';
    const given = isRelative && reference !== undefined ? { reference } : {};
    const until = expiresAt === null ? null : BEGIN + expiresAt;
    return { ...rest, ...given, type: 'price_target', value: isRelative ? percent : level, expiresAt: until };
  });
const change = fc.oneof(
  fc.record({ kind: fc.constantFrom('add', 'add', 'update'), alert }),
  fc.record({ kind: fc.constant('remove' as const), id: fc.integer({ min: 1, max: IDS }) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const asset = fc.integer({ min: 0, max: ASSETS - 1 });
const command = fc.oneof(
  { weight: 25, arbitrary: fc.record({ kind: fc.constant('change' as const), change }) },
  {
    weight: 40,
    arbitrary: fc.record({
      kind: fc.constant('price' as const),
      asset,
      price,
      /** After the one before, ms; some come late. */
      later: fc.constantFrom(-3_000, 0, 100, 20_000, MINUTE_MS),
      changes: fc.array(change, { maxLength: 2 }),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('candle' as const),
      asset,
      prices: fc.tuple(price, price, price),
      /** Minutes before the current one. */
      back: fc.constantFrom(0, 0, 0, 1, 2, 3),
      closed: fc.boolean(),
      changes: fc.array(change, { maxLength: 2 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('removeAsset' as const), asset }) },
);

type Book = Pick<PlainBook, 'add' | 'update' | 'remove' | 'price' | 'range' | 'expire'> & {
  removeAsset(asset: number): void;
};

/** Puts the same through a book; from within its sink, too. */
class Player {
  readonly sink = new RecordingAlertSink();
  readonly #book: Book;
  #now = BEGIN;

  constructor(book: Book) {
    this.#book = book;
  }

  play(commands: readonly (typeof command extends fc.Arbitrary<infer T> ? T : never)[]): readonly string[] {
    const log: string[] = [];
    for (const it of commands) {
      const changes = 'changes' in it ? [...it.changes] : [];
      this.sink.act = () => {
        const next = changes.shift();
        if (next !== undefined) this.#apply(next);
      };
      if (it.kind === 'change') this.#apply(it.change);
      else if (it.kind === 'price') {
        this.#now += it.later;
        this.#book.price(it.asset, it.price, this.#now, this.sink);
      } else if (it.kind === 'candle') this.#candle(it.asset, it.prices, it.back, it.closed);
      else if (it.kind === 'expire') this.#book.expire(this.#now, this.sink);
      else this.#book.removeAsset(it.asset);
      log.push(JSON.stringify(it), ...this.sink.takeCalls());
    }
    return log;
  }

  #candle(asset: number, prices: readonly number[], back: number, closed: boolean): void {
    const time = Math.floor(this.#now / MINUTE_MS) * MINUTE_MS - back * MINUTE_MS;
    const candle = { time, high: Math.max(...prices), low: Math.min(...prices), close: prices[0] ?? 0 };
    this.#book.range(asset, { ...candle, closed, exchangeTime: this.#now }, this.sink);
    if (closed && back === 0) this.#now = time + MINUTE_MS;
  }

  #apply(it: Change): void {
    if (it.kind === 'remove') this.#book.remove(it.id);
    else if (!this.#book.update(it.alert) && it.kind === 'add') this.#book.add(it.alert);
  }
}

t.test('the book fires what a list of all alerts fires that is read on every step', async (t) => {
  let fired = 0;
  fc.assert(
    fc.property(fc.array(command, { minLength: 10, maxLength: 120, size: 'max' }), (commands) => {
      const book = new AlertBook();
      const plain = new PlainBook();
      const found = new Player(book).play(commands);
      const wanted = new Player(plain).play(commands);
      for (const [i, line] of wanted.entries()) {
        if (found[i] !== line)
          throw new Error(`${found[i]}\nnot ${line}\nafter ${wanted.slice(0, i).join('\n')}`);
      }
      if (found.length !== wanted.length)
        throw new Error(`${found.slice(wanted.length).join('\n')} too much`);
      const ids = Array.from({ length: IDS }, (_, i) => i + 1);
      const left = ids.map((id) => book.get(id)).filter((alert) => alert !== undefined);
      if (JSON.stringify(left.map(sorted)) !== JSON.stringify(plain.alerts.map(sorted))) {
        throw new Error(`${JSON.stringify(left)} is left, not ${JSON.stringify(plain.alerts)}`);
      }
      if (book.size !== left.length) throw new Error(`size is ${book.size}, not ${left.length}`);
      fired += found.length - commands.length;
    }),
    { numRuns: RUNS },
  );
  t.ok(fired > RUNS * 4, `${RUNS} random histories, ${fired} firings and expiries`);
});

t.test('alerts expire in order, whatever was changed and removed before', async (t) => {
  const step = fc.record({
    id: fc.integer({ min: 1, max: 60 }),
    kind: fc.constantFrom('put', 'put', 'put', 'remove', 'expire'),
    expiresAt: fc.oneof(
      fc.constant(null),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 1_000 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 400, size: 'max' }), (steps) => {
      const book = new AlertBook();
      const times = new Map<number, number>();
      const sink = new RecordingAlertSink();
      for (const { id, kind, expiresAt } of steps) {
        const it = {
          id,
          asset: 0,
          type: 'price_target',
          condition: 'above',
          value: 1,
          repeating: false,
        } as const;
        if (kind === 'put' && !book.update({ ...it, expiresAt })) book.add({ ...it, expiresAt });
        if (kind === 'put') times.set(id, expiresAt ?? Infinity);
        if (kind === 'remove') times.delete(id);
        if (kind === 'remove') book.remove(id);
        if (kind !== 'expire') continue;
        const now = (expiresAt ?? 0) / 4;
        book.expire(now, sink);
        const over = [...times].filter(([, time]) => time <= now).sort((a, b) => a[1] - b[1] || a[0] - b[0]);
        for (const [gone] of over) times.delete(gone);
        const [found, wanted] = [sink.takeCalls().join(), over.map(([gone]) => `${gone} expired`).join()];
        if (found !== wanted) throw new Error(`${found}, not ${wanted}`);
        if (book.size !== times.size) throw new Error(`${book.size} are left, not ${times.size}`);
      }
    }),
    { numRuns: 200 },
  );
  t.pass('200 random histories');
});

t.test('the same events fire the same, bit for bit', async (t) => {
  fc.assert(
    fc.property(fc.array(command, { minLength: 50, maxLength: 120, size: 'max' }), (commands) => {
      const [first, second] = [new AlertBook(), new AlertBook()].map((book) =>
        new Player(book).play(commands),
      );
      if (JSON.stringify(first) !== JSON.stringify(second)) throw new Error('two runs differ');
    }),
    { numRuns: 30 },
  );
  t.pass('30 random histories');
});

function sorted(alert: object): object {
  return Object.fromEntries(Object.entries(alert).sort(([a], [b]) => (a < b ? -1 : 1)));
}
