-- The first tables, as PostgreSQL dumps them: never to be altered.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.changes_refuse_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'changes are never altered' USING ERRCODE = '23001'; END $$;
CREATE FUNCTION public.changes_refuse_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'changes are never altered' USING ERRCODE = '23001'; END $$;
CREATE FUNCTION public.revisions_refuse_delete() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'revisions are never altered' USING ERRCODE = '23001'; END $$;
CREATE FUNCTION public.revisions_refuse_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'revisions are never altered' USING ERRCODE = '23001'; END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.changes (
    "case" character varying(80) NOT NULL,
    revision integer NOT NULL,
    number integer NOT NULL,
    kind character varying(16) NOT NULL,
    key character varying(162) NOT NULL,
    body json
);
CREATE TABLE public.fit_draws (
    fit bigint NOT NULL,
    content bytea NOT NULL
);
CREATE TABLE public.fit_files (
    fit bigint NOT NULL,
    name character varying(80) NOT NULL,
    media_type character varying(80) NOT NULL,
    content bytea NOT NULL
);
CREATE TABLE public.fits (
    id bigint NOT NULL,
    "case" character varying(80) NOT NULL,
    revision integer NOT NULL,
    as_of date NOT NULL,
    state character varying(16) NOT NULL,
    stage character varying(80),
    chains json NOT NULL,
    settings json NOT NULL,
    digest character varying(64) NOT NULL,
    seed character varying(40),
    summary character varying,
    is_good boolean NOT NULL,
    has_draws boolean NOT NULL,
    error character varying,
    asked_by character varying(200) NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    attempts integer NOT NULL
);
CREATE SEQUENCE public.fits_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.fits_id_seq OWNED BY public.fits.id;
CREATE TABLE public.forecast_days (
    "case" character varying(80) NOT NULL,
    digest character varying(64) NOT NULL,
    as_of date NOT NULL,
    summary character varying NOT NULL
);
CREATE TABLE public.replies (
    token integer NOT NULL,
    key character varying(200) NOT NULL,
    request_hash character varying(64) NOT NULL,
    status integer NOT NULL,
    headers json NOT NULL,
    body bytea NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE TABLE public.revisions (
    "case" character varying(80) NOT NULL,
    revision integer NOT NULL,
    at timestamp with time zone NOT NULL,
    who character varying(200) NOT NULL,
    token integer,
    because character varying
);
CREATE TABLE public.secrets (
    name character varying(40) NOT NULL,
    content bytea NOT NULL
);
CREATE TABLE public.sign_ins (
    secret_hash character varying(64) NOT NULL,
    token integer,
    role character varying(16) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);
CREATE TABLE public.tokens (
    id integer NOT NULL,
    name character varying(80) NOT NULL,
    role character varying(16) NOT NULL,
    secret_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone
);
CREATE SEQUENCE public.tokens_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.tokens_id_seq OWNED BY public.tokens.id;
ALTER TABLE ONLY public.fits ALTER COLUMN id SET DEFAULT nextval('public.fits_id_seq'::regclass);
ALTER TABLE ONLY public.tokens ALTER COLUMN id SET DEFAULT nextval('public.tokens_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('1');
INSERT INTO public.changes VALUES ('war', 1, 0, 'case', 'war', '{"case":"war","title":"A war"}');
INSERT INTO public.changes VALUES ('war', 1, 1, 'scenario', 'war', '{"id":"war","question":"Does war come by 31 December 2025?","criteria":"Shots","opens":"2022-07-01","closes":"2025-12-31","prior":{"median":0.3,"low":0.1,"high":0.6}}');
INSERT INTO public.changes VALUES ('war', 1, 2, 'source', 'kcna', '{"id":"kcna","name":"KCNA","reliability":"D"}');
INSERT INTO public.changes VALUES ('war', 1, 3, 'report', 'threat', '{"id":"threat","claim":"War comes","source":"kcna","credibility":3,"published":"2022-08-01","bears_on":[{"scenario":"war","direction":"supports","strength":"weak"}]}');
INSERT INTO public.changes VALUES ('war', 2, 0, 'source', 'kcna', '{"id":"kcna","name":"KCNA","reliability":"B"}');
INSERT INTO public.changes VALUES ('war', 3, 0, 'report', 'threat', NULL);
INSERT INTO public.fit_draws VALUES (1, '\x6472617773');
INSERT INTO public.fit_files VALUES (1, 'forest.svg', 'image/svg+xml', '\x3c7376672f3e');
INSERT INTO public.fits VALUES (1, 'war', 1, '2025-06-01', 'done', NULL, '[]', '{"draws":1000,"tune":400,"chains":4}', 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', '7', '{"case":"war","as_of":"2025-06-01","digest":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seed":7,"checks":{"ok":true,"r_hat_max":1.001,"ess_bulk_min":900.0,"ess_tail_min":800.0,"divergences":0},"scenarios":[],"sources":[],"arguments":[]}', true, true, NULL, 'ada', '2025-06-01 09:00:00+00', '2025-06-01 09:00:00+00', '2025-06-01 10:00:00+00', 1);
INSERT INTO public.forecast_days VALUES ('war', 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', '2025-06-01', '{"case":"war","as_of":"2025-06-01","digest":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seed":7,"checks":{"ok":true,"r_hat_max":1.001,"ess_bulk_min":900.0,"ess_tail_min":800.0,"divergences":0},"scenarios":[],"sources":[],"arguments":[]}');
INSERT INTO public.replies VALUES (1, 'key', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 201, '{"ETag":"\"2\""}', '\x7b7d', '2025-06-01 09:00:00+00');
INSERT INTO public.revisions VALUES ('war', 1, '2025-06-01 09:00:00+00', 'ada', 1, NULL);
INSERT INTO public.revisions VALUES ('war', 2, '2025-06-01 10:00:00+00', 'ada', 1, NULL);
INSERT INTO public.revisions VALUES ('war', 3, '2025-06-01 11:00:00+00', 'bob', 2, 'Retracted');
INSERT INTO public.secrets VALUES ('sessions', '\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
INSERT INTO public.sign_ins VALUES ('d014ad4790a7221c314b72380db13a109de7ebdd229e452ecb832b7d379798b2', NULL, 'admin', '2025-06-01 09:00:00+00', '2025-06-01 10:00:00+00', NULL);
INSERT INTO public.tokens VALUES (1, 'ada', 'admin', 'bbdba25fde150b32f026b3cff09f4a1b683965d7adf3c1a3400f3286ab9f590d', '2025-06-01 08:00:00+00', NULL, NULL);
INSERT INTO public.tokens VALUES (2, 'bob', 'forecaster', 'e694683fc3830c4a27bf8c0cb748e20bdec10e223509d47a77a85b81517585f4', '2025-06-01 08:00:00+00', NULL, NULL);
SELECT pg_catalog.setval('public.fits_id_seq', 1, true);
SELECT pg_catalog.setval('public.tokens_id_seq', 2, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.changes
    ADD CONSTRAINT pk_changes PRIMARY KEY ("case", revision, number);
ALTER TABLE ONLY public.fit_draws
    ADD CONSTRAINT pk_fit_draws PRIMARY KEY (fit);
ALTER TABLE ONLY public.fit_files
    ADD CONSTRAINT pk_fit_files PRIMARY KEY (fit, name);
ALTER TABLE ONLY public.fits
    ADD CONSTRAINT pk_fits PRIMARY KEY (id);
ALTER TABLE ONLY public.forecast_days
    ADD CONSTRAINT pk_forecast_days PRIMARY KEY ("case", digest);
ALTER TABLE ONLY public.replies
    ADD CONSTRAINT pk_replies PRIMARY KEY (token, key);
ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT pk_revisions PRIMARY KEY ("case", revision);
ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT pk_secrets PRIMARY KEY (name);
ALTER TABLE ONLY public.sign_ins
    ADD CONSTRAINT pk_sign_ins PRIMARY KEY (secret_hash);
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT pk_tokens PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT uq_tokens_name UNIQUE (name);
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT uq_tokens_secret_hash UNIQUE (secret_hash);
CREATE INDEX ix_changes_case_kind_key ON public.changes USING btree ("case", kind, key);
CREATE INDEX ix_fits_case_revision ON public.fits USING btree ("case", revision);
CREATE INDEX ix_fits_state ON public.fits USING btree (state);
CREATE INDEX ix_replies_at ON public.replies USING btree (at);
CREATE INDEX ix_revisions_case_at ON public.revisions USING btree ("case", at);
CREATE TRIGGER changes_no_delete BEFORE DELETE ON public.changes FOR EACH STATEMENT EXECUTE FUNCTION public.changes_refuse_delete();
CREATE TRIGGER changes_no_update BEFORE UPDATE ON public.changes FOR EACH STATEMENT EXECUTE FUNCTION public.changes_refuse_update();
CREATE TRIGGER revisions_no_delete BEFORE DELETE ON public.revisions FOR EACH STATEMENT EXECUTE FUNCTION public.revisions_refuse_delete();
CREATE TRIGGER revisions_no_update BEFORE UPDATE ON public.revisions FOR EACH STATEMENT EXECUTE FUNCTION public.revisions_refuse_update();
ALTER TABLE ONLY public.changes
    ADD CONSTRAINT fk_changes_case_revision_revisions FOREIGN KEY ("case", revision) REFERENCES public.revisions("case", revision);
ALTER TABLE ONLY public.fit_draws
    ADD CONSTRAINT fk_fit_draws_fit_fits FOREIGN KEY (fit) REFERENCES public.fits(id);
ALTER TABLE ONLY public.fit_files
    ADD CONSTRAINT fk_fit_files_fit_fits FOREIGN KEY (fit) REFERENCES public.fits(id);
ALTER TABLE ONLY public.fits
    ADD CONSTRAINT fk_fits_case_revision_revisions FOREIGN KEY ("case", revision) REFERENCES public.revisions("case", revision);
ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT fk_revisions_token_tokens FOREIGN KEY (token) REFERENCES public.tokens(id);
ALTER TABLE ONLY public.sign_ins
    ADD CONSTRAINT fk_sign_ins_token_tokens FOREIGN KEY (token) REFERENCES public.tokens(id);
