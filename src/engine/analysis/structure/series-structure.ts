import { BreakTracker } from './break-tracker.js';
import { BreakoutTracker } from './breakout-tracker.js';
import { InputRing } from './input-ring.js';
import { clusterSwings, keyLevels, type SwingCluster } from './level-map.js';
import type {
  Breakout,
  Divergence,
  KeyLevel,
  Structure,
  StructureBreak,
  StructureInput,
  StructureTrend,
  Swing,
  TrendLine,
} from './structure.js';
import { type Changed, SwingTracker } from './swing-tracker.js';
import { trendOf, trendStrengthOf } from './trend.js';
import { beyond, describeLine, drawLines, isStale, type LinePoint, valueAt } from './trend-lines.js';

/** A break that is longer ago, in candles, is no longer told of. */
const OLDEST_BREAK = 119;
const OLDEST_DIVERGENCE = 30;
const SIDES = ['support', 'resistance'] as const;

/** What was asked for since the newest candle. */
interface Asked {
  swings?: readonly Swing[];
  levels?: readonly KeyLevel[];
  lines?: readonly TrendLine[];
  divergences?: readonly Divergence[];
}

/**
 * The shape of one series. A candle is first held against what stood before it (swings, levels, lines), then it may
 * confirm a swing, and only then levels and lines are drawn anew: nothing is broken by what it helped to draw.
 */
export class SeriesStructure implements Structure {
  readonly #ring = new InputRing();
  readonly #swings = new SwingTracker();
  readonly #breaks = new BreakTracker();
  readonly #breakouts = new BreakoutTracker();
  #clusters: readonly SwingCluster[] = [];
  #lines: readonly LinePoint[] = [];
  #trend: StructureTrend = 'range';
  #trendStrength = trendStrengthOf([], 'range');
  #asked: Asked = {};

  get depth(): number {
    return this.#ring.count;
  }

  get trend(): StructureTrend {
    return this.#trend;
  }

  get trendStrength(): number {
    return this.#trendStrength;
  }

  /** Takes in the next closed candle. @throws RangeError if it does not follow the newest one */
  push(input: StructureInput): void {
    const ring = this.#ring;
    ring.push(input);
    this.#asked = {};
    this.#breaks.take(ring, this.#swings);
    this.#breakouts.take(ring, { levels: this.#clusters, lines: this.#lines });
    this.#dropLines();
    const changed = this.#swings.take(ring);
    if (changed !== 'none') this.#redraw(changed);
  }

  swings(): readonly Swing[] {
    this.#asked.swings ??= this.#swings.points
      .map(({ kind, time, price, number }) => ({ kind, time, price, back: this.#newest - number }))
      .reverse();
    return this.#asked.swings;
  }

  get lastBreak(): StructureBreak | null {
    const found = this.#breaks.newest;
    if (found === null || this.#newest - found.number > OLDEST_BREAK) return null;
    const { kind, direction, level, time, number } = found;
    return { kind, direction, level, time, back: this.#newest - number };
  }

  levels(): readonly KeyLevel[] {
    this.#asked.levels ??= keyLevels(this.#clusters, this.#newest, this.#ring.close(this.#newest));
    return this.#asked.levels;
  }

  lines(): readonly TrendLine[] {
    this.#asked.lines ??= this.#lines
      .filter((line) => valueAt(line, this.#newest) > 0)
      .map((line) => describeLine(line, this.#newest))
      .sort((a, b) => b.strength - a.strength);
    return this.#asked.lines;
  }

  breakout(): Breakout | null {
    return this.#breakouts.at(this.#newest);
  }

  divergences(): readonly Divergence[] {
    this.#asked.divergences ??= this.#newestDivergences();
    return this.#asked.divergences;
  }

  /** Signals ask at many closes, so older swings are not even looked at. */
  #newestDivergences(): readonly Divergence[] {
    const { points } = this.#swings;
    const found: Divergence[] = [];
    for (let n = points.length - 1; n >= 0; n--) {
      const point = points[n];
      const back = this.#newest - (point?.number ?? Number.NaN);
      if (point === undefined || back > OLDEST_DIVERGENCE) break;
      for (const each of point.divergences.toReversed()) found.push({ ...each, time: point.time, back });
    }
    return found;
  }

  /** Number of the newest candle. */
  get #newest(): number {
    return this.#ring.count - 1;
  }

  #redraw(changed: Changed): void {
    const ring = this.#ring;
    const newest = this.#newest;
    const { points, byPrice } = this.#swings;
    this.#trend = trendOf(points);
    this.#trendStrength = trendStrengthOf(points, this.#trend);
    this.#clusters = clusterSwings(byPrice, newest, ring.atr(newest) / ring.close(newest));
    const isDrawn = (side: TrendLine['side']) =>
      changed === 'both' || (changed === 'high') === (side === 'resistance');
    this.#lines = SIDES.flatMap((side) =>
      isDrawn(side) ? drawLines(ring, points, side) : this.#lines.filter((line) => line.side === side),
    );
  }

  #dropLines(): void {
    for (const line of this.#lines) {
      if (!this.#isOver(line)) continue;
      this.#lines = this.#lines.filter((each) => !this.#isOver(each));
      return;
    }
  }

  #isOver(line: LinePoint): boolean {
    const newest = this.#newest;
    return isStale(line, newest) || beyond(line, newest, this.#ring.close(newest)) > line.tolerance;
  }
}
