/**
 * Knows which assets' prices are not all seen as they come: those whose history is not in yet, and those whose stream has
 * a hole. What is decided by which price came first must not be decided by their ticks, since others came before and are
 * told of later; it is by their closed minutes, until one has closed that holds all the prices that were passed over.
 */
export class UnseenPrices {
  /** By number of the asset: time of the newest price that was passed over, ms; NaN: all are seen. */
  readonly #passedOver: number[] = [];
  readonly #reasons: Set<string>[] = [];

  /** Says that prices of an asset are missed from now on, for a reason. */
  begin(asset: number, reason: string): void {
    const reasons = this.#reasons[asset] ?? new Set();
    this.#reasons[asset] = reasons.add(reason);
    if (this.isFollowed(asset)) this.#passedOver[asset] = Number.NEGATIVE_INFINITY;
  }

  /** Says that a reason has gone, and what was missed for it was told. */
  end(asset: number, reason: string): void {
    const reasons = this.#reasons[asset];
    reasons?.delete(reason);
    if (reasons?.size === 0 && this.#passedOver[asset] === Number.NEGATIVE_INFINITY) {
      this.#passedOver[asset] = Number.NaN;
    }
  }

  /** Says whether the asset's prices may be followed as they come. On the tick path. */
  isFollowed(asset: number): boolean {
    return Number.isNaN(this.#passedOver[asset] ?? Number.NaN);
  }

  /** Notes the time, ms, of a price that is not followed. */
  passOver(asset: number, time: number): void {
    this.#passedOver[asset] = Math.max(this.#passedOver[asset] ?? Number.NEGATIVE_INFINITY, time);
  }

  /** Says that a minute has closed which ends at `end`, ms: prices behind it are followed if nothing is missed any more. */
  closed(asset: number, end: number): void {
    const isOver = (this.#reasons[asset]?.size ?? 0) === 0;
    if (isOver && end > (this.#passedOver[asset] ?? Number.NaN)) this.#passedOver[asset] = Number.NaN;
  }

  forget(asset: number): void {
    delete this.#reasons[asset];
    delete this.#passedOver[asset];
  }
}
