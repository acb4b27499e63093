import type { IndicatorInput } from '../src/engine/indicators/indicator-series.js';

const MINUTE_MS = 60_000;

/** A market that is made up, the same in every run. */
export interface Market {
  readonly name: string;
  /** Of the soak's candles, which part it takes. */
  readonly share: number;
  /** Gives the candle `index`; called once for each, in order. */
  readonly create: () => (index: number) => IndicatorInput;
}

/** Numbers from 0 up to 1: mulberry32, public domain. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Shape {
  readonly start: number;
  /** Natural logarithm of the largest move of candle `index`, up or down. */
  move(index: number): number;
  /** Largest shadow, a share of the price. */
  shadow(index: number): number;
  volume(index: number, random: number): number;
  /** Factor at candle `index` beside the walk; 1: none. */
  jump?(index: number, random: number): number;
}

function walk(shape: Shape): () => (index: number) => IndicatorInput {
  return () => {
    const random = randomNumbers(12_345);
    let close = shape.start;
    return (index) => {
      const open = close;
      const move = (random() - 0.5) * 2 * shape.move(index);
      // Pulled back to where it began, so that ten million steps stay within doubles.
      const pull = move === 0 ? 0 : -0.0001 * Math.log(close / shape.start);
      close = move === 0 ? close : close * Math.exp(move + pull);
      close *= shape.jump?.(index, random()) ?? 1;
      const shadow = shape.shadow(index);
      return {
        time: index * MINUTE_MS,
        open,
        high: Math.max(open, close) * (1 + shadow * random()),
        low: Math.min(open, close) / (1 + shadow * random()),
        close,
        volume: shape.volume(index, random()),
      };
    };
  };
}

function isWild(index: number): boolean {
  return Math.floor(index / 5_000) % 2 === 1;
}

/** Calm and wild by turns, a constant price, no volume, a coin of 1e-8, and jumps of a million there and back. */
export const MARKETS: readonly Market[] = [
  {
    name: 'calm and wild by turns',
    share: 1,
    create: walk({
      start: 60_000,
      move: (index) => (isWild(index) ? 0.2 : 1e-7),
      shadow: (index) => (isWild(index) ? 0.05 : 1e-7),
      volume: (index, random) => random * (isWild(index) ? 1e6 : 1),
    }),
  },
  {
    name: 'constant, then a step',
    share: 0.02,
    create: walk({
      start: 0.1,
      move: () => 0,
      shadow: () => 0,
      volume: (index) => (index % 3_000 < 1_000 ? 0 : 3.3),
      // Up and down in turn, so that the newest pivots lie within what is computed anew.
      jump: (index) => (index % 2_000 === 999 ? 1.1 : index % 2_000 === 1_999 ? 1 / 1.1 : 1),
    }),
  },
  {
    name: 'no volume',
    share: 0.02,
    create: walk({ start: 1_234.5, move: () => 0.003, shadow: () => 0.001, volume: () => 0 }),
  },
  {
    name: 'a price of 1e-8',
    share: 0.02,
    create: walk({
      start: 1e-8,
      move: (index) => (isWild(index) ? 0.1 : 1e-6),
      shadow: () => 1e-4,
      volume: (_, random) => random * 1e12,
    }),
  },
  {
    name: 'jumps of a million there and back',
    share: 0.02,
    create: walk({
      start: 5,
      move: () => 0.01,
      shadow: () => 0.01,
      volume: (_, random) => (random < 0.5 ? 0 : random * 1e9),
      jump: (index) => (index % 4_000 === 1_999 ? 1e6 : index % 4_000 === 3_999 ? 1e-6 : 1),
    }),
  },
];
