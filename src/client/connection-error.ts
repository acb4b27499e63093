/** The connection was lost, did not answer in time, or is closed: whether the server acted on a request is unknown. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}
