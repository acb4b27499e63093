import type { Analysis } from '../engine/analysis/analysis.js';
import type { FeedEvent } from '../events.js';

/** Tells the analyses the price that an event brings, once the engine has accepted it. On the tick path. */
export function tellPrice(analysis: Analysis, event: FeedEvent): void {
  if (event.type === 'trade') analysis.ticked(event.asset, event.price, event.time);
  else if (event.type === 'candle') analysis.ranged(event.asset, event, event.exchangeTime, event.closed);
}
