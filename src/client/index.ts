export { RequestError } from '../errors.js';
export type {
  CandleData,
  DrainingMessage,
  IndicatorData,
  MetricsData,
  Position,
  RegimeData,
  SectorData,
  SignalData,
  SignalEventData,
  TickerData,
  TradeData,
  WelcomeMessage,
} from '../protocol.js';
export type { Auth, SignedIn, Tokens } from './account.js';
export type * from './channel-types.js';
export { type Client, connect, type Login, type Registration } from './client.js';
export { ConnectionError } from './connection-error.js';
export type { EncodingName } from './encoding.js';
export { type Grouped, grouped } from './grouped.js';
export type { CandleItem, ExactCandles, Method, Methods, Params, ParamsArgument, Result } from './methods.js';
export type {
  ClientEvents,
  ClientOptions,
  ClientState,
  CloseEvent,
  LinkOptions,
  Subscription,
} from './options.js';
export type { ChannelStream, Streams } from './streams.js';
export type { SubscriptionHandlers } from './subscription.js';
export type { AssetData, Change, IndicatorValues, Page, Resumed, Snapshot, Update } from './types.js';
export type { View, ViewEvents, Viewed } from './view.js';
export type { WebSocketConstructor, WebSocketLike } from './web-socket.js';
