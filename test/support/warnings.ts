/**
 * Gives the lines of a server's log that warn or tell of errors. How late the event loop is depends on what else the
 * machine does: that a part is degraded by it is no fault of the server's.
 */
export function warningsIn(log: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => /"level":[456]0/.test(line))
    .filter((line) => !/"part":"(event_loop|server)".*"to":"degraded"/.test(line));
}
