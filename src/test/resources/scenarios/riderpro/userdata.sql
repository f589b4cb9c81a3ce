-- userdata.db of riderpro: the people that riders in main.db refer to.
-- Journal mode DELETE, unlike the two others; foreign keys are switched on by the app.

PRAGMA journal_mode = DELETE;
PRAGMA foreign_keys = ON;
BEGIN;

CREATE TABLE users (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  email        TEXT NOT NULL UNIQUE COLLATE NOCASE,
  role         TEXT NOT NULL CHECK (role IN ('rider', 'dispatcher', 'admin')),
  passwordHash TEXT NOT NULL,
  isActive     INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE sessions (
  token     TEXT PRIMARY KEY,
  userId    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  expiresAt TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE preferences (
  userId TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  key    TEXT NOT NULL,
  value  TEXT,
  PRIMARY KEY (userId, key)
);

CREATE INDEX idx_sessions_user ON sessions (userId);

INSERT INTO users (id, name, email, role, passwordHash, isActive) VALUES
  ('u-001-13752295', 'Ada Nakamura', 'ada.nakamura.1@example.org', 'rider', '$2b$12$d730d2947a7a7f183f5ac77bbb3de0f0c45b98030914', 1),
  ('u-002-d705d294', 'Ada Baker', 'ada.baker.2@example.org', 'rider', '$2b$12$0e9bb96b04f4942903fca70b6e7df84265646e64eea8', 1),
  ('u-003-8329ce2c', 'Miyuki Rossi', 'miyuki.rossi.3@example.org', 'rider', '$2b$12$47f8f8148a18133ebaa16fc2f98254c3142c59f41481', 1),
  ('u-004-0acaad09', 'Uma Rossi', 'uma.rossi.4@example.org', 'rider', '$2b$12$29fe0fb87c34df00b91498eca3b7345660e369a0e5db', 1),
  ('u-005-5e1aa9f6', 'Noor Jansen', 'noor.jansen.5@example.org', 'rider', '$2b$12$a4b900d0bb5ee98281f10cec8d01ae2208918e40067e', 1),
  ('u-006-124983da', 'Noor Rossi', 'noor.rossi.6@example.org', 'rider', '$2b$12$7868b1728d9eaf61be68944410897eeefa55e27a8e34', 0),
  ('u-007-c36c607c', 'Ivo O''Neill', 'ivo.oneill.7@example.org', 'rider', '$2b$12$16ab2738050893f5f0174fa4e95a6514e0e6c104c06e', 1),
  ('u-008-168e9c92', 'Hana Jansen', 'hana.jansen.8@example.org', 'rider', '$2b$12$92781b8c48b795a88dd35ee63438e21dc42be0eed499', 1),
  ('u-009-fb88f717', 'Bjørn Ito', 'bjrn.ito.9@example.org', 'rider', '$2b$12$16ef461a1ccf75625d9fdfadc6b9a75ed3eb7f882910', 1),
  ('u-010-48a8aa6e', 'Ada O''Neill', 'ada.oneill.10@example.org', 'rider', '$2b$12$234c66354196f9051da17ce639655bdb2ab3884e35f6', 1),
  ('u-011-1293151f', 'Yara Tanaka', 'yara.tanaka.11@example.org', 'rider', '$2b$12$c40baddf58ab2d1ecec1f95bbd33e93cea4d5d42ea0f', 1),
  ('u-012-fcf67dd7', 'Zoë Nakamura', 'zo.nakamura.12@example.org', 'rider', '$2b$12$766ae5f75c11065d7e74e17d37196a29f366ca116ae8', 1),
  ('u-013-3891ee47', 'Femke Lindqvist', 'femke.lindqvist.13@example.org', 'rider', '$2b$12$ea8d082d6ffc5c884d618da075ee409aedeabf77aee9', 1),
  ('u-014-7e43139b', 'Elif Tanaka', 'elif.tanaka.14@example.org', 'rider', '$2b$12$add8a38a47548044723cd3851c16ebb2e7efd1b97947', 1),
  ('u-015-a3875118', 'Ivo D''Angelo', 'ivo.dangelo.15@example.org', 'rider', '$2b$12$625582b0774ad79d59017e90cf845c27b0f20a03a917', 1),
  ('u-016-777f21fc', 'Yara O''Neill', 'yara.oneill.16@example.org', 'rider', '$2b$12$d03d2bf9fe0ec2737df63ade7f352ec8c62d13686ccb', 1),
  ('u-017-973b5c49', 'Femke Rossi', 'femke.rossi.17@example.org', 'rider', '$2b$12$b81a72edf6bc53e2ff7a5eeb1c73551d5e814a1100bc', 1),
  ('u-018-54e7e0f5', 'Søren Nakamura', 'sren.nakamura.18@example.org', 'rider', '$2b$12$72f4ddc72e93e64354e957c3877dd9e6a581bcef195a', 1),
  ('u-019-fed666bb', 'Ada Conti', 'ada.conti.19@example.org', 'rider', '$2b$12$44d4ed659f8cb12ff49eee1d5eaa73c5ea4797731228', 1),
  ('u-020-3577a371', 'Uma Rossi', 'uma.rossi.20@example.org', 'rider', '$2b$12$0eb246ffcdddfbb1bc9b1d1352c2aa31ac1c038c4769', 1),
  ('u-021-bed3ec17', 'Miyuki Fischer', 'miyuki.fischer.21@example.org', 'rider', '$2b$12$cdc4e86523ff3c2b0b689d6aef82b1a56822d05e5c71', 1),
  ('u-022-6ac8e9fe', 'Ivo Almeida', 'ivo.almeida.22@example.org', 'rider', '$2b$12$f19f7bdf1229e4f6a5d75cd7578af1fc8bf2ba60704f', 1),
  ('u-023-20729bec', 'Bjørn Rossi', 'bjrn.rossi.23@example.org', 'rider', '$2b$12$825471fe6fbca3d6c3dd64df09c09e516e572efb453a', 1),
  ('u-024-4f268945', 'Wanda D''Angelo', 'wanda.dangelo.24@example.org', 'rider', '$2b$12$8916d0bd835d3a650e8bbd2aea5eab6ec82b0922ce3d', 1),
  ('u-025-05ebc967', 'Otto Tanaka', 'otto.tanaka.25@example.org', 'dispatcher', '$2b$12$2eb393bc19f0de99106e598062f18e3d0306619c310c', 1),
  ('u-026-3c66dff2', 'Miyuki Fischer', 'miyuki.fischer.26@example.org', 'dispatcher', '$2b$12$4b7dbd7861ad97f7ba72e5cfceddd57d76af3b93d9c8', 1),
  ('u-027-6cd22f81', 'Zoë Tanaka', 'zo.tanaka.27@example.org', 'dispatcher', '$2b$12$5bc3b8a24570805ff6a4441c453e54c1b6cd4c8073b5', 1),
  ('u-028-20b67d41', 'Otto Şahin', 'otto.ahin.28@example.org', 'dispatcher', '$2b$12$6266b74a141d7704355ca190f34ba93d189e81c2b34e', 1),
  ('u-029-b1d33de1', 'Yara Eriksen', 'yara.eriksen.29@example.org', 'admin', '$2b$12$2c20b316ed6dab4dc60bdedafaf26d318f9c38361128', 1),
  ('u-030-c599752c', 'Femke Petrov', 'femke.petrov.30@example.org', 'admin', '$2b$12$e1c2172d726bd64f7bba29cca7e6c3cf95f3e07dec1d', 1);

INSERT INTO sessions (token, userId, expiresAt) VALUES
  ('7b8b3fe92e401e7df4b7fc33fcefdd944d24578e', 'u-002-d705d294', '2026-01-28T07:15:00Z'),
  ('8ab17c42218e084bca60080d813d91abad48af12', 'u-002-d705d294', '2026-02-09T19:23:00Z'),
  ('3c458cf5eeb50027f7ec7a903ada042bf7fbce28', 'u-003-8329ce2c', '2026-01-21T01:30:00Z'),
  ('64cde3cb036c1b64d618cf16f0c4f97d9ad6ba2a', 'u-004-0acaad09', '2026-01-20T22:47:00Z'),
  ('e5acd24f1598f24f64e51511b9e75e41382b7b7f', 'u-004-0acaad09', '2026-01-31T11:18:00Z'),
  ('bac1a584b3425124db0036f93730c08bced2e7fe', 'u-005-5e1aa9f6', '2026-01-23T04:00:00Z'),
  ('31ee2ff584314bc4c6f378f085f86dbb796eb645', 'u-005-5e1aa9f6', '2026-01-28T11:44:00Z'),
  ('8a336c93f2236411c365fca06cac074b772f6248', 'u-007-c36c607c', '2026-02-09T04:22:00Z'),
  ('a02e18cb57fb2de62809730f71938f2456d64882', 'u-007-c36c607c', '2026-02-15T04:56:00Z'),
  ('8c5ec57ac8ca69dee8fa2e5910f148cc391abbaf', 'u-008-168e9c92', '2026-02-12T05:51:00Z'),
  ('e553b63fc442c8237a431f52b8668c0a79ef439b', 'u-008-168e9c92', '2026-02-07T19:53:00Z'),
  ('0e61f6a3aaae45e58a9249bd3f7b80ad623cae1b', 'u-009-fb88f717', '2026-01-21T11:51:00Z'),
  ('1012812436ceb0ed9ac6ef72db60bdb35d1b3857', 'u-010-48a8aa6e', '2026-01-24T19:18:00Z'),
  ('c33afb0f2916df8b7d10c2c1dceeb1b353a7e72e', 'u-010-48a8aa6e', '2026-02-03T21:39:00Z'),
  ('a3156b89cb909df6b44b267999bc0d0224e2e67e', 'u-010-48a8aa6e', '2026-01-23T21:33:00Z'),
  ('1b87235e63d2bd73743947119d5fb7a98dd99147', 'u-011-1293151f', '2026-01-24T00:09:00Z'),
  ('dbe8442e07fb04a5e35b6209978a8f1379181503', 'u-011-1293151f', '2026-01-26T22:46:00Z'),
  ('0742e32863fb5d65f1d208960fde9eb2879fe4b8', 'u-011-1293151f', '2026-01-28T06:11:00Z'),
  ('efa49655828ce2c63b9d1a8c2cfb29866da55e0c', 'u-012-fcf67dd7', '2026-01-23T13:27:00Z'),
  ('1b289e63494fae12573c0b16c79b615ef58ca13c', 'u-013-3891ee47', '2026-02-10T23:07:00Z'),
  ('051c7f0d05f29cfcd33574e1cfa9b1c661bad34c', 'u-014-7e43139b', '2026-02-16T11:48:00Z'),
  ('77c7dc0e48861b6cad06accbfe08094925490abc', 'u-014-7e43139b', '2026-02-16T01:20:00Z'),
  ('bf6a9354c0c274fc1aaee600c2fa065b446224c5', 'u-017-973b5c49', '2026-01-30T16:15:00Z'),
  ('3db7e24584a2658e45012f078c5b4450b8095df8', 'u-018-54e7e0f5', '2026-01-30T11:17:00Z'),
  ('b7f0a3acfc9b74996a1f9720e50e490ac24b4b99', 'u-020-3577a371', '2026-02-14T11:55:00Z'),
  ('47805d842ba3891d87f4f405b9a474e62a7f3b99', 'u-021-bed3ec17', '2026-01-31T05:43:00Z'),
  ('5ba3000cc90206d72e1abf70945e6ea2a73c8434', 'u-021-bed3ec17', '2026-02-06T19:35:00Z'),
  ('acfc537b05ed6763eac2cf631d6d92913085c527', 'u-021-bed3ec17', '2026-02-12T14:17:00Z'),
  ('e5a4ec78e1e689fc767104a1d7b777753a3eba1f', 'u-022-6ac8e9fe', '2026-01-21T07:26:00Z'),
  ('c6241d330efee40a409132bc197d3ec33c17f0e7', 'u-022-6ac8e9fe', '2026-02-16T12:06:00Z'),
  ('e89a7471c5b6eecb1106d78fd343645bc640dcfb', 'u-023-20729bec', '2026-01-21T21:47:00Z'),
  ('960922419a86136947fd5994c1d063d4b51c044d', 'u-026-3c66dff2', '2026-02-16T08:58:00Z'),
  ('04b090d9587748fdf25a4e5904ab6c76e895e2e0', 'u-026-3c66dff2', '2026-01-27T08:36:00Z'),
  ('9951e5c7fb478cfe054858694811991c426ae7ed', 'u-027-6cd22f81', '2026-02-07T08:21:00Z'),
  ('ff1132c41d883a352f2916a597d8f84923d3b4cc', 'u-029-b1d33de1', '2026-01-27T12:33:00Z'),
  ('9997f72a00b727ad4f92578a383d9fe1ef5b3a44', 'u-030-c599752c', '2026-01-30T05:22:00Z'),
  ('515ec06e8c563895962106449a356e895d7d4100', 'u-030-c599752c', '2026-01-26T10:15:00Z');

INSERT INTO preferences (userId, key, value) VALUES
  ('u-001-13752295', 'language', 'kn'),
  ('u-001-13752295', 'map.zoom', '16'),
  ('u-002-d705d294', 'language', 'hi'),
  ('u-002-d705d294', 'map.zoom', '12'),
  ('u-003-8329ce2c', 'language', 'kn'),
  ('u-004-0acaad09', 'language', 'hi'),
  ('u-004-0acaad09', 'map.zoom', '10'),
  ('u-005-5e1aa9f6', 'language', 'en'),
  ('u-006-124983da', 'language', 'ta'),
  ('u-007-c36c607c', 'language', 'hi'),
  ('u-007-c36c607c', 'map.zoom', '9'),
  ('u-008-168e9c92', 'language', 'hi'),
  ('u-008-168e9c92', 'map.zoom', '15'),
  ('u-009-fb88f717', 'language', 'ta'),
  ('u-009-fb88f717', 'map.zoom', '8'),
  ('u-010-48a8aa6e', 'language', 'ta'),
  ('u-010-48a8aa6e', 'map.zoom', '15'),
  ('u-011-1293151f', 'language', 'hi'),
  ('u-011-1293151f', 'map.zoom', '13'),
  ('u-012-fcf67dd7', 'language', 'en'),
  ('u-012-fcf67dd7', 'map.zoom', '17'),
  ('u-013-3891ee47', 'language', 'kn'),
  ('u-013-3891ee47', 'map.zoom', '10'),
  ('u-014-7e43139b', 'language', 'ta'),
  ('u-014-7e43139b', 'map.zoom', '8'),
  ('u-015-a3875118', 'language', 'en'),
  ('u-016-777f21fc', 'language', 'en'),
  ('u-017-973b5c49', 'language', 'ta'),
  ('u-017-973b5c49', 'map.zoom', '17'),
  ('u-018-54e7e0f5', 'language', 'hi'),
  ('u-019-fed666bb', 'language', 'ta'),
  ('u-019-fed666bb', 'map.zoom', '17'),
  ('u-020-3577a371', 'language', 'hi'),
  ('u-021-bed3ec17', 'language', 'en'),
  ('u-021-bed3ec17', 'map.zoom', '9'),
  ('u-022-6ac8e9fe', 'language', 'ta'),
  ('u-023-20729bec', 'language', 'hi'),
  ('u-024-4f268945', 'language', 'hi'),
  ('u-025-05ebc967', 'language', 'en'),
  ('u-026-3c66dff2', 'language', 'ta'),
  ('u-026-3c66dff2', 'map.zoom', '11'),
  ('u-027-6cd22f81', 'language', 'kn'),
  ('u-027-6cd22f81', 'map.zoom', '18'),
  ('u-028-20b67d41', 'language', 'ta'),
  ('u-028-20b67d41', 'map.zoom', '8'),
  ('u-029-b1d33de1', 'language', 'kn'),
  ('u-030-c599752c', 'language', 'en'),
  ('u-030-c599752c', 'map.zoom', '12');

COMMIT;
