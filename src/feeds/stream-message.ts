/** Reads members of exchange messages that ccxt leaves out. Shapes are the exchanges' own; links at each. */
type Message = Readonly<Record<string, unknown>>;

function member(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string | number, unknown>)[key]
    : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function push(times: number[], time: unknown): void {
  const number = Number(time);
  if (Number.isSafeInteger(number) && number > 0) times.push(number);
}

/** @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams `k.x`: is this kline closed? */
function binance(message: Message, times: number[]): void {
  const kline = member(message.data ?? message, 'k');
  if (member(kline, 'x') === true) push(times, member(kline, 't'));
}

/** @see https://bybit-exchange.github.io/docs/v5/websocket/public/kline `confirm`: whether the tick is ended */
function bybit(message: Message, times: number[]): void {
  for (const item of list(message.data)) {
    if (member(item, 'confirm') === true) push(times, member(item, 'start'));
  }
}

/** @see https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-candlesticks-channel row[8] `confirm` */
function okx(message: Message, times: number[]): void {
  const channel = member(message.arg, 'channel');
  if (typeof channel !== 'string' || !channel.startsWith('candle')) return;
  for (const row of list(message.data)) {
    if (member(row, 8) === '1') push(times, member(row, 0));
  }
}

const EXTRACTORS: Readonly<Record<string, (message: Message, times: number[]) => void>> = {
  binance,
  binanceus: binance,
  binanceusdm: binance,
  binancecoinm: binance,
  bybit,
  bybiteu: bybit,
  okx,
  okxus: okx,
  myokx: okx,
};

/** Gives what reads the closed flag of an exchange's candles; null where the exchange sends none that we know. */
export function closedFlagReader(
  exchangeId: string,
): ((message: Message, closedTimes: number[]) => void) | null {
  return EXTRACTORS[exchangeId] ?? null;
}

/** Gives the exchange's time of a message, ms, where it has one at a usual place (`E`, `ts`); else null. */
export function messageTime(message: unknown): number | null {
  const body = member(message, 'data');
  const inner = Array.isArray(body) ? undefined : body;
  const time = member(message, 'E') ?? member(inner, 'E') ?? member(message, 'ts');
  const number = typeof time === 'string' ? Number(time) : time;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 1e12 ? number : null;
}
