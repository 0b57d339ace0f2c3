"""The application that FLASK_APP names, found as `flask run` finds it."""

import os

from flask.cli import ScriptInfo, load_dotenv

load_dotenv()
# It reads the variable by itself only where it is told so by the command line.
application = ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app()
