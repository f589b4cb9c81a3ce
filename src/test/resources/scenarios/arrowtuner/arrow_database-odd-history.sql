-- After arrow_database.sql: a schema_migrations of another make, with neither version nor dirty, as a production database
-- had it. Asking it for a version fails with "no such column: version".

BEGIN;

DROP TABLE schema_migrations;
CREATE TABLE schema_migrations (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  migration_name TEXT NOT NULL UNIQUE,
  executed_at    TEXT NOT NULL,
  success        INTEGER NOT NULL DEFAULT 1
);

INSERT INTO schema_migrations (id, migration_name, executed_at, success) VALUES
  (1, '001_initial.py', '2025-02-01T08:00:00Z', 1),
  (2, '002_spine_data.py', '2025-03-01T02:40:00Z', 1),
  (3, '003_components.py', '2025-03-28T21:20:00Z', 1),
  (4, '004_manufacturer_names.py', '2025-04-25T16:00:00Z', 1),
  (5, '005_fits.py', '2025-05-23T10:40:00Z', 1);

COMMIT;
