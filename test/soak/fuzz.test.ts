import t from 'tap';
import { ATTACKS } from '../../soak/fuzz/attacks.js';
import { fuzz, megabytes, percentile } from '../../soak/fuzz/fuzz.js';
import { InspectedServer } from '../../soak/fuzz/inspected-server.js';
import { createTestDatabase } from '../support/database.js';
import { DRIVERS } from '../ws/gateway-site.js';

/** A minute on the two drivers together; the other tests need the processor too. */
const FOR_MS = 30_000;
const ATTACKERS = 3;
const SEED = Number(process.env.FUZZ_SEED ?? 1);

t.jobs = DRIVERS.length;

for (const driver of DRIVERS) {
  t.test(
    `${driver}: serves while it is attacked, and its memory is back afterwards`,
    { buffered: true },
    async (at) => {
      at.setTimeout(200_000);
      at.comment(`FUZZ_SEED=${SEED}`);
      const database = await createTestDatabase();
      at.teardown(() => database.drop());
      const server = await InspectedServer.start(driver, database.url);
      try {
        const report = await fuzz(server, {
          seed: SEED,
          forMs: FOR_MS,
          attackers: ATTACKERS,
          lookEveryMs: 5_000,
        });
        at.same(report.faults, []);
        at.same(
          [...report.attacks.keys()].sort(),
          ATTACKS.map(({ name }) => name).sort(),
          'every kind was tried',
        );
        const { before, after, pings, loop } = report;
        at.comment(
          `${driver}: ${[...report.attacks.values()].reduce((sum, n) => sum + n, 0)} attacks; ping p99 ${percentile(pings, 0.99).toFixed(0)} ms; event loop p99 ${loop.p99.toFixed(0)} ms; memory ${megabytes(before.used)} → ${megabytes(after.used)} MB`,
        );
      } finally {
        at.equal(await server.stop(), 0);
      }
    },
  );
}
