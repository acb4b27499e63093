import type { AlertCondition, AlertType } from '../alert-terms.js';
import type { Timeframe } from '../timeframe.js';
import type { PageRequest } from './keyset.js';

export type NotificationMethod = 'email' | 'push' | 'sms';

/** What an alert waits for. */
export interface AlertTerms {
  /** Of the database. */
  readonly assetId: number;
  readonly alertType: AlertType;
  readonly condition: AlertCondition;
  readonly triggerValue: number;
  /** Null for all but `volume_spike`, and for one that takes the default. */
  readonly timeframe: Timeframe | null;
  /** False: it fires once. */
  readonly isRepeating: boolean;
}

/** A row of `signal_alerts` that can fire, as far as the engine needs it. */
export interface ActiveAlert extends AlertTerms {
  readonly id: number;
  /** Ms since the epoch, exclusive. */
  readonly expiresAt: number | null;
  /** What a `percentage_change` of a price counts from; null: not known yet. */
  readonly referencePrice: number | null;
}

/** A row of `signal_alerts`, for its user. */
export interface AlertRecord {
  readonly id: number;
  readonly assetId: number;
  readonly symbol: string;
  readonly dataSource: string;
  readonly alertType: AlertType;
  readonly condition: AlertCondition;
  /** Decimal text as stored. */
  readonly triggerValue: string;
  readonly timeframe: Timeframe | null;
  readonly isRepeating: boolean;
  readonly isActive: boolean;
  readonly isTriggered: boolean;
  readonly firedCount: number;
  readonly referencePrice: string | null;
  readonly message: string | null;
  readonly notificationMethod: NotificationMethod | null;
  readonly triggeredAt: number | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An alert that a user sets. */
export interface NewAlert {
  readonly assetId: number;
  readonly alertType: AlertType;
  readonly condition: AlertCondition;
  /** Decimal text: every digit is kept. */
  readonly triggerValue: string;
  readonly timeframe?: Timeframe | null;
  readonly isRepeating?: boolean;
  readonly message?: string | null;
  readonly notificationMethod?: NotificationMethod | null;
  /** Ms since the epoch. */
  readonly expiresAt?: number | null;
}

/** What a user changes of an alert; what is left out stays. */
export interface AlertPatch extends Partial<NewAlert> {
  /** True arms an alert anew that has fired or was switched off. */
  readonly isActive?: boolean;
}

export interface AlertFilter extends PageRequest {
  readonly assetId?: number;
  readonly isActive?: boolean;
}

/** `full`: the user has as many as are allowed. */
export type CreateAlert =
  | { readonly outcome: 'created'; readonly alert: AlertRecord }
  | { readonly outcome: 'full' };

/** An alert has fired. */
export interface FiredAlert extends AlertTerms {
  readonly kind: 'fired';
  readonly alertId: number;
  /** What fired it, see the engine's `Firing`. */
  readonly cause: 'trade' | 'candle' | 'volume' | 'signal';
  /** Exchange time, ms. */
  readonly time: number;
  /** Price, multiple of the mean volume, or confidence that fired it. */
  readonly value: number;
  /** The level that was reached. */
  readonly threshold: number;
  readonly previous: number | null;
  readonly direction: 'up' | 'down' | null;
  /** What a repeating `percentage_change` of a price counts from now. */
  readonly nextReference: number | null;
}

/** The time of an alert is over. */
export interface ExpiredAlert {
  readonly kind: 'expired';
  readonly alertId: number;
  /** Its time, ms. */
  readonly expiresAt: number;
}

/** It has become known what price an alert counts from. */
export interface PlacedAlert {
  readonly kind: 'placed';
  readonly alertId: number;
  readonly reference: number;
}

/** What the engine has to tell of an alert, on its way to the database. */
export type AlertEvent = FiredAlert | ExpiredAlert | PlacedAlert;
