import re
from html import unescape

PASSWORD = "correct horse"


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, app):
        self.client = app.test_client()
        self.reply = None

    @property
    def page(self):
        return unescape(self.reply.text)

    @property
    def place(self):
        return self.reply.request.full_path.rstrip("?")

    @property
    def said(self):
        """What the posts on the page say."""
        articles = re.findall(r"<article.*?</article>", self.page, re.DOTALL)
        return [re.search(r'class="words"[^>]*>(.*?)</p>', it, re.DOTALL)[1] for it in articles]

    def get(self, path, **options):
        self.reply = self.client.get(path, follow_redirects=True, **options)
        return self.page

    def post(self, path, **form):
        self.reply = self.client.post(path, data=form, follow_redirects=True)
        return self.page

    def register(self, name, **form):
        default = {"username": name, "email": f"{name}@example.org".lower()}
        passwords = {"password": PASSWORD, "password_again": PASSWORD}
        return self.post("/register", **(default | passwords | form))

    def log_in(self, name, password=PASSWORD, path="/login"):
        return self.post(path, username=name, password=password)

    def say(self, words):
        return self.post("/", body=words)
