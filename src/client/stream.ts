import type { AnyChannel, DataOf, StateOf } from './channel-types.js';
import type { SubscriptionHandlers } from './subscription.js';
import type { Change } from './types.js';

/** How many changes may wait for a slow loop; beyond it the stream fails instead of hiding that it is late. */
export const MAX_WAITING_CHANGES = 10_000;

/** What a stream needs of a client. */
export interface ChannelSource {
  subscribe<C extends AnyChannel>(
    channel: C,
    handlers: SubscriptionHandlers<DataOf<C>, StateOf<C>>,
  ): Promise<unknown>;
  unsubscribe(channel: string): Promise<void>;
}

/** Gives the changes of a channel, snapshot first; ends when the client is closed, leaving it unsubscribes. */
export async function* streamOf<C extends AnyChannel>(
  source: ChannelSource,
  channel: C,
): AsyncGenerator<Change<DataOf<C>, StateOf<C>>, void, undefined> {
  let waiting: Change<DataOf<C>, StateOf<C>>[] = [];
  let wake: () => void = () => undefined;
  let hasEnded = false;
  let failure: Error | null = null;
  const push = (change: Change<DataOf<C>, StateOf<C>>): void => {
    if (failure !== null) return;
    if (waiting.length >= MAX_WAITING_CHANGES) {
      failure = new Error(
        `the loop over ${channel} is ${MAX_WAITING_CHANGES} changes behind: ask for a rate`,
      );
    } else {
      waiting.push(change);
    }
    wake();
  };
  await source.subscribe(channel, {
    snapshot: push,
    update: push,
    ended: (error) => {
      hasEnded = true;
      failure ??= error;
      wake();
    },
  });
  try {
    for (;;) {
      const changes = waiting;
      waiting = [];
      yield* changes;
      if (waiting.length > 0) continue;
      if (failure !== null) throw failure;
      if (hasEnded) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    if (!hasEnded) await source.unsubscribe(channel);
  }
}
