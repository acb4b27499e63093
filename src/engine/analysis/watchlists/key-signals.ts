import type { Frame } from '../frame.js';
import { fourDecimals } from '../statistics.js';
import type { AssetScore } from './score.js';
import type { ActiveSignals } from './signal-reader.js';

/** A volume of so many means of the 20 candles before is a spike. */
const SPIKE = 2;
const MEAN_CANDLES = 20;
/** A breakout is told of for so many candles. */
const FRESH_BREAKOUT = 3;

/**
 * Gives what is to be known of an asset beside its score: `momentum` (the component), `volume_spike` (twice the mean of
 * the 20 candles before), `breakout` (in the newest 4 closed candles, not failed) with its direction, and the ids of its
 * signals. What is not known is null; `missing` says why.
 */
export function keySignals(
  frame: Frame,
  score: AssetScore,
  signals: ActiveSignals,
): Readonly<Record<string, unknown>> {
  const momentum = score.components.momentum?.value ?? null;
  const volume = score.price === null ? Number.NaN : volumeRatio(frame, score.asset);
  const structure = score.price === null ? null : frame.structures.of(score.asset, frame.timeframe);
  const found = structure?.breakout() ?? null;
  const breakout = found !== null && !found.hasFailed && found.back <= FRESH_BREAKOUT ? found : null;
  const late = score.missing.score ?? 'it has no score';
  return {
    momentum: momentum === null ? null : fourDecimals(momentum),
    volume_spike: Number.isNaN(volume) ? null : volume >= SPIKE,
    breakout: structure === null ? null : breakout !== null,
    ...(breakout === null ? {} : { breakout_direction: breakout.direction, breakout_level: breakout.level }),
    active_signals: signals.activeOf(score.asset).flatMap(({ id }) => (id === null ? [] : [id])),
    missing: {
      ...(momentum === null ? { momentum: score.missing.momentum ?? late } : {}),
      ...(Number.isNaN(volume)
        ? {
            volume_spike:
              score.price === null ? late : `nothing was traded, or not ${MEAN_CANDLES + 1} candles are kept`,
          }
        : {}),
      ...(structure === null ? { breakout: score.price === null ? late : 'its structure is not kept' } : {}),
    },
  };
}

/** Volume of the newest candle against the mean of the 20 before it; NaN: not known. */
function volumeRatio({ series, timeframe }: Frame, asset: number): number {
  let sum = 0;
  for (let back = 1; back <= MEAN_CANDLES; back++) sum += series.volume(asset, timeframe, back);
  return sum > 0 ? (series.volume(asset, timeframe, 0) * MEAN_CANDLES) / sum : Number.NaN;
}
