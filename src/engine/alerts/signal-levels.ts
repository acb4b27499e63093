import type { Alert } from './alert.js';
import { type Level, LevelList } from './level-list.js';

/** The `signal_generated` alerts of one asset, by confidence. A signal is an event: nothing is crossed. */
export class SignalLevels {
  readonly #atLeast = new LevelList();
  readonly #atMost = new LevelList();
  readonly #exactly = new LevelList();

  add(alert: Alert): void {
    this.#listOf(alert).add(alert.value, alert.id);
  }

  remove(alert: Alert): void {
    this.#listOf(alert).remove(alert.value, alert.id);
  }

  /** Gives the alerts that a signal of this confidence fires, by id. */
  matching(confidence: number): readonly Level[] {
    return [
      ...this.#atLeast.upward(Number.NEGATIVE_INFINITY, confidence),
      ...this.#atMost.downward(Number.POSITIVE_INFINITY, confidence),
      ...this.#exactly.at(confidence),
    ].sort((a, b) => a.id - b.id);
  }

  #listOf({ condition }: Alert): LevelList {
    if (condition === 'above') return this.#atLeast;
    return condition === 'below' ? this.#atMost : this.#exactly;
  }
}
