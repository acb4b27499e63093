import t from 'tap';
import { CLOSE_CODES, ERROR_CODES, messageOf, OperatorError, RequestError } from '../src/errors.js';

t.test('a request error carries its code, its words and the param that was wrong', async (t) => {
  const error = new RequestError('invalid_params', 'limit: at most 1000', 'limit');
  t.ok(error instanceof Error);
  t.match(error, {
    name: 'RequestError',
    code: 'invalid_params',
    message: 'limit: at most 1000',
    field: 'limit',
  });
  t.equal(new RequestError('internal', 'x').field, undefined);
});

t.test("an operator's mistake is told from any other error", async (t) => {
  t.ok(new OperatorError('port 1 is in use') instanceof Error);
  t.notOk(new RequestError('internal', 'x') instanceof OperatorError);
  t.equal(new OperatorError('x').name, 'OperatorError');
});

t.test('whatever is thrown has a message', async (t) => {
  t.equal(messageOf(new TypeError('no')), 'no');
  t.equal(messageOf('text'), 'text');
  t.equal(messageOf(undefined), 'undefined');
  t.equal(messageOf(null), 'null');
  t.equal(messageOf(7), '7');
});

t.test('error codes are told apart, and so are close codes', async (t) => {
  t.equal(new Set(ERROR_CODES).size, ERROR_CODES.length);
  const closes = Object.values(CLOSE_CODES);
  t.equal(new Set(closes.map(({ code }) => code)).size, closes.length);
  for (const { code, retryMs } of closes) {
    t.ok(
      code === 1001 || code === 1009 || (code >= 4000 && code <= 4999),
      `${code} is ours or the standard's`,
    );
    t.ok(retryMs === null || retryMs > 0, `${code} says whether to come back`);
  }
});
