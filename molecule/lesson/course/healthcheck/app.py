"""The lesson's application that can be told to fail."""

from flask import Flask

app = Flask(__name__)
healthy = True


@app.route("/health")
def health():
    return ("OK", 200) if healthy else ("NOT OK", 500)


@app.route("/kill")
def kill():
    global healthy
    healthy = False
    return "You have killed your app."


if __name__ == "__main__":
    app.run(host="0.0.0.0")
