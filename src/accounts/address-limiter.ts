import { isIPv6 } from 'node:net';
import { RequestError } from '../errors.js';

export interface AddressLimiterOptions {
  /** Points that an address regains in a minute. */
  readonly perMinute: number;
  /** Points that it has at most. Default as many. */
  readonly burst?: number;
  /** Addresses remembered at most. Default 50,000. */
  readonly maxAddresses?: number;
  /** ms; default a clock that never goes back. */
  readonly now?: () => number;
}

/** What is regained is a sum of fractions. */
const ROUNDING = 1e-9;

interface Bucket {
  points: number;
  at: number;
}

/** Gives each client address, or whatever else is named, so many attempts; decided before anything costly is done. */
export class AddressLimiter {
  readonly #perMs: number;
  readonly #most: number;
  readonly #maxAddresses: number;
  readonly #now: () => number;
  /** The one that was used longest ago first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor({
    perMinute,
    burst = perMinute,
    maxAddresses = 50_000,
    now = () => performance.now(),
  }: AddressLimiterOptions) {
    this.#perMs = perMinute / 60_000;
    this.#most = burst;
    this.#maxAddresses = maxAddresses;
    this.#now = now;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes `points` of an address: more for what costs more. What costs more than an address can have takes all.
   * @throws RequestError `rate_limited`, and takes nothing
   */
  take(address: string, points = 1): void {
    const waitMs = this.tryTake(address, points);
    if (waitMs === 0) return;
    const seconds = Math.ceil(waitMs / 1_000);
    const message = `too many attempts from this address: try again in ${seconds} s`;
    throw new RequestError('rate_limited', message, undefined, waitMs);
  }

  /** Takes `points` as `take` does; gives 0, or after how many ms it would go. */
  tryTake(address: string, points = 1): number {
    const key = networkOf(address);
    const now = this.#now();
    const cost = Math.min(points, this.#most);
    const bucket = this.#buckets.get(key) ?? { points: this.#most, at: now };
    const held = Math.min(this.#most, bucket.points + (now - bucket.at) * this.#perMs);
    if (cost - held > ROUNDING) return Math.max(1, Math.round((cost - held) / this.#perMs));
    this.#buckets.delete(key);
    this.#buckets.set(key, { points: Math.max(0, held - cost), at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#maxAddresses && oldest !== undefined) this.#buckets.delete(oldest);
    return 0;
  }
}

/** Gives what stands for a client: of IPv6 the /64, all of which one customer has; IPv4 in IPv6 as IPv4. */
export function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '');
  if (!isIPv6(bare)) return bare;
  const groups = groupsOf(bare);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6);
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** Gives the eight numbers of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [, head = '', a, b, c, d] = dotted ?? [];
  const hex = (high: string | undefined, low: string | undefined): string =>
    (Number(high) * 256 + Number(low)).toString(16);
  const text = dotted === null ? address : `${head}${hex(a, b)}:${hex(c, d)}`;
  const [left = '', right] = text.split('::');
  const numbers = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const first = numbers(left);
  if (right === undefined) return first;
  const last = numbers(right);
  return [...first, ...Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0), ...last];
}
