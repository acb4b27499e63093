/** Rows of signals that are stored, by key (`keyText`). */
export class SignalIds {
  readonly #ids = new Map<string, number>();

  /** Null: it is not known to be stored. */
  of(key: string): number | null {
    return this.#ids.get(key) ?? null;
  }

  set(key: string, id: number): void {
    this.#ids.set(key, id);
  }

  forget(key: string): void {
    this.#ids.delete(key);
  }

  /** Takes an event of the channel `signals`: that of a new one tells its row, that of its end that nobody asks any more. */
  heard(data: unknown): void {
    if (typeof data !== 'object' || data === null) return;
    const { id, status, asset_id, timeframe, candle_time, signal_type, user_id } = data as Record<
      string,
      unknown
    >;
    if (typeof id !== 'number' || (user_id ?? null) !== null) return;
    const key = `${asset_id} ${timeframe} ${candle_time} ${signal_type}`;
    if (status === 'active') this.#ids.set(key, id);
    else if (this.#ids.get(key) === id) this.#ids.delete(key);
  }
}
