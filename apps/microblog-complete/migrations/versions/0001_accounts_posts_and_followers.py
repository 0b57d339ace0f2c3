"""Accounts, posts, and who follows whom.

MariaDB can't take back a table that it has made. Each step may be done already, by a start that
was cut short, so that the next one goes on from there.

Revision: 0001, after an empty database.
"""

import sqlalchemy as sa
from alembic import op

from microblog.database import caseless

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", caseless(32), nullable=False),
        sa.Column("email", caseless(120), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("about_me", sa.String(280), nullable=False),
        sa.Column("joined_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("username", name="uq_users_username"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        if_not_exists=True,
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(280), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_posts_author_id"),
        if_not_exists=True,
    )
    op.create_index("ix_posts_author_id", "posts", ["author_id"], if_not_exists=True)
    op.create_index("ix_posts_body", "posts", ["body"], mysql_prefix="FULLTEXT", if_not_exists=True)
    op.create_table(
        "follows",
        sa.Column("follower_id", sa.Integer(), nullable=False),
        sa.Column("followed_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("follower_id", "followed_id", name="pk_follows"),
        sa.ForeignKeyConstraint(["follower_id"], ["users.id"], name="fk_follows_follower_id"),
        sa.ForeignKeyConstraint(["followed_id"], ["users.id"], name="fk_follows_followed_id"),
        if_not_exists=True,
    )
    op.create_index("ix_follows_followed_id", "follows", ["followed_id"], if_not_exists=True)


def downgrade() -> None:
    """Go back to an empty database."""
    op.drop_table("follows")
    op.drop_table("posts")
    op.drop_table("users")
