import type {
  Alert,
  AlertCandle,
  AlertInput,
  AlertSink,
  Firing,
} from '../../../src/engine/alerts/alert-book.js';
import { MINUTE_MS } from '../../../src/timeframe.js';

interface Held {
  readonly alert: Alert;
  readonly putIn: number;
  readonly revision: number;
}

interface Seen {
  readonly minute: number;
  readonly isTrade: boolean;
  readonly low: number;
  readonly high: number;
  readonly last: number;
}

interface Market {
  last: number;
  time: number;
  /** Everything seen, in order; the first is what was placed. */
  readonly seen: Seen[];
}

/**
 * An alert book that reads every alert on every step and remembers all prices: the rules of `AlertBook` written down
 * as plainly as possible. Prices and volumes of one timeframe.
 */
export class PlainBook {
  #held: Held[] = [];
  #revision = 0;
  readonly #markets = new Map<number, Market>();

  get alerts(): readonly Alert[] {
    return this.#held.map(({ alert }) => alert).sort((a, b) => a.id - b.id);
  }

  add(input: AlertInput): void {
    this.#hold(input, undefined);
  }

  update(input: AlertInput): boolean {
    const before = this.#held.find(({ alert }) => alert.id === input.id);
    if (before === undefined) return false;
    this.remove(input.id);
    this.#hold(input, before.alert);
    return true;
  }

  remove(id: number): boolean {
    const before = this.#held.length;
    this.#held = this.#held.filter(({ alert }) => alert.id !== id);
    return this.#held.length < before;
  }

  price(asset: number, price: number, time: number, sink: AlertSink): void {
    const minute = Math.floor(time / MINUTE_MS) * MINUTE_MS;
    const seen = { minute, isTrade: true, low: price, high: price, last: price };
    const market = this.#markets.get(asset);
    if (market === undefined) {
      this.#place(asset, { last: price, time, seen: [{ ...seen, low: 0, high: Infinity }] });
      return;
    }
    if (time < market.time) return;
    const from = market.last;
    market.last = price;
    market.time = time;
    market.seen.push(seen);
    this.#step(asset, from, price, 'trade', time, Infinity, this.#revision, sink);
  }

  range(asset: number, candle: AlertCandle, sink: AlertSink): void {
    const { time: minute, low, high, close } = candle;
    const end = minute + MINUTE_MS - 1;
    const time = candle.closed ? end : Math.min(Math.max(candle.exchangeTime, minute), end);
    const seen = { minute, isTrade: false, low, high, last: close };
    const market = this.#markets.get(asset);
    if (market === undefined) {
      this.#place(asset, { last: close, time, seen: [seen] });
      return;
    }
    const revision = this.#revision;
    const from = market.last;
    const isLate = time < market.time;
    const ofMinute = market.seen.filter((it) => it.minute === minute);
    const ways: [number, number, number][] = [];
    if (!isLate && ofMinute.every((it) => !it.isTrade)) {
      const isNewLow = ofMinute.every((it) => low < it.low);
      const isNewHigh = ofMinute.every((it) => high > it.high);
      const extremes =
        close >= from ? [isNewLow && low, isNewHigh && high] : [isNewHigh && high, isNewLow && low];
      const points = [from, ...extremes.filter((it) => it !== false), close];
      for (let i = 1; i < points.length; i++) ways.push([points[i - 1] ?? 0, points[i] ?? 0, Infinity]);
    } else {
      const hull = market.seen.filter((it) => it.minute >= minute).flatMap((it) => [it.low, it.high]);
      const earlier = market.seen.filter((it) => it.minute < minute);
      const newest = Math.max(...earlier.map((it) => it.minute));
      const before = earlier.findLast((it) => it.minute === newest);
      if (before !== undefined) {
        const lowest = Math.min(before.last, ...hull);
        const highest = Math.max(before.last, ...hull);
        if (low < lowest) ways.push([lowest, low, minute], [low, lowest, minute]);
        if (high > highest) ways.push([highest, high, minute], [high, highest, minute]);
      }
      if (!isLate) ways.push([from, close, Infinity]);
    }
    if (!isLate) {
      market.last = close;
      market.time = time;
    }
    // A late state of the minute that is still current does not end it.
    const isCurrent = minute === Math.floor(market.time / MINUTE_MS) * MINUTE_MS;
    market.seen.push(isLate && isCurrent ? { ...seen, last: from } : seen);
    for (const [a, b, putInBy] of ways) this.#step(asset, a, b, 'candle', time, putInBy, revision, sink);
  }

