"""The blog's pages: feed, explore, search and profiles."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user, login_required
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import Select, delete, exists, insert, select
from sqlalchemy.exc import IntegrityError
from werkzeug import Response

from .database import db
from .forms import PostForm, ProfileForm
from .models import (
    Post,
    User,
    count_followers,
    count_following,
    feed_of,
    follow_between,
    follows,
    newest_posts,
    posts_by,
)
from .search import LONGEST_QUERY, posts_with

_LAST_PAGE = 1_000_000

pages = Blueprint("pages", __name__)


@pages.before_request
@login_required
def require_login() -> None:
    """Require a log-in for every page."""


@pages.route("/", methods=["GET", "POST"])
def home() -> Response | str:
    """Show the user's feed, and store a new post."""
    form = PostForm()
    if form.validate_on_submit():
        db.session.add(Post(body=form.body.data, author_id=current_user.id))
        db.session.commit()
        flash(gettext("Your post is out."))
        return redirect(url_for("pages.home"))
    return render_template("home.html", form=form, posts=_page_of(feed_of(current_user)))


@pages.get("/explore")
def explore() -> str:
    """Show everybody's posts."""
    return render_template("explore.html", posts=_page_of(newest_posts()))


@pages.get("/search")
def search() -> str:
    """Show the posts with the words searched for."""
    query = request.args.get("q", "").strip()[:LONGEST_QUERY]
    posts = _page_of(posts_with(query)) if query else None
    return render_template("search.html", query=query, posts=posts)


@pages.get("/user/<username>")
def profile(username: str) -> str:
    """Show a user and their posts."""
    user = _user(username)
    return render_template(
        "profile.html",
        user=user,
        is_followed=db.session.scalar(select(exists().where(follow_between(current_user, user)))),
        following=db.session.scalar(count_following(user)),
        followers=db.session.scalar(count_followers(user)),
        posts=_page_of(posts_by(user)),
    )


@pages.post("/user/<username>/follow")
def follow(username: str) -> Response:
    """Follow a user."""
    user = _user(username)
    if user == current_user:
        abort(400)
    try:
        db.session.execute(insert(follows).values(follower_id=current_user.id, followed_id=user.id))
        db.session.commit()
    except IntegrityError:
        # Followed already.
        db.session.rollback()
    flash(gettext("You follow %(name)s.", name=user.username))
    return redirect(url_for("pages.profile", username=user.username))


@pages.post("/user/<username>/unfollow")
def unfollow(username: str) -> Response:
    """Stop following a user."""
    user = _user(username)
    db.session.execute(delete(follows).where(follow_between(current_user, user)))
    db.session.commit()
    flash(gettext("You no longer follow %(name)s.", name=user.username))
    return redirect(url_for("pages.profile", username=user.username))


@pages.route("/profile", methods=["GET", "POST"])
def edit_profile() -> Response | str:
    """Edit the text of one's own profile."""
    form = ProfileForm(obj=current_user)
    if form.validate_on_submit():
        current_user.about_me = form.about_me.data
        db.session.commit()
        flash(gettext("Your profile is saved."))
        return redirect(url_for("pages.profile", username=current_user.username))
    return render_template("edit_profile.html", form=form)


def _user(username: str) -> User:
    user: User = db.first_or_404(select(User).where(User.username == username))
    return user


def _page_of(posts: Select[Post]) -> Pagination:
    page = request.args.get("page", 1, type=int)
    if not 1 <= page <= _LAST_PAGE:
        abort(404)
    return db.paginate(posts, page=page, per_page=current_app.config["POSTS_PER_PAGE"])
