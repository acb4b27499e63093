export { type Client, connect } from './client.js';
export { ConnectionError } from './connection-error.js';
export type { EncodingName } from './encoding.js';
export type { Answer, Method, Methods } from './methods.js';
export type { ClientEvents, ClientOptions, ClientState, CloseEvent, Subscription } from './options.js';
export type { SubscriptionHandlers } from './subscription.js';
export type {
  AnyChannel,
  AssetData,
  CandleItem,
  Change,
  DataOf,
  IndicatorValues,
  MetricsTimeframe,
  Page,
  Period,
  RegimeTimeframe,
  Resumed,
  Snapshot,
  StateOf,
  Update,
} from './types.js';
export type { WebSocketConstructor, WebSocketLike } from './web-socket.js';
