import type { StructureInput, Swing } from '../../../../src/engine/analysis/structure/structure.js';

/** Swings of a whole series at once, plainly: all pivots first, then the zigzag through them. Newest first. */
export function batchSwings(inputs: readonly StructureInput[]): readonly Swing[] {
  const pivots: { kind: 'high' | 'low'; number: number; price: number; atr: number }[] = [];
  for (let i = 3; i + 3 < inputs.length; i++) {
    const candle = inputs[i] as StructureInput;
    const [left, right] = [inputs.slice(i - 3, i), inputs.slice(i + 1, i + 4)];
    const isHigh =
      candle.high > Math.max(...left.map(({ high }) => high)) &&
      candle.high >= Math.max(...right.map(({ high }) => high));
    const isLow =
      candle.low < Math.min(...left.map(({ low }) => low)) &&
      candle.low <= Math.min(...right.map(({ low }) => low));
    const found = [
      ...(isLow ? [{ kind: 'low' as const, number: i, price: candle.low, atr: candle.atr }] : []),
      ...(isHigh ? [{ kind: 'high' as const, number: i, price: candle.high, atr: candle.atr }] : []),
    ];
    pivots.push(...(candle.close >= candle.open ? found : found.reverse()));
  }
  const zigzag: typeof pivots = [];
  for (const pivot of pivots.filter(({ atr }) => atr > 0)) {
    const last = zigzag.at(-1);
    if (last === undefined) zigzag.push(pivot);
    else if (last.kind !== pivot.kind) {
      const leg = pivot.kind === 'high' ? pivot.price - last.price : last.price - pivot.price;
      if (leg >= pivot.atr) zigzag.push(pivot);
    } else if (pivot.kind === 'high' ? pivot.price > last.price : pivot.price < last.price) {
      zigzag.splice(-1, 1, pivot);
    }
  }
  return zigzag
    .slice(-60)
    .reverse()
    .map(({ kind, number, price }) => ({
      kind,
      time: (inputs[number] as StructureInput).time,
      price,
      back: inputs.length - 1 - number,
    }));
}
