/**
 * The end of a minute: the final candles of 300 symbols arrive in one TCP write, and every close has to be out at a
 * client. If this worsens, all that acts on closed candles acts later, at the one moment when everybody does. The
 * limit is a bare client of the exchange that parses the same messages and does nothing with them.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { connect } from '../src/client/client.js';
import { MINUTE_MS } from '../src/timeframe.js';
import { until } from '../test/support/until.js';
import type { BenchResult } from './bench.js';
import { type ExchangeProcess, startExchange } from './exchange-process.js';
import { startServed, untilLive } from './served.js';

const SYMBOLS = 300;
const BURSTS = 5;
const SPEED = 30;
const START_AT = Date.UTC(2026, 0, 31, 22, 30, 20);

/** When each symbol's candle of the watched minute was finished; ms of `performance.now`. */
class Closes {
  minute = 0;
  readonly at = new Map<string, number>();

  watch(minute: number): void {
    this.minute = minute;
    this.at.clear();
  }

  see(symbol: string, time: number): void {
    if (time === this.minute) this.at.set(symbol, performance.now());
  }

  /** Ms from `begun` to the last. */
  last(begun: number): number {
    return Math.max(...this.at.values()) - begun;
  }
}

/** Gives the ms from the release of the burst to the last close. */
export async function run(): Promise<readonly BenchResult[]> {
  const exchange = await startExchange([
    ...['--symbols', String(SYMBOLS), '--start-at', String(START_AT), '--paused'],
  ]);
  // A grace so long that history does not answer what the stream should. Without history the start takes seconds, not
  // minutes; engine and rows do the same work, on indicators of which most are not known yet.
  const server = await startServed(exchange.url, [
    ...['--feed-mode', 'ohlcv', '--history-depth', '0', '--close-grace-ms', '10000'],
  ]);
  const ours = new Closes();
  const bare = new Closes();
  const client = connect(server.url);
  let reader: WebSocket | null = null;
  try {
    await untilLive(server, 60_000);
    const subscribed = (await symbolsOf(exchange)).map((symbol) =>
      client.subscribe(`candles:${symbol.replace(/USDT$/, '/USDT')}:1m`, ({ data }) => {
        if (data.closed) ours.see(symbol, data.time);
      }),
    );
    await Promise.all(subscribed);
    reader = await readBare(exchange, bare);
    // The minute in which a server starts was seen in part: history has to vouch for it.
    await playFirstMinute(exchange, ours);
    const figures: { ours: number; bare: number }[] = [];
    for (let i = 0; i < BURSTS; i++) figures.push(await burst(exchange, ours, bare));
    const [confirms = 0] = await server.metrics('cryptopredict_feed_confirms_total');
    const row = (name: string, pick: (values: readonly number[]) => number): BenchResult => ({
      name: `${SYMBOLS} closes in one TCP write, the last at a client, ${name}`,
      unit: 'ms',
      ours: pick(figures.map((figure) => figure.ours)),
      limit: pick(figures.map((figure) => figure.bare)),
      limitName: 'bare client of the exchange',
      note: `${BURSTS} bursts, feed in ohlcv mode, no history loaded; history was asked ${confirms} times`,
    });
    return [row('median', median), row('worst', (values) => Math.max(...values))];
  } finally {
    reader?.terminate();
    client.close();
    await server.stop();
    await exchange.stop();
  }
}

/** Plays on until the first minute of which the server has seen all is closed. */
async function playFirstMinute(exchange: ExchangeProcess, ours: Closes): Promise<void> {
  ours.watch(Math.floor(START_AT / MINUTE_MS + 1) * MINUTE_MS);
  await exchange.control({ action: 'play', speed: SPEED });
  await until('the first whole minute is closed', () => ours.at.size === SYMBOLS);
}

/** Holds the end of the next minute back, lets it go at once, and waits until everybody has it. */
async function burst(
  exchange: ExchangeProcess,
  ours: Closes,
  bare: Closes,
): Promise<{ ours: number; bare: number }> {
  const now = async (): Promise<number> => (await exchange.control({ action: 'slow', ms: 0 })).status.now;
  await exchange.control({ action: 'play', speed: SPEED });
  await until('the minute is under way', async () => {
    const into = (await now()) % MINUTE_MS;
    return into > 5_000 && into < 40_000;
  });
  const held = await exchange.control({ action: 'burst', hold: true });
  const minute = Math.floor(held.status.now / MINUTE_MS) * MINUTE_MS;
  ours.watch(minute);
  bare.watch(minute);
  await until('the minute is over', async () => (await now()) >= minute + MINUTE_MS + 2_000);
  await exchange.control({ action: 'pause' });
  const begun = performance.now();
  await exchange.control({ action: 'burst', hold: false });
  const isOut = (): boolean => ours.at.size === SYMBOLS && bare.at.size === SYMBOLS;
  await until('every close is out', isOut).catch((error: unknown) => {
    throw new Error(`${error}: ${ours.at.size} at ours, ${bare.at.size} at the bare client`);
  });
  return { ours: ours.last(begun), bare: bare.last(begun) };
}

async function symbolsOf(exchange: ExchangeProcess): Promise<readonly string[]> {
  const answer = await fetch(`${exchange.url}/api/v3/exchangeInfo`);
  const { symbols } = (await answer.json()) as { symbols: readonly { symbol: string }[] };
  return symbols.map(({ symbol }) => symbol);
}

async function readBare(exchange: ExchangeProcess, closes: Closes): Promise<WebSocket> {
  const streams = (await symbolsOf(exchange)).map((symbol) => `${symbol.toLowerCase()}@kline_1m`);
  const address = `${exchange.url.replace('http', 'ws')}/stream?streams=${streams.join('/')}`;
  const reader = new WebSocket(address);
  reader.on('message', (message) => {
    const { data } = JSON.parse(String(message)) as { data: { s: string; k: { t: number; x: boolean } } };
    if (data.k.x) closes.see(data.s, data.k.t);
  });
  await once(reader, 'open');
  return reader;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
