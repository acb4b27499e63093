import { callMethod, METHOD_NAMES, type MethodContext } from './methods/registry.js';
import type { RequestLog } from './request-log.js';
import { statusOf } from './rest-status.js';

const NAMES: ReadonlySet<string> = new Set(METHOD_NAMES);

/** Answers a query of a WebSocket, and tells the log how it went. @throws what the method throws */
export async function answerQuery(
  context: MethodContext,
  name: string,
  params: Readonly<Record<string, unknown>>,
  log: RequestLog | null,
): Promise<unknown> {
  if (log === null) return callMethod(context, name, params);
  const begun = performance.now();
  const endpoint = NAMES.has(name) ? name : 'unknown';
  let status = 200;
  try {
    return await callMethod(context, name, params);
  } catch (error) {
    status = statusOf(error);
    throw error;
  } finally {
    const ms = performance.now() - begun;
    log({ endpoint, httpMethod: 'WS', status, ms, userId: context.caller.user?.id ?? null });
  }
}
