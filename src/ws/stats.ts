/** Counters of a gateway since its start; plain numbers, so that counting costs nothing. */
export class GatewayStats {
  /** Open now. */
  connections = 0;
  /** Subscriptions now. */
  subscriptions = 0;
  connectionsTotal = 0;
  messagesIn = 0;
  bytesIn = 0;
  messagesOut = 0;
  /** Payload bytes; frame headers not counted. */
  bytesOut = 0;
  /** Updates replaced by newer ones for slow clients, and trades beyond the newest 100 of a list. */
  skipped = 0;
  /** Publications that were encoded, once per form and rate that someone uses. */
  encodes = 0;
  /** Publications that did not follow their predecessor: sent as a fresh snapshot. */
  gaps = 0;
  /** Subscribers who lacked an event whose loss nothing had told of: read from the database. */
  unnoticedLosses = 0;
  /** Closed connections by close code. */
  readonly closes = new Map<number, number>();
  /** Error replies by op and code, `subscribe unknown_channel`; op `-` where the message had none. */
  readonly errors = new Map<string, number>();
}

/** Adds one to a counter in a map. */
export function count<K>(map: Map<K, number>, key: K): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
