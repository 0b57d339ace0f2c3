"""The application that FLASK_APP names, found as `flask run` finds it."""

from flask.cli import ScriptInfo, load_dotenv

load_dotenv()
application = ScriptInfo().load_app()
