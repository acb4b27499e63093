import { readFileSync } from 'node:fs';
import t from 'tap';
import { packageRoot } from '../../src/package-root.js';
import { entityDiagram, withEntityDiagram } from '../../src/store/entity-diagram.js';
import { createTestDatabase } from '../support/database.js';

t.test('the diagram of sql/README.md is that of the database; `npm run docs` writes it', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const document = readFileSync(new URL('sql/README.md', packageRoot()), 'utf8');
  t.equal(await withEntityDiagram(document, database.pool), document);
});

t.test('tables stand with their keys, and who refers to whom, how often', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  await database.pool.query(`
    CREATE TABLE owners (id integer PRIMARY KEY, name text);
    CREATE TABLE things (
      id bigint PRIMARY KEY,
      owner_id integer NOT NULL REFERENCES owners (id),
      lender_id integer REFERENCES owners (id),
      code text UNIQUE,
      colour text
    );
    CREATE TABLE keys (thing_id bigint PRIMARY KEY REFERENCES things (id));`);
  t.equal(
    await entityDiagram(database.pool),
    `\`\`\`mermaid
erDiagram
  owners |o--o{ things : lender_id
  owners ||--o{ things : owner_id
  things ||--o| keys : thing_id
  keys {
    bigint thing_id FK, PK
  }
  owners {
    integer id PK
  }
  things {
    bigint id PK
    integer owner_id FK
    integer lender_id FK
    text code UK
  }
\`\`\``,
  );
});
