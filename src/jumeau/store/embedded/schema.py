"""Tables of a twin of the first format in SQLite; `formats` says what came since."""

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE layers (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sources (id TEXT NOT NULL, instant INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (id, instant))
  STRICT, WITHOUT ROWID;
CREATE TABLE commits (id INTEGER PRIMARY KEY AUTOINCREMENT, parents TEXT NOT NULL, branch TEXT NOT NULL, author TEXT NOT NULL,
  message TEXT NOT NULL, instant INTEGER NOT NULL UNIQUE, kind TEXT NOT NULL, layers TEXT NOT NULL, undoes TEXT NOT NULL)
  STRICT;
CREATE TABLE heads (id INTEGER PRIMARY KEY, branch TEXT NOT NULL, instant INTEGER NOT NULL, head INTEGER NOT NULL,
  author TEXT NOT NULL) STRICT;
CREATE INDEX heads_branch ON heads (branch, instant);
CREATE TABLE edits (id INTEGER PRIMARY KEY, commit_id INTEGER NOT NULL, place INTEGER NOT NULL, layer TEXT NOT NULL,
  asset TEXT NOT NULL, attribute TEXT NOT NULL, value ANY, source TEXT NOT NULL, origin TEXT NOT NULL,
  valid_from INTEGER, valid_to INTEGER, counter INTEGER NOT NULL) STRICT;
CREATE INDEX edits_asset ON edits (layer, asset, attribute);
CREATE INDEX edits_commit ON edits (commit_id, layer);
CREATE INDEX edits_counter ON edits (layer) WHERE counter = 1;
CREATE INDEX edits_bounded ON edits (layer) WHERE valid_from IS NOT NULL OR valid_to IS NOT NULL;
CREATE TABLE claim_files (commit_id INTEGER NOT NULL, place INTEGER NOT NULL, layer TEXT NOT NULL, sha256 TEXT NOT NULL,
  rows INTEGER NOT NULL, source TEXT NOT NULL, origins TEXT NOT NULL, valid_from INTEGER, valid_to INTEGER,
  PRIMARY KEY (commit_id, place)) STRICT, WITHOUT ROWID;
CREATE INDEX claim_files_layer ON claim_files (layer);
CREATE TABLE layer_sources (layer TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (layer, source)) STRICT, WITHOUT ROWID;
CREATE TABLE tombstones (commit_id INTEGER NOT NULL, layer TEXT NOT NULL, asset TEXT NOT NULL, attribute TEXT NOT NULL,
  author TEXT NOT NULL, reason TEXT NOT NULL, instant INTEGER NOT NULL) STRICT;
CREATE TABLE doomed (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE identifiers (asset TEXT NOT NULL, register TEXT NOT NULL, name TEXT NOT NULL, layer TEXT NOT NULL,
  confidence REAL NOT NULL, PRIMARY KEY (asset, register, name)) STRICT, WITHOUT ROWID;
CREATE INDEX identifiers_name ON identifiers (register, name);
CREATE TABLE files (sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE results (run TEXT NOT NULL, part TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (run, part)) STRICT, WITHOUT ROWID;
CREATE TABLE observations (series TEXT NOT NULL, instant INTEGER NOT NULL, value REAL NOT NULL, unit TEXT NOT NULL,
  quality TEXT NOT NULL, PRIMARY KEY (series, instant)) STRICT, WITHOUT ROWID;
CREATE TABLE latest (series TEXT PRIMARY KEY, instant INTEGER NOT NULL, value REAL NOT NULL, unit TEXT NOT NULL,
  quality TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
