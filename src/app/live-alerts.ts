import type { Alert, AlertInput } from '../engine/alerts/alert.js';
import { DEFAULT_VOLUME_TIMEFRAME } from '../engine/alerts/alert.js';
import type { AlertBook } from '../engine/alerts/alert-book.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { ActiveAlert } from '../store/alert-records.js';
import { WideMap } from './wide-map.js';

export interface LiveAlertsOptions {
  readonly book: AlertBook;
  readonly logger: Logger;
  /** Gives the engine's number of an asset that is served and listed; undefined: its alerts are not watched. */
  readonly assetOf: (assetId: number) => number | undefined;
  /** True while something of the alert is on its way to the database, which does not know it as it is. */
  readonly isPending: (id: number) => boolean;
  /** Called when it is known what price an alert counts from that the database has no price of. */
  readonly onPlaced: (id: number, reference: number) => void;
}

/** Refused alerts that are logged one by one. */
const LOGGED = 20;
/** Alerts without a price that are looked at in one go: well below a ms. */
const LOOKED_AT = 1_000;

/**
 * Keeps the book of alerts as the database has them. What is already so in the book is left as it is, so rows may come
 * any number of times: an alert that stays keeps what it counts from and which way the price has come.
 *
 * An alert that has fired, and of which the database does not know yet, is left alone until it does: read before, it
 * would be put in again, and fire again. It has to be read again then.
 */
export class LiveAlerts {
  readonly #options: LiveAlertsOptions;
  /** Those in the book, and the asset's number. Some have fired or expired since: the book says so. */
  readonly #known = new WideMap<number, number>();
  /** Those that count from the first price of their asset, which is not known yet. */
  readonly #waiting = new Set<number>();
  /** Why the book did not take an alert. */
  readonly #refused = new Map<number, string>();

  constructor(options: LiveAlertsOptions) {
    this.#options = options;
  }

  /** Alerts that the book does not take; they are logged. */
  get refused(): number {
    return this.#refused.size;
  }

  keyOf({ id }: ActiveAlert): number {
    return id;
  }

  /** Gives the ids of all alerts that have been put in, of which some have fired since, or were refused. */
  *keys(): IterableIterator<number> {
    yield* this.#known.keys();
    yield* this.#refused.keys();
  }

  /**
   * Takes in how alerts stand in the database now.
   *
   * @param rows those that can fire
   * @param gone ids of those that cannot, or do not exist
   */
  apply(rows: readonly ActiveAlert[], gone: Iterable<number>): void {
    for (const row of rows) if (!this.#options.isPending(row.id)) this.#set(row);
    for (const id of gone) if (!this.#options.isPending(id)) this.#drop(id);
  }

  /** Gives the ids of an asset's alerts. Reads all alerts: some 10 ms per million. */
  of(asset: number): number[] {
    const ids: number[] = [];
    for (const [id, its] of this.#known) if (its === asset) ids.push(id);
    return ids;
  }

  /** Tells what price alerts count from whose asset has had its first one. Looks at some of them, others next time. */
  settleReferences(): void {
    let left = LOOKED_AT;
    for (const id of this.#waiting) {
      if (left-- === 0) return;
      // One that still waits goes to the end.
      this.#waiting.delete(id);
      this.#settleReference(id);
    }
  }

  #set(row: ActiveAlert): void {
    const { book, assetOf } = this.#options;
    const asset = assetOf(row.assetId);
    if (asset === undefined) {
      this.#drop(row.id);
      return;
    }
    const input = inputOf(row, asset);
    const current = book.get(row.id);
    try {
      if (current === undefined) book.add(input);
      else if (!isSame(current, input)) book.update(input);
    } catch (error) {
      this.#refuse(row.id, error);
      return;
    }
    this.#known.set(row.id, asset);
    this.#refused.delete(row.id);
    this.#waiting.delete(row.id);
    if (isRelative(row) && row.referencePrice === null) this.#settleReference(row.id);
  }

  #drop(id: number): void {
    this.#options.book.remove(id);
    this.#known.delete(id);
    this.#waiting.delete(id);
    this.#refused.delete(id);
  }

  #refuse(id: number, error: unknown): void {
    const reason = messageOf(error);
    const isNews = this.#refused.get(id) !== reason;
    this.#drop(id);
    this.#refused.set(id, reason);
    if (isNews && this.#refused.size <= LOGGED) {
      this.#options.logger.error({ alert: id, reason }, 'an alert cannot be watched and is set aside');
    }
  }

  #settleReference(id: number): void {
    const alert = this.#options.book.get(id);
    if (alert?.reference === null) {
      this.#waiting.add(id);
      return;
    }
    this.#waiting.delete(id);
    if (alert !== undefined) this.#options.onPlaced(id, alert.reference);
  }
}

function isRelative({ alertType, condition }: ActiveAlert): boolean {
  return alertType === 'price_target' && condition === 'percentage_change';
}

function inputOf(row: ActiveAlert, asset: number): AlertInput {
  const { id, alertType: type, condition, triggerValue: value, isRepeating: repeating, expiresAt } = row;
  return {
    ...{ id, asset, type, condition, value, repeating, expiresAt },
    timeframe: type === 'volume_spike' ? (row.timeframe ?? DEFAULT_VOLUME_TIMEFRAME) : null,
    // Left out it stays what the book counts from.
    ...(isRelative(row) && row.referencePrice !== null ? { reference: row.referencePrice } : {}),
  };
}

function isSame(current: Alert, input: AlertInput): boolean {
  return (
    current.asset === input.asset &&
    current.type === input.type &&
    current.condition === input.condition &&
    current.value === input.value &&
    current.repeating === input.repeating &&
    current.expiresAt === input.expiresAt &&
    current.timeframe === input.timeframe &&
    (input.reference === undefined || current.reference === input.reference)
  );
}
