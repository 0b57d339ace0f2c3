"""What the environment says, else what is good enough to try the blog out."""

import os

from app.settings import Settings
from sqlalchemy import make_url


def settings() -> Settings:
    """Read the address of the database and the key that signs the visitors' sessions."""
    return Settings(
        secret_key=os.environ.get("SECRET_KEY", "not-a-secret"),
        database_url=make_url(os.environ.get("DATABASE_URL", "sqlite:///app.db")),
    )
