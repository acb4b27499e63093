import { Random, seedOf, textKey } from '../random.js';

/** Gives a number that a seed, a name and a whole number stand for: nearly normal, mean 0, deviation 1. */
export function noise(seed: number, name: string, index: number): number {
  return new Random(seedOf(seed, textKey(name), index)).normal();
}

/** Gives the same between whole numbers, on the straight line from one to the next. */
export function smoothNoise(seed: number, name: string, at: number): number {
  const index = Math.floor(at);
  const part = at - index;
  return noise(seed, name, index) * (1 - part) + noise(seed, name, index + 1) * part;
}
