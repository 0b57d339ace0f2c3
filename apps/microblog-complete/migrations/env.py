"""How Alembic reaches the application's database; `flask db` runs this."""

from logging.config import fileConfig

from alembic import context
from flask import current_app

from microblog.database import db
from microblog.preparation import migrating_alone, patient_engine

fileConfig(context.config.config_file_name, disable_existing_loggers=False)
settings = current_app.extensions["settings"]

with migrating_alone(
    patient_engine(settings.database_url), settings.database_timeout
) as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        # SQLite can't alter a table; Alembic copies it there.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()
