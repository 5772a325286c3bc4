"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables, and hold that changes are never altered."""
    op.create_table(
        "forecast_days",
        sa.Column("case", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("case", "digest", name=op.f("pk_forecast_days")),
    )
    op.create_table(
        "replies",
        sa.Column("token", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token", "key", name=op.f("pk_replies")),
    )
    op.create_index(op.f("ix_replies_at"), "replies", ["at"])
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("name", name=op.f("uq_tokens_name")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_tokens_secret_hash")),
    )
    op.create_table(
        "revisions",
        sa.Column("case", sa.String(80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("token", sa.Integer(), nullable=True),
        sa.Column("because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["token"], ["tokens.id"], name=op.f("fk_revisions_token_tokens")
        ),
        sa.PrimaryKeyConstraint("case", "revision", name=op.f("pk_revisions")),
    )
    op.create_index(op.f("ix_revisions_case_at"), "revisions", ["case", "at"])
    op.create_table(
        "sign_ins",
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("token", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["token"], ["tokens.id"], name=op.f("fk_sign_ins_token_tokens")
        ),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_sign_ins")),
    )
    op.create_table(
        "changes",
        sa.Column("case", sa.String(80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(162), nullable=False),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case", "revision"],
            ["revisions.case", "revisions.revision"],
            name=op.f("fk_changes_case_revision_revisions"),
        ),
        sa.PrimaryKeyConstraint("case", "revision", "number", name=op.f("pk_changes")),
    )
    op.create_index(
        op.f("ix_changes_case_kind_key"), "changes", ["case", "kind", "key"]
    )
    op.create_table(
        "fits",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case", sa.String(80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(80), nullable=True),
        sa.Column("chains", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("seed", sa.String(40), nullable=True),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("has_draws", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("asked_by", sa.String(200), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case", "revision"],
            ["revisions.case", "revisions.revision"],
            name=op.f("fk_fits_case_revision_revisions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fits")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_fits_case_revision"), "fits", ["case", "revision"])
    op.create_index(op.f("ix_fits_state"), "fits", ["state"])
    op.create_table(
        "fit_draws",
        sa.Column("fit", NUMBER, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fit"], ["fits.id"], name=op.f("fk_fit_draws_fit_fits")
        ),
        sa.PrimaryKeyConstraint("fit", name=op.f("pk_fit_draws")),
    )
    op.create_table(
        "fit_files",
        sa.Column("fit", NUMBER, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fit"], ["fits.id"], name=op.f("fk_fit_files_fit_fits")
        ),
        sa.PrimaryKeyConstraint("fit", "name", name=op.f("pk_fit_files")),
    )
    for table in ("revisions", "changes"):
        for deed in ("update", "delete"):
            op.execute(_forbids(table, deed))


def _forbids(table: str, deed: str) -> str:
    told = f"{table} are never altered"
    trigger = f"CREATE TRIGGER {table}_no_{deed} BEFORE {deed.upper()} ON {table}"
    if op.get_bind().dialect.name == "sqlite":
        return f"{trigger} BEGIN SELECT RAISE(ABORT, '{told}'); END"
    refuse = f"{table}_refuse_{deed}"
    return f"""
        CREATE FUNCTION {refuse}() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{told}' USING ERRCODE = '23001'; END $$;
        {trigger} FOR EACH STATEMENT EXECUTE FUNCTION {refuse}()
    """
