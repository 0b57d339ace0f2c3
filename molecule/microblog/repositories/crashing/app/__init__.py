import flask

raise SystemExit(f"{flask.__name__} is there, but this application ends at once.")
