/** A request that was answered: what may be remembered of it. Never a param, a body or a token. */
export interface AnsweredRequest {
  /** Template of the address below `/api/v1`, or name of the method; `unknown` where there is none such. */
  readonly endpoint: string;
  /** `WS`: a query over a WebSocket. */
  readonly httpMethod: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'WS';
  /** HTTP status, also of a query over a WebSocket. */
  readonly status: number;
  /** How long the answer took, ms. */
  readonly ms: number;
  /** Null: a guest. */
  readonly userId: number | null;
}

/** Takes requests that were answered; O(1), never throws. */
export type RequestLog = (request: AnsweredRequest) => void;
