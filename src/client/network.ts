/** What a page hears of its network. */
export interface NetworkHandlers {
  /** It went, or is another one. */
  readonly changed: () => void;
  /** It is there. */
  readonly back: () => void;
}

interface Events {
  addEventListener?: (name: string, listener: () => void) => void;
  removeEventListener?: (name: string, listener: () => void) => void;
}

/** Listens to what a browser says of its network, until what it gives is called; elsewhere nothing is said. */
export function onNetwork({ changed, back }: NetworkHandlers): () => void {
  const events = globalThis as Events;
  events.addEventListener?.('offline', changed);
  events.addEventListener?.('online', back);
  // The connection of before may be one of a network that is gone.
  events.addEventListener?.('online', changed);
  return () => {
    events.removeEventListener?.('offline', changed);
    events.removeEventListener?.('online', back);
    events.removeEventListener?.('online', changed);
  };
}
