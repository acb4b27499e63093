import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { statusEvent } from '../../../src/api/system-status.js';
import { packageRoot } from '../../../src/package-root.js';
import { startSite } from '../../support/site.js';
import { until } from '../../support/until.js';

const doc = readFileSync(new URL('docs/OPERATIONS.md', packageRoot()), 'utf8');

/** Gives what stands in the documentation between two marks. */
function section(name: string): string {
  const found = new RegExp(`<!-- ${name}\\b[^>]*-->([\\s\\S]*?)<!-- /${name} -->`).exec(doc)?.[1];
  if (found === undefined) throw new Error(`docs/OPERATIONS.md has no <!-- ${name} -->`);
  return found;
}

t.test('a running server', async (t) => {
  const { demo, database, server } = await startSite(t, {}, { symbols: 'BTC/USDT' });
  const read = async () => (await fetch(`${server.url}/metrics`)).text();
  const readNames = async () =>
    [...(await read()).matchAll(/^# HELP (\S+)/gm)].map(([, name = '']) => name).sort();

  t.test('the documentation names every metric that a server shows, and no other', async (t) => {
    const told = [...section('metrics').matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name).sort();
    const shown = await readNames();
    t.same(
      told.filter((name) => !shown.includes(name)),
      [],
      'named and not shown',
    );
    t.same(
      shown.filter((name) => !told.includes(name)),
      [],
      'shown and not named',
    );
  });

  t.test('the alert rules are YAML of Prometheus, and ask for metrics that there are', async (t) => {
    const yaml = section('alerts').replace(/```(yaml)?/g, '');
    const { groups } = parse(yaml) as {
      groups: { name: string; rules: { alert: string; expr: string; labels: { severity: string } }[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    const names = await readNames();
    t.ok(rules.length > 10);
    t.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length, 'each has a name of its own');
    for (const { alert, expr, labels } of rules) {
      const asked = expr.match(/cryptopredict_\w+/g) ?? [];
      t.same(
        asked.filter((name) => !names.includes(name)),
        [],
        `${alert} asks for what there is`,
      );
      t.ok(['critical', 'warning', 'info'].includes(labels.severity), alert);
    }
  });

  t.test('parts of the documentation are those that are looked at', async (t) => {
    const parts = async (): Promise<readonly string[]> => {
      return [...(await read()).matchAll(/^cryptopredict_health_state\{part="([^"]+)"/gm)].map(
        ([, name = '']) => name,
      );
    };
    await until('the parts have been looked at', async () => (await parts()).length > 10);
    const shown = new Set((await parts()).map((name) => name.replace(/:.*/, '').replace(/\d$/, '')));
    shown.delete('server');
    const table = doc.slice(doc.indexOf('| part | weight |'), doc.indexOf('*It does not flap.*'));
    const told = new Set(
      [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) =>
        [...cell.matchAll(/`([a-z_]+)/g)].map(([, name = '']) => name),
      ),
    );
    t.same([...told].sort(), [...shown].sort());
  });

  t.test(
    'an exchange that is gone is an event of system-status, committed, and a row of the health',
    async (t) => {
      await until('the feed has been seen well', async () => {
        const text = await (await fetch(`${server.url}/metrics`)).text();
        return text.includes('cryptopredict_health_state{part="feed:demo"} 0');
      });
      await demo.close();
      const events = async () => {
        const { rows } = await database.pool.query(
          `SELECT data FROM outbox WHERE channel = 'system-status' AND user_id IS NULL ORDER BY id`,
        );
        return rows.map(({ data }) => statusEvent.parse(data));
      };
      const isDown = (part: string) => async () =>
        (await events()).some(
          (event) => event.event === 'state' && event.part === part && event.to === 'down',
        );
      await until('the feed is told to be down', isDown('feed:demo'));
      await until('the server is told to be down', isDown('server'));
      const { rows } = await database.pool.query(
        `SELECT overall_health_score::float8 AS score, error_logs FROM system_health ORDER BY check_time DESC LIMIT 1`,
      );
      t.match(rows[0], { score: 0 });
      t.ok(JSON.stringify(rows[0]?.error_logs).includes('feed:demo'));
    },
  );
});
