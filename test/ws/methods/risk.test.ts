import t from 'tap';
import { logIn } from '../../support/logged-in.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';

const site = await openMethodSite(t);
const { ask, refusal, inEngine } = site;
const [ada, bob] = [await logIn(site), await logIn(site)];

t.test('limits hold before any are set, and as they are set', async (t) => {
  const first = await ask('risk.get', {}, ada.me);
  t.match(first, {
    ...{ max_position_size: 1_000, max_portfolio_risk: 0.02, risk_rules: {}, current_exposure: null },
    missing: { current_exposure: 'the server has not calculated it' },
  });
  t.same(unexplained(first), []);
  const changed = { max_position_size: 5_000, risk_rules: { max_open_executions: 3 } };
  t.match(await ask('risk.update', changed, ada.me), { ...changed, max_portfolio_risk: 0.02 });
  t.match(await ask('risk.update', { max_portfolio_risk: 0.1 }, ada.me), {
    ...changed,
    max_portfolio_risk: 0.1,
  });
  t.match(await ask('risk.get', {}, ada.me), { ...changed, max_portfolio_risk: 0.1 });
  t.match(await ask('risk.get', {}, bob.me), { max_position_size: 1_000 });
  await inEngine((db) =>
    db.query(`UPDATE risk_management SET current_exposure = '{"BTC": 1}', last_calculated = now()`),
  );
  t.match(await ask('risk.get', {}, ada.me), { current_exposure: { BTC: 1 }, last_calculated: Number });
});

t.test('what is no limit, or a rule that nobody enforces, is refused by name', async (t) => {
  for (const [params, field] of [
    [{}, undefined],
    [{ max_position_size: -1 }, 'max_position_size'],
    [{ max_portfolio_risk: 1.1 }, 'max_portfolio_risk'],
    [{ risk_rules: { max_open_executions: 1.5 } }, 'risk_rules.max_open_executions'],
    [{ risk_rules: { max_risk_level: 'huge' } }, 'risk_rules.max_risk_level'],
    [{ risk_rules: { stop_on_full_moon: true } }, 'risk_rules.stop_on_full_moon'],
    [{ current_exposure: {} }, 'current_exposure'],
  ] as const) {
    t.match(await refusal('risk.update', params, ada.me), { code: 'invalid_params', field }, String(field));
  }
  t.match(await refusal('risk.get'), { code: 'unauthenticated' });
});
