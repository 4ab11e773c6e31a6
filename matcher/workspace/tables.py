"""SQL of the schema of both files, version by version. Frozen: later versions are further steps in `migrations`.

The comments behind the columns are the schema's documentation: SQLite keeps them, and the overview in METHOD.md is
checked against them. Days are counted from 1970-01-01. Random keys are 63-bit numbers without meaning; they are the
only link between the two files.
"""

from __future__ import annotations

IDENTITY_1: tuple[str, ...] = (
    """CREATE TABLE store (                -- One row: who this workspace is and how far it has come
  one INTEGER PRIMARY KEY CHECK (one = 1),
  store_id TEXT NOT NULL,                   -- Random name of the workspace, the same in both files
  created_at TEXT NOT NULL,                 -- UTC
  seq INTEGER NOT NULL,                     -- Number of the last change of any record
  stamp INTEGER NOT NULL,                   -- Equals the stamp of biometrics.sqlite when no write was cut short
  audit_count INTEGER NOT NULL,             -- Entries in audit
  audit_head BLOB NOT NULL                  -- Hash of the last entry
) STRICT""",
    """CREATE TABLE import_file (          -- One row per file and role that was ever ingested
  import_key INTEGER PRIMARY KEY,
  name TEXT NOT NULL,                       -- File name without its directory
  path TEXT NOT NULL,                       -- Where it lay; a later file there takes the place of its rejects
  sha256 TEXT NOT NULL,                     -- Of the file; of names and digests for a folder
  role TEXT NOT NULL CHECK (role IN ('table', 'photos', 'str', 'embeddings')),
  kind TEXT NOT NULL,                       -- Record kind of a table; empty for other roles
  encoding TEXT,                            -- Text encoding found; null for other forms
  at TEXT NOT NULL,                         -- UTC, first time
  complete INTEGER NOT NULL,                -- 0 = cut short; ingest it again to finish
  read INTEGER NOT NULL,                    -- Rows; read = stored + rejected + duplicate, as of the last change
  stored INTEGER NOT NULL,                  -- New and changed rows
  updated INTEGER NOT NULL,                 -- Changed rows among them
  duplicate INTEGER NOT NULL,               -- Rows that say what the workspace held already
  rejected INTEGER NOT NULL,                -- Rows not stored
  values_rejected INTEGER NOT NULL,         -- Single values left out of stored rows
  UNIQUE (sha256, role, kind, path)
) STRICT""",
    """CREATE TABLE reject (               -- What could not be stored, and what to do about it
  import_key INTEGER NOT NULL REFERENCES import_file ON DELETE CASCADE,
  n INTEGER NOT NULL,
  row INTEGER,                              -- Row as a spreadsheet shows it; null = the whole file
  field TEXT,                               -- Header; null = the whole row
  value TEXT,                               -- What came; null where it was a genotype, which never stands here
  reason TEXT NOT NULL,
  remedy TEXT NOT NULL,
  record_lost INTEGER NOT NULL,             -- 1 = the row was not stored
  record_id TEXT,                           -- Case number where the row had one, so that erasure finds it
  PRIMARY KEY (import_key, n)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX reject_by_record ON reject (record_id)",
    """CREATE TABLE record (               -- One row per case
  record_key INTEGER PRIMARY KEY,
  record_id TEXT NOT NULL UNIQUE,           -- Case number
  seq INTEGER NOT NULL,                     -- Change number of the last change to anything about the case
  kind TEXT NOT NULL CHECK (kind IN ('intake', 'rescue', 'missing')),
  station TEXT,
  sex TEXT CHECK (sex IN ('male', 'female')),
  birth_earliest INTEGER,                   -- Day
  birth_latest INTEGER,                     -- Day, included
  birth_estimated INTEGER NOT NULL,         -- 1 = from a guessed age
  event_earliest INTEGER,                   -- Day rescued or gone missing
  event_latest INTEGER,                     -- Day, included
  height_cm INTEGER,
  accent TEXT,                              -- In the words of the record
  import_key INTEGER REFERENCES import_file ON DELETE SET NULL,  -- File of the last change
  source_row INTEGER                        -- Row in that file
) STRICT""",
    "CREATE INDEX record_by_seq ON record (seq)",
    """CREATE TABLE tombstone (            -- Cases erased, so that derived indexes drop them
  record_id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX tombstone_by_seq ON tombstone (seq)",
    """CREATE TABLE told_name (            -- Names a subject goes by
  record_key INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
  n INTEGER NOT NULL,                       -- Order in the record
  text TEXT NOT NULL,                       -- As written
  kind TEXT NOT NULL,                       -- told | registered | former | alias | nickname, or the relative it names
  sound_only INTEGER NOT NULL,              -- 1 = marked as known by sound alone
  credence REAL,                            -- Probability in (0, 1]; null = not judged
  said_earliest INTEGER,                    -- Day the statement was made; null = not recorded
  said_latest INTEGER,
  source TEXT,                              -- Who or which column says so
  PRIMARY KEY (record_key, n)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE told_place (           -- Places connected with a subject
  record_key INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
  n INTEGER NOT NULL,                       -- Order in the record
  text TEXT NOT NULL,                       -- As written
  role TEXT NOT NULL,                       -- home | household | accent | lost | found
  credence REAL,                            -- Probability in (0, 1]; null = not judged
  said_earliest INTEGER,                    -- Day the statement was made; null = not recorded
  said_latest INTEGER,
  source TEXT,                              -- Who or which column says so
  PRIMARY KEY (record_key, n)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE note (                 -- Columns without a known meaning, kept
  record_key INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
  n INTEGER NOT NULL,
  header TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (record_key, n)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE photo (                -- Photographs; the files stay where they are
  photo_key INTEGER PRIMARY KEY,            -- Random
  record_key INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
  n INTEGER NOT NULL,                       -- Order of arrival in the record
  path TEXT,                                -- As given; null = came as an embedding only
  sha256 TEXT,                              -- Of the file; null = came as an embedding only
  taken_earliest INTEGER,                   -- Day; null = unknown
  taken_latest INTEGER,
  declared_age_group TEXT NOT NULL,         -- unknown | child | adult
  origin TEXT,                              -- Foreign id of an embedding that came without a file
  provenance TEXT                           -- What made that embedding, in the words of its file
) STRICT""",
    "CREATE INDEX photo_by_record ON photo (record_key, n)",
    "CREATE INDEX photo_by_content ON photo (sha256)",
    """CREATE TABLE photo_model (          -- What a recogniser made of a photograph; no row = still to be embedded
  photo_key INTEGER NOT NULL REFERENCES photo ON DELETE CASCADE,
  model_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('embedded', 'unusable')),
  reason TEXT,                              -- Why it is unusable
  vector_key INTEGER UNIQUE,                -- Random key of the vector in biometrics.sqlite; null = unusable
  PRIMARY KEY (photo_key, model_id)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE pedigree_member (      -- Relatives around a subject, the subject itself included
  record_key INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
  n INTEGER NOT NULL,
  member TEXT NOT NULL,                     -- Name within the pedigree; `subject` is the case's own person
  father TEXT,
  mother TEXT,
  sex TEXT CHECK (sex IN ('male', 'female')),
  sample_id TEXT,                           -- Laboratory's sample name; its profile may still be missing
  PRIMARY KEY (record_key, n)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX member_by_sample ON pedigree_member (sample_id)",
    """CREATE TABLE sample (               -- Laboratory samples with a profile
  sample_id TEXT PRIMARY KEY,               -- Laboratory's name
  sample_key INTEGER NOT NULL UNIQUE        -- Random key of the genotypes in biometrics.sqlite
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE decision (             -- Judgements of named reviewers, append-only
  decision_key INTEGER PRIMARY KEY AUTOINCREMENT,
  probe_id TEXT NOT NULL,
  record_id TEXT NOT NULL,
  judgement TEXT NOT NULL CHECK (judgement IN ('confirm', 'reject', 'defer', 'need_dna', 'withdraw')),
  reviewer TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL                          -- UTC
) STRICT""",
    "CREATE INDEX decision_by_pair ON decision (probe_id, record_id)",
    """CREATE TRIGGER decision_is_final BEFORE UPDATE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END""",
    # Erasure of a person goes before the record of who judged the pair; nothing else removes a decision.
    """CREATE TRIGGER decision_is_kept BEFORE DELETE ON decision
WHEN NOT EXISTS (SELECT 1 FROM tombstone WHERE record_id IN (OLD.probe_id, OLD.record_id))
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END""",
    """CREATE TABLE audit (                -- Hash-chained log of changes, append-only
  n INTEGER PRIMARY KEY,                    -- 1, 2, 3 ...
  at TEXT NOT NULL,                         -- UTC
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT NOT NULL,                     -- Ids and counts as JSON; never a name, genotype or image
  hash BLOB NOT NULL                        -- SHA-256 over the former hash and this entry
) STRICT""",
    """CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
)

BIOMETRICS_1: tuple[str, ...] = (
    """CREATE TABLE store (                -- One row: the workspace this file belongs to
  one INTEGER PRIMARY KEY CHECK (one = 1),
  store_id TEXT NOT NULL,
  stamp INTEGER NOT NULL                    -- See identity.sqlite
) STRICT""",
    """CREATE TABLE embedding (            -- Face vectors
  vector_key INTEGER PRIMARY KEY,           -- Random
  model_id TEXT NOT NULL,
  vector BLOB NOT NULL,                     -- Little-endian float32, L2-normalised
  confidence REAL,                          -- Of the detector, in [0, 1]; null = not measured (as below)
  eye_distance_px REAL,                     -- Between the eyes, in pixels of the photograph
  sharpness REAL,                           -- As the embedder defines it for its model
  yaw REAL,                                 -- Nose offset from the middle of the eyes / eye distance
  roll_degrees REAL                         -- Of the eye axis
) STRICT""",
    """CREATE TABLE genotype (             -- STR genotypes
  sample_key INTEGER NOT NULL,              -- Random
  locus TEXT NOT NULL,                      -- Canonical name
  allele_1 INTEGER NOT NULL,                -- Tenths of a repeat, the smaller
  allele_2 INTEGER NOT NULL,                -- Tenths of a repeat, the larger
  PRIMARY KEY (sample_key, locus)
) STRICT, WITHOUT ROWID""",
)

IDENTITY_2: tuple[str, ...] = (
    """CREATE TABLE confirmation (         -- Steps from a DNA sample to a confirmed or refuted hit, append-only
  event_key INTEGER PRIMARY KEY AUTOINCREMENT,
  probe_id TEXT NOT NULL,
  record_id TEXT NOT NULL,
  action TEXT NOT NULL,                     -- What was done
  state TEXT NOT NULL,                      -- Where the hit stands since then
  since TEXT NOT NULL,                      -- UTC; when that state began
  actor TEXT NOT NULL,                      -- Who did it
  at TEXT NOT NULL,                         -- UTC
  note TEXT NOT NULL,                       -- Reason or reference
  sample_id TEXT,                           -- Laboratory sample that the step is about
  log10_lr REAL                             -- Kinship on the new sample; null = step computes none
) STRICT""",
    "CREATE INDEX confirmation_by_pair ON confirmation (probe_id, record_id)",
    """CREATE TRIGGER confirmation_is_final BEFORE UPDATE ON confirmation
BEGIN SELECT RAISE(ABORT, 'steps of a confirmation are append-only'); END""",
    """CREATE TRIGGER confirmation_is_kept BEFORE DELETE ON confirmation
WHEN NOT EXISTS (SELECT 1 FROM tombstone WHERE record_id IN (OLD.probe_id, OLD.record_id))
BEGIN SELECT RAISE(ABORT, 'steps of a confirmation are append-only'); END""",
)

IDENTITY_3: tuple[str, ...] = (
    "ALTER TABLE decision RENAME TO decision_1",
    """CREATE TABLE decision (             -- Judgements of named reviewers, append-only
  decision_key INTEGER PRIMARY KEY AUTOINCREMENT,
  probe_id TEXT NOT NULL,
  record_id TEXT NOT NULL,
  judgement TEXT NOT NULL CHECK (judgement IN ('confirm', 'reject', 'defer', 'need_dna', 'withdraw')),
  reviewer TEXT NOT NULL,
  reason TEXT NOT NULL,
  at TEXT NOT NULL,                         -- UTC
  ground TEXT CHECK (ground IN ('dna', 'registry', 'family')),  -- Ground truth behind it; null = none
  probe_seq INTEGER,                        -- Last change of the case that the judgement knew of; null = not recorded
  record_seq INTEGER                        -- Same of the record
) STRICT""",
    "INSERT INTO decision SELECT decision_key, probe_id, record_id, judgement, reviewer, reason, at, NULL, NULL, NULL "
    "FROM decision_1 ORDER BY decision_key",
    "DROP TABLE decision_1",
    "CREATE INDEX decision_by_pair ON decision (probe_id, record_id)",
    """CREATE TRIGGER decision_is_final BEFORE UPDATE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END""",
    """CREATE TRIGGER decision_is_kept BEFORE DELETE ON decision
WHEN NOT EXISTS (SELECT 1 FROM tombstone WHERE record_id IN (OLD.probe_id, OLD.record_id))
BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END""",
)
