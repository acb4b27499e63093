import { memberOf } from '../channels.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Connection } from './connection.js';
import { extend, type SubscribeContext } from './subscribe.js';

/** How often it is looked whether symbols have come, ms. */
const LOOK_MS = 1_000;

/** Subscribes patterns to the symbols that are listed after them. Who has subscribed to one that goes hears on of it. */
export class PatternWatch {
  readonly #context: SubscribeContext & { readonly logger: Logger };
  readonly #connections: () => Iterable<Connection>;
  #timer: NodeJS.Timeout | null = null;
  #known = '';
  #isLooking = false;

  constructor(
    context: SubscribeContext & { readonly logger: Logger },
    connections: () => Iterable<Connection>,
  ) {
    this.#context = context;
    this.#connections = connections;
  }

  start(): void {
    this.#known = this.#context.channels.symbols().join();
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Never rejects: what could not be subscribed to is tried again. */
  async look(): Promise<void> {
    const symbols = this.#context.channels.symbols();
    const known = symbols.join();
    if (this.#isLooking || known === this.#known) return;
    this.#isLooking = true;
    let isDone = true;
    for (const connection of [...this.#connections()]) {
      for (const pattern of [...connection.patterns.keys()]) {
        const missing = symbols.filter(
          (symbol) => connection.subscriptions.get(memberOf(pattern, symbol))?.pattern !== pattern,
        );
        if (missing.length === 0) continue;
        await extend(this.#context, connection, pattern, missing).catch((error: unknown) => {
          isDone = false;
          this.#context.logger.warn({ pattern, error: messageOf(error) }, 'a pattern lacks symbols');
        });
      }
    }
    if (isDone) this.#known = known;
    this.#isLooking = false;
  }
}
