"""What the environment says, else what is good enough to try the blog out."""

import os

CONFIG = {
    # Signs the visitors' sessions.
    "SECRET_KEY": os.environ.get("SECRET_KEY", "not-a-secret"),
    "SQLALCHEMY_DATABASE_URI": os.environ.get("DATABASE_URL", "sqlite:///app.db"),
}
