import type { Position } from '../protocol.js';
import type { Methods } from './methods.js';

/** Full state of a channel: the first of a subscription, and whenever the client has to begin anew. */
export interface Snapshot<S> {
  readonly type: 'snapshot';
  /** As it was subscribed to; of a pattern the channel of one symbol. */
  readonly channel: string;
  readonly position: Position;
  /** Server's clock, ms. */
  readonly time: number;
  /** Null while the series has no value yet. */
  readonly data: S | null;
  /** Present if it is the first after a reconnect: what happened in between is not known. */
  readonly resumed?: Resumed;
}

/** A change that follows the snapshot. */
export interface Update<D> {
  readonly type: 'update';
  readonly channel: string;
  readonly position: Position;
  readonly time: number;
  readonly data: D;
}

/** `S`: what snapshots carry, where that is something else than what updates do. */
export type Change<D, S = D> = Snapshot<S> | Update<D>;

/** A channel goes on after a reconnect. */
export interface Resumed {
  readonly channel: string;
  /** The last that was seen before; null if nothing was. */
  readonly from: Position | null;
  /** Where it goes on. */
  readonly to: Position;
  /** True: what was missed follows as updates, as far as it matters for the channel. False: it begins anew. */
  readonly recovered: boolean;
  /** Changes that are lost; null: unknown, because the server was restarted. */
  readonly missed: number | null;
}

/** An asset as `assets.list` and `assets.get` answer it. */
export type AssetData = Methods['assets.get']['result'];
/** All current indicator values of a series, as `indicators.get` answers them. */
export type IndicatorValues = Methods['indicators.get']['result'];

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Hand it back as `cursor` for the next page; null: there is none. */
  readonly next_cursor: string | null;
}
