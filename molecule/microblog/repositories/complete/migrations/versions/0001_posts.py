import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    post = op.create_table("post", sa.Column("body", sa.String(140)))
    op.bulk_insert(post, [{"body": "Migrated from git"}])
