/**
 * A process that does nothing but ticks for `argv[2]` seconds, to be run with `--trace-gc`: prints a line when the
 * compiler has settled and the heap has been swept, and one at the end with the number of ticks.
 */

import { DEFAULT_INDICATORS } from '../src/engine/indicators/registry.js';
import type { TradeEvent } from '../src/events.js';
import { BEGIN, makeRandom, populate } from './populated-engine.js';

const SECONDS = Number(process.argv[2]);
const ASSETS = 100;
const WARM_UP = 2_000_000;
const BATCH = 10_000;

const engine = populate(DEFAULT_INDICATORS, ASSETS);
const random = makeRandom(3);
const sink = {
  closed: () => undefined,
  moved: () => undefined,
  ticked: () => undefined,
  fired: () => undefined,
  expired: () => undefined,
  dropped: (_asset: number, reason: string) => {
    throw new Error(`a tick was dropped as ${reason}`);
  },
};
const trades = Array.from({ length: BATCH }, (_, i) => ({
  type: 'trade' as const,
  asset: Math.floor(random() * ASSETS),
  id: String(1_000_000 + i),
  time: BEGIN + i,
  price: 60_000 + Math.floor(random() * 1_000) / 100,
  amount: Math.ceil(random() * 100_000) / 100_000,
  side: null,
  receivedAt: BEGIN + i,
}));

function batch(): void {
  // All at one moment and so within one minute: no candle closes. Nothing here may make a number on the heap.
  for (let i = 0; i < trades.length; i++) engine.process(trades[i] as TradeEvent, sink);
}

for (let i = 0; i < WARM_UP; i += BATCH) batch();
globalThis.gc?.();
process.stdout.write('begin\n');
const begun = process.hrtime.bigint();
let ticks = 0;
while (process.hrtime.bigint() - begun < BigInt(SECONDS) * 1_000_000_000n) {
  batch();
  ticks += BATCH;
}
process.stdout.write(`end ${ticks}\n`);
