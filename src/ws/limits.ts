/** What one connection, and all together, may use. */
export interface GatewayLimits {
  /** Size of one message from a client; a larger one closes with 1009. Default 65,536. */
  readonly maxFrameBytes: number;
  /** Channels per connection. Default 1,000. */
  readonly maxSubscriptions: number;
  /** Messages per second per connection, twice that in a burst. Default 50. */
  readonly maxMessagesPerSecond: number;
  /** Queries of one connection that wait for their answer. Default 32. */
  readonly maxPendingQueries: number;
  /** Connections in all. Default 10,000. */
  readonly maxConnections: number;
  /** Connections from one address; loopback is not counted. Default 100. */
  readonly maxConnectionsPerAddress: number;
  /** Bytes that wait for a client above which only its newest state per channel is kept. Default 131,072. */
  readonly highMarkBytes: number;
  /** Bytes that wait for a client above which it is closed with 4408. Default 8 MiB. */
  readonly maxQueuedBytes: number;
  /** Closed candles that wait for a slow client above which it is closed with 4408. Default 1,000. */
  readonly maxHeldLossless: number;
  /** A peer that neither sends nor answers pings for so long is cut. Default 60,000. */
  readonly idleTimeoutMs: number;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  maxFrameBytes: 65_536,
  maxSubscriptions: 1_000,
  maxMessagesPerSecond: 50,
  maxPendingQueries: 32,
  maxConnections: 10_000,
  maxConnectionsPerAddress: 100,
  highMarkBytes: 131_072,
  maxQueuedBytes: 8 * 1024 * 1024,
  maxHeldLossless: 1_000,
  idleTimeoutMs: 60_000,
};

/** Bad messages in a row that close a connection. */
export const MAX_BAD_MESSAGES = 10;

/** Says of each message of a connection whether it may pass. */
export class MessageLimiter {
  private readonly burst: number;
  private tokens: number;
  private refused = 0;

  /** `perSecond` messages a second in the long run, twice that at once; `now` in ms. */
  constructor(
    private readonly perSecond: number,
    private last: number,
  ) {
    this.burst = perSecond * 2;
    this.tokens = this.burst;
  }

  /**
   * `refused`: too many, tell the client. `flood`: it went on, with as many refused as fit in a burst before it
   * ever rested long enough to regain half of one.
   */
  take(now: number): 'pass' | 'refused' | 'flood' {
    this.tokens = Math.min(this.burst, this.tokens + (Math.max(0, now - this.last) * this.perSecond) / 1_000);
    this.last = now;
    if (this.tokens >= this.perSecond) this.refused = 0;
    if (this.tokens >= 1) {
      this.tokens -= 1;
      return 'pass';
    }
    this.refused += 1;
    return this.refused > this.burst ? 'flood' : 'refused';
  }
}

/** Counts open connections in all and per address. */
export class ConnectionLimiter {
  private total = 0;
  private readonly perAddress = new Map<string, number>();

  constructor(private readonly limits: Pick<GatewayLimits, 'maxConnections' | 'maxConnectionsPerAddress'>) {}

  /** Counts one more; gives null, or in words which limit is passed. Call `remove` in either case. */
  add(address: string): string | null {
    this.total += 1;
    const here = (this.perAddress.get(address) ?? 0) + 1;
    this.perAddress.set(address, here);
    if (this.total > this.limits.maxConnections) return 'the server has too many connections';
    if (here > this.limits.maxConnectionsPerAddress && !isLoopback(address)) {
      return 'too many connections from this address';
    }
    return null;
  }

  remove(address: string): void {
    this.total -= 1;
    const here = (this.perAddress.get(address) ?? 1) - 1;
    if (here === 0) this.perAddress.delete(address);
    else this.perAddress.set(address, here);
  }
}

/** Both drivers' ways of writing loopback, IPv4 in IPv6 included. */
function isLoopback(address: string): boolean {
  return (
    /^(::ffff:)?127\./.test(address) ||
    address === '::1' ||
    address === '0000:0000:0000:0000:0000:0000:0000:0001' ||
    /^0000:0000:0000:0000:0000:ffff:7f/.test(address)
  );
}
