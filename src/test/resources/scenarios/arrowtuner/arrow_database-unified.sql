-- After arrow_database.sql and user_data.sql in the same file: the layout UNIFIED, as migration 023 leaves it, with all of
-- the 27 columns that a production database may lack.

BEGIN;

ALTER TABLE users ADD COLUMN updated_at TEXT;
ALTER TABLE users ADD COLUMN last_login TEXT;
ALTER TABLE users ADD COLUMN picture TEXT;
ALTER TABLE users ADD COLUMN is_admin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN locale TEXT NOT NULL DEFAULT 'en';
ALTER TABLE bow_setups ADD COLUMN created_at TEXT;
ALTER TABLE bow_setups ADD COLUMN updated_at TEXT;
ALTER TABLE bow_setups ADD COLUMN insert_weight REAL DEFAULT 0;
ALTER TABLE bow_setups ADD COLUMN nock_weight REAL DEFAULT 0;
ALTER TABLE bow_setups ADD COLUMN is_default INTEGER NOT NULL DEFAULT 0;
ALTER TABLE manufacturers ADD COLUMN website TEXT;
ALTER TABLE manufacturers ADD COLUMN established INTEGER;
ALTER TABLE manufacturers ADD COLUMN logo_url TEXT;
ALTER TABLE manufacturers ADD COLUMN updated_at TEXT;
ALTER TABLE arrows ADD COLUMN updated_at TEXT;
ALTER TABLE arrows ADD COLUMN price_range TEXT;
ALTER TABLE arrows ADD COLUMN image_url TEXT;
ALTER TABLE arrows ADD COLUMN discontinued_at TEXT;
ALTER TABLE spine_specifications ADD COLUMN created_at TEXT;
ALTER TABLE spine_specifications ADD COLUMN straightness_tolerance TEXT;
ALTER TABLE spine_specifications ADD COLUMN weight_tolerance TEXT;
ALTER TABLE guide_sessions ADD COLUMN created_at TEXT;
ALTER TABLE guide_sessions ADD COLUMN updated_at TEXT;
ALTER TABLE guide_sessions ADD COLUMN notes TEXT;
ALTER TABLE backup_metadata ADD COLUMN sha256 TEXT;
ALTER TABLE backup_metadata ADD COLUMN verified_at TEXT;
ALTER TABLE backup_metadata ADD COLUMN location TEXT NOT NULL DEFAULT 'local';

INSERT INTO schema_migrations (version, applied_at) VALUES ('023', '2026-01-19T21:00:00Z');
UPDATE manufacturers SET website = 'https://' || lower(replace(replace(name, ' ', '-'), '&', 'and')) || '.example', established = 1950 + id * 7;
UPDATE users SET locale = 'nb', updated_at = '2026-01-19T21:00:00Z' WHERE id % 5 = 0;
UPDATE backup_metadata SET verified_at = '2026-01-19T22:00:00Z' WHERE id > 20;

COMMIT;
