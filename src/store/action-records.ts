import type { Decimal } from './changes.js';
import type { PageRequest } from './keyset.js';
import type { NewTrade } from './portfolio-records.js';
import type { JsonObject } from './user-records.js';

/** A user's limits of risk, and what the server has calculated of it. Sums are decimal text as stored. */
export interface RiskRecord {
  readonly userId: number;
  /** USD */
  readonly maxPositionSize: string;
  /** Share of the portfolio, 0.02 = 2 %. */
  readonly maxPortfolioRisk: string;
  readonly riskRules: JsonObject;
  readonly currentExposure: JsonObject;
  readonly riskMetrics: JsonObject;
  /** ms; null: never. */
  readonly lastCalculated: number | null;
  readonly updatedAt: number;
}

export interface RiskChanges {
  readonly maxPositionSize?: Decimal;
  readonly maxPortfolioRisk?: Decimal;
  readonly riskRules?: JsonObject;
}

export type ExecutionType = 'manual' | 'automatic';
export type ExecutionStatus = 'pending' | 'filled' | 'partially_filled' | 'cancelled';

/** A user's execution of a signal. Figures are decimal text as stored. */
export interface ExecutionRecord {
  readonly id: number;
  readonly signalId: number;
  readonly symbol: string;
  readonly signalType: 'long' | 'short';
  readonly executionPrice: string | null;
  /** Base units. */
  readonly positionSize: string | null;
  /** Percent. */
  readonly portfolioPercentage: string | null;
  readonly executionType: ExecutionType;
  readonly status: ExecutionStatus;
  readonly executionDetails: JsonObject;
  readonly executedAt: number;
}

export interface NewExecution {
  readonly signalId: number;
  /** In quote currency; without it the execution is `pending`, with it `filled`. */
  readonly executionPrice?: Decimal | null;
  readonly positionSize: Decimal;
  readonly portfolioPercentage?: Decimal | null;
  readonly executionType: ExecutionType;
  /** The trade of a holding that it is, in the same transaction; source and signal are filled in. */
  readonly trade?: Omit<NewTrade, 'actionSource' | 'aiSignalId'>;
}

/** What a check of the risk is given of a signal. Prices are decimal text, null where the signal has none. */
export interface ExecutableSignal {
  readonly id: number;
  readonly assetId: number;
  readonly symbol: string;
  readonly signalType: 'long' | 'short';
  readonly entryPrice: string | null;
  readonly stopLoss: string | null;
  readonly targetPrice: string | null;
  readonly riskLevel: string | null;
}

/** What a user's executions of signals that are still active come to. */
export interface OpenExecutions {
  readonly count: number;
  /** Sum of `risk_share` of their details: the share of the portfolio that they lose at their stops. */
  readonly riskShare: number;
}

/** Gives what is kept of it with the execution, as its details. Throws to refuse it. */
export type RiskCheck = (risk: RiskRecord, signal: ExecutableSignal, open: OpenExecutions) => JsonObject;

/** `not_active`: expired, cancelled or the like; `conflict`: the user has executed it. */
export type ExecuteSignal =
  | { readonly outcome: 'executed'; readonly execution: ExecutionRecord }
  | { readonly outcome: 'not_found' | 'not_active' | 'conflict' };

export type NotificationType = 'signal' | 'alert' | 'system' | 'educational';
export type NotificationStatus = 'unread' | 'read' | 'dismissed';
export type NotificationPriority = 'low' | 'normal' | 'high' | 'urgent';

export interface NotificationRecord {
  readonly id: number;
  readonly userId: number;
  readonly notificationType: NotificationType;
  readonly title: string;
  readonly message: string;
  readonly data: JsonObject;
  readonly status: NotificationStatus;
  readonly priority: NotificationPriority;
  /** ms, as are the others; it is shown from then on. */
  readonly scheduledFor: number;
  readonly readAt: number | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

export interface NewNotification {
  readonly userId: number;
  readonly notificationType: NotificationType;
  readonly title: string;
  readonly message: string;
  readonly data?: JsonObject;
  readonly priority?: NotificationPriority;
  /** What it is about: of a user's notifications with the same key there is one. */
  readonly dedupKey?: string | null;
}

export interface NotificationFilter extends PageRequest {
  readonly status?: NotificationStatus;
}

export type FeedbackType = 'bug_report' | 'feature_request' | 'general_comment';
export type FeedbackStatus = 'new' | 'in_review' | 'addressed' | 'closed';
export type FeedbackPriority = 'low' | 'normal' | 'high';

export interface FeedbackRecord {
  readonly id: number;
  readonly userId: number;
  readonly feedbackType: FeedbackType;
  readonly message: string;
  readonly contextData: JsonObject | null;
  readonly status: FeedbackStatus;
  readonly priority: FeedbackPriority;
  readonly reviewedBy: number | null;
  readonly responseMessage: string | null;
  readonly reviewedAt: number | null;
  readonly respondedAt: number | null;
  readonly createdAt: number;
}

export interface NewFeedback {
  readonly feedbackType: FeedbackType;
  readonly message: string;
  readonly contextData?: JsonObject | null;
}

export interface FeedbackFilter extends PageRequest {
  readonly userId?: number;
  readonly feedbackType?: FeedbackType;
  readonly status?: FeedbackStatus;
  readonly priority?: FeedbackPriority;
}

export interface FeedbackResponse {
  /** Admin who answers. */
  readonly reviewedBy: number;
  readonly status: Exclude<FeedbackStatus, 'new'>;
  readonly priority?: FeedbackPriority;
  readonly responseMessage?: string;
}