  expire(now: number, sink: AlertSink): void {
    const isOver = ({ alert }: Held): boolean => alert.expiresAt !== null && alert.expiresAt <= now;
    const over = this.#held.filter(isOver).map(({ alert }) => alert);
    this.#held = this.#held.filter((it) => !isOver(it));
    over.sort((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0) || a.id - b.id);
    for (const alert of over) sink.expired(alert);
  }

  removeAsset(asset: number): void {
    this.#held = this.#held.filter(({ alert }) => alert.asset !== asset);
    this.#markets.delete(asset);
  }

  #hold(input: AlertInput, before: Alert | undefined): void {
    const market = this.#markets.get(input.asset);
    const isRelative = input.condition === 'percentage_change';
    const wasRelative = before?.condition === 'percentage_change' && before.asset === input.asset;
    let reference = input.reference ?? market?.last ?? null;
    if (input.reference === undefined && wasRelative) reference = before.reference ?? reference;
    const alert = { ...input, timeframe: null, reference: isRelative ? reference : null };
    this.#revision += 1;
    this.#held.push({ alert, putIn: market?.time ?? -Infinity, revision: this.#revision });
  }

  #place(asset: number, market: Market): void {
    this.#markets.set(asset, market);
    this.#held = this.#held.map((it) => {
      const { alert } = it;
      const waits =
        alert.asset === asset && alert.condition === 'percentage_change' && alert.reference === null;
      return waits ? { ...it, alert: { ...alert, reference: market.last } } : it;
    });
  }

  #step(
    asset: number,
    from: number,
    to: number,
    cause: Firing['cause'],
    time: number,
    putInBy: number,
    revision: number,
    sink: AlertSink,
  ): void {
    const reached = this.#held
      .filter((it) => it.alert.asset === asset)
      .flatMap(({ alert }) => levelsOf(alert, from, to).map((level) => ({ level, id: alert.id })))
      .sort((a, b) => Math.abs(a.level - from) - Math.abs(b.level - from) || a.id - b.id);
    for (const { level, id } of reached) {
      const held = this.#held.find(({ alert }) => alert.id === id);
      if (held === undefined || held.revision > revision || held.putIn > putInBy) continue;
      const { alert } = held;
      if (alert.expiresAt !== null && alert.expiresAt <= time) {
        this.remove(id);
        sink.expired(alert);
        continue;
      }
      const last = this.#markets.get(asset)?.last ?? null;
      const nextReference = alert.repeating && alert.condition === 'percentage_change' ? last : null;
      if (!alert.repeating) this.remove(id);
      else if (nextReference !== null) {
        this.#held = this.#held.map((it) =>
          it === held ? { ...it, alert: { ...alert, reference: nextReference } } : it,
        );
      }
      const direction = to > from ? 'up' : 'down';
      sink.fired(alert, {
        cause,
        time,
        value: to,
        threshold: level,
        previous: from,
        direction,
        nextReference,
      });
    }
  }
}

/** Gives the levels of an alert that fire on the way. */
function levelsOf(alert: Alert, from: number, to: number): readonly number[] {
  const { condition, value, reference } = alert;
  const rises = (level: number): boolean => from < level && level <= to;
  const falls = (level: number): boolean => from > level && level >= to;
  if (condition === 'above') return [value].filter(rises);
  if (condition === 'below') return [value].filter(falls);
  if (condition === 'equals') return [value].filter((level) => rises(level) || falls(level));
  if (reference === null) return [];
  const upper = Number(((reference * (100 + value)) / 100).toPrecision(15));
  const lower = Number(((reference * (100 - value)) / 100).toPrecision(15));
  return [...[upper].filter(rises), ...[lower].filter(falls)];
}
