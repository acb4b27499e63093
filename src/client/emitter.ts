/** Calls listeners by event name, in the order they came; `Events` maps a name to what its listeners are given. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>();

  /** Gives a function that removes the listener again. */
  on<K extends keyof Events>(name: K, listener: (event: Events[K]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as (event: never) => void);
    return () => {
      listeners.delete(listener as (event: never) => void);
    };
  }

  /** Says whether anyone listened. What a listener throws surfaces as an uncaught error, and harms no other. */
  emit<K extends keyof Events>(name: K, event: Events[K]): boolean {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined || listeners.size === 0) return false;
    for (const listener of [...listeners]) guarded(listener as (event: Events[K]) => void, event);
    return true;
  }
}

/** Calls a user's function; what it throws surfaces as an uncaught error instead of breaking the connection. */
export function guarded<T>(call: (value: T) => void, value: T): void {
  try {
    call(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
