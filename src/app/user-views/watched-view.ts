import { type UserView, userViewTopic } from '../../ws/ports.js';
import type { Kept } from './kept-state.js';

/** A state that is kept up to date. */
export interface WatchedView {
  readonly topic: string;
  readonly view: UserView;
  /** Of a list: of whoever asked first, and of no meaning. */
  readonly userId: number;
  readonly kept: Kept;
  /** Of the newest change. */
  offset: number;
  /** Our clock at that change, ms. */
  time: number;
  /** A price of it has moved since it was computed. */
  isDirty: boolean;
  /** By `performance.now()`. */
  computedAt: number;
}

/** Begins to watch a state. @param floor offsets begin above it */
export function openWatchedView(view: UserView, userId: number, kept: Kept, floor: number): WatchedView {
  return {
    ...{ view, userId, kept, topic: userViewTopic(view, userId), offset: floor, time: 0 },
    ...{ isDirty: true, computedAt: Number.NEGATIVE_INFINITY },
  };
}

/** Gives the topic of a user's own state. */
export function watchedTopic(kind: 'portfolio' | 'dashboard', userId: number): string {
  return userViewTopic({ kind }, userId);
}

const TOPIC = /^(?:(portfolio|dashboard)#|watchlist:)([1-9]\d{0,9})$/;

/** Takes a topic apart; null: it is none of a user's states. */
export function parseViewTopic(topic: string): { readonly view: UserView; readonly userId: number } | null {
  const [, kind, digits] = TOPIC.exec(topic) ?? [];
  if (digits === undefined) return null;
  const id = Number(digits);
  if (kind === 'portfolio' || kind === 'dashboard') return { view: { kind }, userId: id };
  return { view: { kind: 'watchlist', id }, userId: 0 };
}
