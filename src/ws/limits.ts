import { isLoopback, networkOf } from '../network-address.js';
import { AddressBudgets } from './address-budgets.js';
import { TokenBucket } from './token-bucket.js';

/** What one connection, one address, and all together, may use. */
export interface GatewayLimits {
  /** Size of one message from a client, and of a request's body; a larger message closes with 1009. Default 65,536. */
  readonly maxFrameBytes: number;
  /** Channels per connection. Default 1,000. */
  readonly maxSubscriptions: number;
  /** Messages, pings included, per second per connection, twice that in a burst. Default 50. */
  readonly maxMessagesPerSecond: number;
  /** Bytes of messages per second per connection, four times that, and two messages, in a burst. Default 262,144. */
  readonly maxBytesPerSecond: number;
  /** Queries of one connection that wait for their answer. Default 32. */
  readonly maxPendingQueries: number;
  /** Connections in all. Default 10,000. */
  readonly maxConnections: number;
  /** Connections from one address; loopback is not counted, here and in the next two. Default 100. */
  readonly maxConnectionsPerAddress: number;
  /** New connections per second from one address, ten times that in a burst. Default 10. */
  readonly maxNewConnectionsPerSecond: number;
  /** HTTP requests per second from one address, twice that in a burst. Default 50. */
  readonly maxRequestsPerSecond: number;
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
  maxBytesPerSecond: 262_144,
  maxPendingQueries: 32,
  maxConnections: 10_000,
  maxConnectionsPerAddress: 100,
  maxNewConnectionsPerSecond: 10,
  maxRequestsPerSecond: 50,
  highMarkBytes: 131_072,
  maxQueuedBytes: 8 * 1024 * 1024,
  maxHeldLossless: 1_000,
  idleTimeoutMs: 60_000,
};

/** Bad messages in a row that close a connection. */
export const MAX_BAD_MESSAGES = 10;

const BURST_SECONDS = 2;
const BYTES_BURST_SECONDS = 4;
const CONNECTIONS_BURST_SECONDS = 10;
/** Seconds in which a connection may change all the subscriptions that it may have. */
const RESUBSCRIBE_SECONDS = 5;
/** A connection that may have few subscriptions may change them often. */
const MIN_CHANNELS = 100;

/** What of a message was too much. */
export type Excess = 'messages' | 'bytes';

/** Says of each message of a connection whether it may pass. */
export class MessageLimiter {
  private readonly messages: TokenBucket;
  private readonly bytes: TokenBucket;
  private readonly bytesBurst: number;
  private readonly channels: TokenBucket;
  private refused = 0;
  /** Of the newest message that was refused. */
  excess: Excess = 'messages';

  /** @param now ms, here and below */
  constructor(
    private readonly limits: Pick<
      GatewayLimits,
      'maxMessagesPerSecond' | 'maxBytesPerSecond' | 'maxFrameBytes' | 'maxSubscriptions'
    >,
    now: number,
  ) {
    const { maxMessagesPerSecond, maxBytesPerSecond, maxFrameBytes, maxSubscriptions } = limits;
    this.messages = new TokenBucket(maxMessagesPerSecond, maxMessagesPerSecond * BURST_SECONDS, now);
    this.bytesBurst = Math.max(maxBytesPerSecond * BYTES_BURST_SECONDS, maxFrameBytes * 2);
    this.bytes = new TokenBucket(maxBytesPerSecond, this.bytesBurst, now);
    const channels = Math.max(maxSubscriptions, MIN_CHANNELS);
    this.channels = new TokenBucket(channels / RESUBSCRIBE_SECONDS, channels * 2, now);
  }

  /**
   * `refused`: too much, tell the client. `flood`: it went on, with as many refused as fit in a burst before it
   * ever rested long enough to regain half of one.
   */
  take(now: number, byteLength: number): 'pass' | 'refused' | 'flood' {
    const { maxMessagesPerSecond } = this.limits;
    const isRested =
      this.messages.left(now) >= maxMessagesPerSecond && this.bytes.left(now) >= this.bytesBurst / 2;
    if (isRested) this.refused = 0;
    const isRight = this.messages.take(1, now);
    if (isRight && this.bytes.take(byteLength, now)) return 'pass';
    this.excess = isRight ? 'bytes' : 'messages';
    this.refused += 1;
    return this.refused > maxMessagesPerSecond * BURST_SECONDS ? 'flood' : 'refused';
  }

  /** Says whether so many channels may be subscribed to now; each costs a snapshot, however often it is asked for. */
  takeChannels(count: number, now: number): boolean {
    return this.channels.take(count, now);
  }
}

/** Counts open connections in all and per address, and how fast new ones and requests come from each address. */
export class ConnectionLimiter {
  private total = 0;
  private readonly perAddress = new Map<string, number>();
  private readonly opened: AddressBudgets;
  private readonly requests: AddressBudgets;

  constructor(
    private readonly limits: Pick<
      GatewayLimits,
      'maxConnections' | 'maxConnectionsPerAddress' | 'maxNewConnectionsPerSecond' | 'maxRequestsPerSecond'
    >,
  ) {
    const { maxNewConnectionsPerSecond, maxRequestsPerSecond } = limits;
    this.opened = new AddressBudgets(maxNewConnectionsPerSecond, CONNECTIONS_BURST_SECONDS);
    this.requests = new AddressBudgets(maxRequestsPerSecond, BURST_SECONDS);
  }

  /** Says whether an address may open one more connection now, as far as its pace goes. */
  mayOpen(address: string, now: number): boolean {
    return this.opened.take(address, now);
  }

  /** Says whether an address may ask one more HTTP request now. */
  mayAsk(address: string, now: number): boolean {
    return this.requests.take(address, now);
  }

  /** Counts one more; gives null, or in words which limit is passed. Call `remove` in either case. */
  add(address: string): string | null {
    this.total += 1;
    const network = networkOf(address);
    const here = (this.perAddress.get(network) ?? 0) + 1;
    this.perAddress.set(network, here);
    if (this.total > this.limits.maxConnections) return 'the server has too many connections';
    if (here > this.limits.maxConnectionsPerAddress && !isLoopback(address)) {
      return 'too many connections from this address';
    }
    return null;
  }

  remove(address: string): void {
    this.total -= 1;
    const network = networkOf(address);
    const here = (this.perAddress.get(network) ?? 1) - 1;
    if (here === 0) this.perAddress.delete(network);
    else this.perAddress.set(network, here);
  }
}
