/** Why fields of a row are null: each has its reason, in words. Goes into the row's quality flags. */
export class Gaps {
  readonly #reasons: Record<string, string> = {};
  /** Most rows name none. */
  #sources: Set<string> | null = null;

  /** Gives the value if it is a finite number, else null and keeps the reason. */
  number(field: string, value: number | null, reason: string): number | null {
    if (value !== null && Number.isFinite(value)) return value;
    this.#reasons[field] = reason;
    return null;
  }

  /** Gives the value, and keeps the reason if it is null. */
  value<T>(field: string, value: T | null, reason: string): T | null {
    if (value === null) this.#reasons[field] = reason;
    return value;
  }

  /** Names a source that has brought nothing of use. */
  source(name: string): void {
    this.#sources ??= new Set();
    this.#sources.add(name);
  }

  /** Reasons by field. */
  get missing(): Readonly<Record<string, string>> {
    return this.#reasons;
  }

  get missingSources(): readonly string[] {
    return [...(this.#sources ?? [])].toSorted();
  }
}
