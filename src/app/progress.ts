import { Presets, SingleBar } from 'cli-progress';
import type { Logger } from '../logger.js';

/** Shows how far a long piece of work is. */
export interface Progress {
  /** @param note what is being worked on now */
  step(note: string): void;
  done(): void;
}

/** Makes a progress bar on a terminal; elsewhere a log line at every tenth of the way. */
export function createProgress(title: string, total: number, logger: Logger): Progress {
  if (process.stderr.isTTY === true) {
    const bar = new SingleBar(
      {
        format: `${title} [{bar}] {value}/{total} {note}`,
        hideCursor: true,
        stream: process.stderr,
        clearOnComplete: true,
      },
      Presets.shades_classic,
    );
    bar.start(total, 0, { note: '' });
    return { step: (note) => bar.increment(1, { note }), done: () => bar.stop() };
  }
  let count = 0;
  let tenth = 0;
  return {
    step(note) {
      // What is tried again steps again.
      count = Math.min(count + 1, total);
      const reached = Math.floor((count * 10) / total);
      if (reached > tenth) logger.info({ done: count, total, note }, title);
      tenth = reached;
    },
    done() {
      if (count < total) logger.warn({ done: count, total }, `${title}: stopped early`);
    },
  };
}
