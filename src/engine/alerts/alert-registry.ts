import type { Alert, AlertInput } from './alert.js';
import { DEFAULT_VOLUME_TIMEFRAME } from './alert.js';
import { AlertTable } from './alert-table.js';
import { AssetLevels, priceLevelsOf } from './asset-levels.js';
import { checkAlert } from './check-alert.js';
import { ExpiryHeap } from './expiry-heap.js';
import { IdMap } from './id-map.js';
import type { PricePositions } from './price-positions.js';

/** The alerts of a book and every index over them, kept in step: by id, by threshold, by expiry. */
export class AlertRegistry {
  readonly #positions: PricePositions;
  readonly #table = new AlertTable();
  readonly #slots = new IdMap();
  readonly #expiries = new ExpiryHeap(this.#table);
  readonly #assets: (AssetLevels | undefined)[] = [];
  #revision = 0;

  constructor(positions: PricePositions) {
    this.#positions = positions;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Counts what was added and changed: an alert of a higher one than an event began with is not that event's. */
  get revision(): number {
    return this.#revision;
  }

  /** Thresholds of an asset; undefined: it never had any. */
  levels(asset: number): AssetLevels | undefined {
    return this.#assets[asset];
  }

  /** @throws RangeError if the alert is wrong or its id is taken */
  add(input: AlertInput): void {
    checkAlert(input);
    if (this.#slots.get(input.id) !== undefined)
      throw new RangeError(`id is ${input.id}; allowed: a free one`);
    const alert = this.#complete(input, null);
    const slot = this.#table.add(alert, this.#nextRevision(), this.#positions.time(alert.asset));
    this.#slots.add(alert.id, slot);
    this.#expiries.add(slot);
    this.#enlist(alert);
  }

  /** @returns false if there is no alert of this id @throws RangeError if the alert is wrong */
  update(input: AlertInput): boolean {
    checkAlert(input);
    const slot = this.#slots.get(input.id);
    if (slot === undefined) return false;
    const before = this.#table.read(slot);
    const alert = this.#complete(input, before);
    this.#expiries.remove(slot);
    this.#delist(before);
    this.#table.set(slot, alert, this.#nextRevision(), this.#positions.time(alert.asset));
    this.#expiries.add(slot);
    this.#enlist(alert);
    return true;
  }

  /** Gives the alert that was removed; undefined: there is none of this id. */
  remove(id: number): Alert | undefined {
    const slot = this.#slots.get(id);
    if (slot === undefined) return undefined;
    const alert = this.#table.read(slot);
    this.#forget(slot, id);
    this.#delist(alert);
    return alert;
  }

  get(id: number): Alert | undefined {
    const slot = this.#slots.get(id);
    return slot === undefined ? undefined : this.#table.read(slot);
  }

  /** Gives an alert unless it is gone, newer than `revision`, or was put in after the exchange time `putInBy`, ms. */
  getAsOf(id: number, revision: number, putInBy: number): Alert | undefined {
    const slot = this.#slots.get(id);
    if (slot === undefined || this.#table.revision(slot) > revision) return undefined;
    if (this.#table.putIn(slot) > putInBy) return undefined;
    return this.#table.read(slot);
  }

  /** Lets a `percentage_change` of a price count from another one. It is no change of the alert itself. */
  countFrom(alert: Alert, reference: number): void {
    const slot = this.#slots.get(alert.id);
    if (slot === undefined) return;
    this.#delist(alert);
    this.#table.setReference(slot, reference);
    this.#enlist({ ...alert, reference });
  }

  /** Lets the alerts that wait for the asset's first price count from it. */
  settleWaiting(asset: number, price: number): void {
    const waiting = this.#assets[asset]?.waiting;
    if (waiting === undefined) return;
    for (const id of [...waiting]) {
      const alert = this.get(id);
      if (alert !== undefined) this.countFrom(alert, price);
    }
  }

  /** Removes the alerts whose time is over at `now`; gives them, the first to expire first, then by id. */
  takeExpired(now: number): readonly Alert[] {
    const expired: Alert[] = [];
    for (let slot = this.#expiries.due(now); slot !== -1; slot = this.#expiries.due(now)) {
      const alert = this.remove(this.#table.id(slot));
      if (alert !== undefined) expired.push(alert);
    }
    return expired;
  }

  /** Removes all alerts of an asset; gives how many there were. */
  removeAsset(asset: number): number {
    this.#assets[asset] = undefined;
    const slots = this.#table.slotsOf(asset);
    for (const slot of slots) this.#forget(slot, this.#table.id(slot));
    return slots.length;
  }

  #nextRevision(): number {
    this.#revision += 1;
    return this.#revision;
  }

  #complete(input: AlertInput, before: Alert | null): Alert {
    const { id, asset, type, condition, value, repeating, expiresAt } = input;
    const isVolume = type === 'volume_spike';
    const timeframe = isVolume ? (input.timeframe ?? DEFAULT_VOLUME_TIMEFRAME) : null;
    const reference = isRelative(input) ? this.#referenceOf(input, before) : null;
    return { id, asset, type, condition, value, repeating, expiresAt, timeframe, reference };
  }

  #referenceOf(input: AlertInput, before: Alert | null): number | null {
    if (typeof input.reference === 'number') return input.reference;
    const keeps = input.reference === undefined && before?.asset === input.asset && isRelative(before);
    if (keeps && before.reference !== null) return before.reference;
    const last = this.#positions.last(input.asset);
    return Number.isNaN(last) ? null : last;
  }

  #enlist(alert: Alert): void {
    const { asset } = alert;
    this.#assets[asset] ??= new AssetLevels();
    this.#assets[asset].add(alert);
    if (alert.type !== 'price_target') return;
    const { rise, fall } = priceLevelsOf(alert);
    if (!Number.isNaN(rise)) this.#positions.narrow(asset, rise);
    if (!Number.isNaN(fall)) this.#positions.narrow(asset, fall);
  }

  #delist(alert: Alert): void {
    this.#assets[alert.asset]?.remove(alert);
  }

  #forget(slot: number, id: number): void {
    this.#expiries.remove(slot);
    this.#table.free(slot);
    this.#slots.delete(id);
  }
}

function isRelative(alert: AlertInput): boolean {
  return alert.type === 'price_target' && alert.condition === 'percentage_change';
}
