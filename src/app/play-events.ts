import type { Engine } from '../engine/engine.js';
import type { EngineSink } from '../engine/views.js';
import type { FeedEvent } from '../events.js';
import { mergeEvents } from '../feeds/file/merge-events.js';
import { MINUTE_MS } from '../timeframe.js';
import type { Pacer } from './pacer.js';

/** The progress is told of each so many moments. */
const MOMENTS_PER_STEP = 1_024;

/** What goes on beside the playing of events. */
export interface PlayPorts {
  readonly pacer: Pacer;
  /** Ends it, with the signal's reason. */
  readonly signal: AbortSignal;
  /** Gives what must be waited for before more is played: a file that is written does not keep up. */
  full(): Promise<unknown> | undefined;
  /** Told from time to time how far the recorded time is, ms, and how many events were played. */
  progress(moment: number, events: number): void;
  /** Takes an event to the engine. */
  process(event: FeedEvent): void;
}

/**
 * Plays the events of recorded symbols in the order of their time, each symbol live from the minute of its first event.
 *
 * @returns how many events there were
 */
export async function playEvents(
  streams: readonly AsyncIterable<readonly FeedEvent[]>[],
  engine: Engine,
  sink: EngineSink,
  ports: PlayPorts,
): Promise<number> {
  let events = 0;
  let moments = 0;
  const pause = (moment: number): Promise<unknown> | undefined => {
    ports.signal.throwIfAborted();
    const waiting = ports.full() ?? ports.pacer.until(moment);
    moments += 1;
    if (waiting !== undefined || moments % MOMENTS_PER_STEP === 0) ports.progress(moment, events);
    return waiting;
  };
  const take = (event: FeedEvent, moment: number): void => {
    events += 1;
    // Each stream begins with the feed's coming up, at the time of the first row.
    if (event.type === 'feed' && Number.isNaN(engine.openMinute(event.asset)))
      engine.goLive(event.asset, Math.floor(moment / MINUTE_MS) * MINUTE_MS, sink);
    ports.process(event);
  };
  await mergeEvents(streams, take, pause);
  return events;
}
