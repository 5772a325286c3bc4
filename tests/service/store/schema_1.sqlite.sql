-- The first tables, as SQLite dumps them, with something in each: never to be altered.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('1');
CREATE TABLE changes (
	"case" VARCHAR(80) NOT NULL, 
	revision INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	"key" VARCHAR(162) NOT NULL, 
	body JSON, 
	CONSTRAINT pk_changes PRIMARY KEY ("case", revision, number), 
	CONSTRAINT fk_changes_case_revision_revisions FOREIGN KEY("case", revision) REFERENCES revisions ("case", revision)
);
INSERT INTO "changes" VALUES('war',1,0,'case','war','{"case":"war","title":"A war"}');
INSERT INTO "changes" VALUES('war',1,1,'scenario','war','{"id":"war","question":"Does war come by 31 December 2025?","criteria":"Shots","opens":"2022-07-01","closes":"2025-12-31","prior":{"median":0.3,"low":0.1,"high":0.6}}');
INSERT INTO "changes" VALUES('war',1,2,'source','kcna','{"id":"kcna","name":"KCNA","reliability":"D"}');
INSERT INTO "changes" VALUES('war',1,3,'report','threat','{"id":"threat","claim":"War comes","source":"kcna","credibility":3,"published":"2022-08-01","bears_on":[{"scenario":"war","direction":"supports","strength":"weak"}]}');
INSERT INTO "changes" VALUES('war',2,0,'source','kcna','{"id":"kcna","name":"KCNA","reliability":"B"}');
INSERT INTO "changes" VALUES('war',3,0,'report','threat',NULL);
CREATE TABLE fit_draws (
	fit INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_fit_draws PRIMARY KEY (fit), 
	CONSTRAINT fk_fit_draws_fit_fits FOREIGN KEY(fit) REFERENCES fits (id)
);
INSERT INTO "fit_draws" VALUES(1,X'6472617773');
CREATE TABLE fit_files (
	fit INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	media_type VARCHAR(80) NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_fit_files PRIMARY KEY (fit, name), 
	CONSTRAINT fk_fit_files_fit_fits FOREIGN KEY(fit) REFERENCES fits (id)
);
INSERT INTO "fit_files" VALUES(1,'forest.svg','image/svg+xml',X'3C7376672F3E');
CREATE TABLE fits (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"case" VARCHAR(80) NOT NULL, 
	revision INTEGER NOT NULL, 
	as_of DATE NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	stage VARCHAR(80), 
	chains JSON NOT NULL, 
	settings JSON NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	seed VARCHAR(40), 
	summary VARCHAR, 
	is_good BOOLEAN NOT NULL, 
	has_draws BOOLEAN NOT NULL, 
	error VARCHAR, 
	asked_by VARCHAR(200) NOT NULL, 
	asked_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	attempts INTEGER NOT NULL, 
	CONSTRAINT fk_fits_case_revision_revisions FOREIGN KEY("case", revision) REFERENCES revisions ("case", revision)
);
INSERT INTO "fits" VALUES(1,'war',1,'2025-06-01','done',NULL,'[]','{"draws":1000,"tune":400,"chains":4}','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','7','{"case":"war","as_of":"2025-06-01","digest":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seed":7,"checks":{"ok":true,"r_hat_max":1.001,"ess_bulk_min":900.0,"ess_tail_min":800.0,"divergences":0},"scenarios":[],"sources":[],"arguments":[]}',1,1,NULL,'ada','2025-06-01 09:00:00.000000','2025-06-01 09:00:00.000000','2025-06-01 10:00:00.000000',1);
CREATE TABLE forecast_days (
	"case" VARCHAR(80) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	as_of DATE NOT NULL, 
	summary VARCHAR NOT NULL, 
	CONSTRAINT pk_forecast_days PRIMARY KEY ("case", digest)
);
INSERT INTO "forecast_days" VALUES('war','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','2025-06-01','{"case":"war","as_of":"2025-06-01","digest":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seed":7,"checks":{"ok":true,"r_hat_max":1.001,"ess_bulk_min":900.0,"ess_tail_min":800.0,"divergences":0},"scenarios":[],"sources":[],"arguments":[]}');
CREATE TABLE replies (
	token INTEGER NOT NULL, 
	"key" VARCHAR(200) NOT NULL, 
	request_hash VARCHAR(64) NOT NULL, 
	status INTEGER NOT NULL, 
	headers JSON NOT NULL, 
	body BLOB NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_replies PRIMARY KEY (token, "key")
);
INSERT INTO "replies" VALUES(1,'key','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',201,'{"ETag":"\"2\""}',X'7B7D','2025-06-01 09:00:00.000000');
CREATE TABLE revisions (
	"case" VARCHAR(80) NOT NULL, 
	revision INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	who VARCHAR(200) NOT NULL, 
	token INTEGER, 
	because VARCHAR, 
	CONSTRAINT pk_revisions PRIMARY KEY ("case", revision), 
	CONSTRAINT fk_revisions_token_tokens FOREIGN KEY(token) REFERENCES tokens (id)
);
INSERT INTO "revisions" VALUES('war',1,'2025-06-01 09:00:00.000000','ada',1,NULL);
INSERT INTO "revisions" VALUES('war',2,'2025-06-01 10:00:00.000000','ada',1,NULL);
INSERT INTO "revisions" VALUES('war',3,'2025-06-01 11:00:00.000000','bob',2,'Retracted');
CREATE TABLE secrets (
	name VARCHAR(40) NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_secrets PRIMARY KEY (name)
);
INSERT INTO "secrets" VALUES('sessions',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F');
CREATE TABLE sign_ins (
	secret_hash VARCHAR(64) NOT NULL, 
	token INTEGER, 
	role VARCHAR(16) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT pk_sign_ins PRIMARY KEY (secret_hash), 
	CONSTRAINT fk_sign_ins_token_tokens FOREIGN KEY(token) REFERENCES tokens (id)
);
INSERT INTO "sign_ins" VALUES('d014ad4790a7221c314b72380db13a109de7ebdd229e452ecb832b7d379798b2',NULL,'admin','2025-06-01 09:00:00.000000','2025-06-01 10:00:00.000000',NULL);
CREATE TABLE tokens (
	id INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	secret_hash VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	last_used_at DATETIME, 
	CONSTRAINT pk_tokens PRIMARY KEY (id), 
	CONSTRAINT uq_tokens_name UNIQUE (name), 
	CONSTRAINT uq_tokens_secret_hash UNIQUE (secret_hash)
);
INSERT INTO "tokens" VALUES(1,'ada','admin','bbdba25fde150b32f026b3cff09f4a1b683965d7adf3c1a3400f3286ab9f590d','2025-06-01 08:00:00.000000',NULL,NULL);
INSERT INTO "tokens" VALUES(2,'bob','forecaster','e694683fc3830c4a27bf8c0cb748e20bdec10e223509d47a77a85b81517585f4','2025-06-01 08:00:00.000000',NULL,NULL);
CREATE INDEX ix_replies_at ON replies (at);
CREATE INDEX ix_revisions_case_at ON revisions ("case", at);
CREATE INDEX ix_changes_case_kind_key ON changes ("case", kind, "key");
CREATE INDEX ix_fits_case_revision ON fits ("case", revision);
CREATE INDEX ix_fits_state ON fits (state);
CREATE TRIGGER revisions_no_update BEFORE UPDATE ON revisions BEGIN SELECT RAISE(ABORT, 'revisions are never altered'); END;
CREATE TRIGGER revisions_no_delete BEFORE DELETE ON revisions BEGIN SELECT RAISE(ABORT, 'revisions are never altered'); END;
CREATE TRIGGER changes_no_update BEFORE UPDATE ON changes BEGIN SELECT RAISE(ABORT, 'changes are never altered'); END;
CREATE TRIGGER changes_no_delete BEFORE DELETE ON changes BEGIN SELECT RAISE(ABORT, 'changes are never altered'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('fits',1);
COMMIT;
