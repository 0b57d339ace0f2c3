"""How Alembic reaches the application's database; `flask db` runs this."""

from logging.config import fileConfig

from alembic import context
from flask import current_app
from sqlalchemy import make_url

from microblog.database import db, unpooled_engine
from microblog.migration_lock import locked_connection

fileConfig(context.config.config_file_name, disable_existing_loggers=False)
url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
timeout = current_app.config["DATABASE_TIMEOUT"]

with locked_connection(unpooled_engine(url), timeout) as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        # SQLite can't alter a table; Alembic copies it there.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()
