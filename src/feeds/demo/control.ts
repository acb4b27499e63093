import { z } from 'zod';

const share = z.number().min(0).max(1);
const seconds = z.number().positive().max(86_400);

/** Commands that change the playback or switch a fault on, by `action`. Seconds and ms are of real time. */
export const controlSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('play'), speed: z.number().positive().max(1e9).optional() }),
  z.strictObject({ action: z.literal('pause') }),
  z.strictObject({
    action: z.literal('drop'),
    count: z.int().positive().optional(),
    refuseSeconds: seconds.optional(),
  }),
  z.strictObject({ action: z.literal('stall'), seconds, deliver: z.enum(['never', 'late']).optional() }),
  z.strictObject({ action: z.literal('duplicate'), share }),
  z.strictObject({ action: z.literal('reorder'), share, window: z.int().min(1).max(1_000).optional() }),
  z.strictObject({ action: z.literal('skip'), share }),
  z.strictObject({ action: z.literal('malformed'), frames: z.int().positive() }),
  z.strictObject({
    action: z.literal('http'),
    status: z.int().min(400).max(599),
    count: z.int().positive().optional(),
    seconds: seconds.optional(),
    retryAfter: z.int().min(0).optional(),
  }),
  z.strictObject({ action: z.literal('slow'), ms: z.int().min(0).max(600_000) }),
  z.strictObject({ action: z.literal('delist'), symbol: z.string() }),
  z.strictObject({ action: z.literal('burst'), hold: z.boolean() }),
  z.strictObject({ action: z.literal('clear') }),
]);
export type ControlCommand = z.infer<typeof controlSchema>;

/** What `GET /control` says of each action; also the manual of this module. */
export const CONTROL_HELP: Readonly<Record<ControlCommand['action'], string>> = {
  play: '{speed?}: goes on, at so many market ms per real ms',
  pause: '{}: market time stands still; REST goes on answering',
  drop: '{count?, refuseSeconds?}: cuts all (or the oldest so many) connections; refuses new ones for a time',
  stall:
    '{seconds, deliver?: "never"|"late"}: sockets stay open, pings are answered, no data; it is lost or comes later',
  duplicate: '{share}: this share of trades is sent twice',
  reorder: '{share, window?}: this share of trades is overtaken by up to `window` (3) later ones of its pair',
  skip: '{share}: this share of trades is never sent; klines and REST know them',
  malformed: '{frames}: of the next so many stream frames only the first half of the text is sent',
  http: '{status, count?, seconds?, retryAfter?}: the next requests are refused; one request if no limit is given',
  slow: '{ms}: every REST answer waits so long',
  delist:
    '{symbol}: "BTC/USDT" or "BTCUSDT" vanishes from exchangeInfo, REST says -1121, its streams fall silent',
  burst:
    '{hold}: true keeps all stream frames back; false sends them, each client all of its own in one TCP write',
  clear: '{}: switches all faults off; what was held back is sent',
};

/**
 * Reads a command.
 *
 * @throws RangeError that says what is wrong and which actions there are
 */
export function parseControl(value: unknown): ControlCommand {
  const parsed = controlSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'command'}: ${message}`,
  );
  throw new RangeError(`${problems.join('; ')}. Actions: ${Object.keys(CONTROL_HELP).join(', ')}`);
}
