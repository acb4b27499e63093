import { z } from 'zod';
import { GAP_CAUSES } from '../events.js';
import { textOrNull, time } from './fields.js';

/** How a part of the server, or all of it, stands. */
export const PART_STATES = ['ok', 'degraded', 'down'] as const;

export const partState = z.enum(PART_STATES);
const score = z.number().min(0).max(1).describe('0–1; 1: nothing is wrong');

/** Figures of a part by name, the unit last in the name; null: not known, or not so far. */
const figures = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]));

/** One part of the server. */
export const partStatus = z.object({
  name: z.string().describe('such as engine, database, feed:binance, source:macro'),
  state: partState,
  score,
  reason: textOrNull.describe('what is wrong; null: nothing'),
  since: time.describe('since when the state is what it is, ms'),
  figures,
});

/** How the server stands at one moment: the snapshot of `system-status`. */
export const systemStatus = z.object({
  time: time.describe('when it was looked, ms'),
  state: partState,
  score,
  reason: textOrNull.describe('what is wrong with the parts that count most; null: nothing'),
  since: time.describe('since when the state is what it is, ms'),
  simulated: z.boolean(),
  uptime_seconds: z.number(),
  parts: z.array(partStatus),
});

const eventId = z.string().describe('names the event: it is the same if the event comes twice');

/** A part has changed its state: an event of `system-status`. `server` is the whole. */
export const stateEvent = z.object({
  id: eventId,
  event: z.literal('state'),
  part: z.string(),
  from: partState,
  to: partState,
  reason: textOrNull,
  score: score.describe('of the whole server, 0–1'),
  time,
});

/** A gap in what a feed received was noticed, or ended: an event of `system-status`. */
export const gapEvent = z.object({
  id: eventId,
  event: z.literal('gap'),
  part: z.string().describe('the feed, such as feed:binance'),
  symbol: z.string(),
  state: z
    .enum(['opened', 'repaired', 'unrepaired'])
    .describe('unrepaired: history had nothing about a minute in which trades were seen'),
  cause: z.enum(GAP_CAUSES),
  from: time.describe("begin of the gap by the exchange's time, ms"),
  to: time.describe('its end, exclusive'),
  time: time.describe('by our clock, ms'),
});

/** Events are not told because too many came while the database was away. */
export const lostEvent = z.object({
  id: eventId,
  event: z.literal('lost'),
  count: z.int().min(1).describe('events that were given up, the oldest first'),
  time,
});

/** Every event of `system-status`. */
export const statusEvent = z.discriminatedUnion('event', [stateEvent, gapEvent, lostEvent]);

export type PartState = (typeof PART_STATES)[number];
export type PartStatus = Readonly<z.output<typeof partStatus>>;
export type StatusMap = Readonly<z.output<typeof systemStatus>>;
export type StatusEvent = z.output<typeof statusEvent>;
