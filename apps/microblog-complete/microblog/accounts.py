"""Accounts: registering, logging in and out, and changing the password."""

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import LoginManager, current_user, login_required, login_user, logout_user
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug import Response

from .database import db
from .forms import LoginForm, PasswordForm, RegistrationForm
from .models import User, has_password

accounts = Blueprint("accounts", __name__)


def init_app(app: Flask) -> None:
    """Add the pages of accounts, and tell every page who is logged in."""
    manager = LoginManager()
    # Its own context processor loads the user for every page, also for the one that says that the
    # database is away. This one loads it when a template asks.
    manager.init_app(app, add_context_processor=False)
    app.context_processor(lambda: {"current_user": current_user})
    manager.login_view = "accounts.login"
    # The page of the log-in says so itself.
    manager.login_message = None
    manager.user_loader(_load_user)
    app.register_blueprint(accounts)


def _load_user(session_id: str) -> User | None:
    number = session_id.partition(".")[0]
    user = db.session.get(User, int(number)) if number.isdecimal() else None
    return user if user and user.get_id() == session_id else None


def is_local(target: str) -> bool:
    """Tell whether a redirect to it stays on this site."""
    return target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()


def _redirect_to_target() -> Response:
    target = request.args.get("next", "")
    return redirect(target if is_local(target) else url_for("pages.home"))


@accounts.route("/register", methods=["GET", "POST"])
def register() -> Response | str:
    """Create an account, and log it in."""
    if current_user.is_authenticated:
        return redirect(url_for("pages.home"))
    form = RegistrationForm()
    if form.validate_on_submit() and (user := _create_user(form)):
        login_user(user)
        flash(gettext("Welcome, %(name)s!", name=user.username))
        return redirect(url_for("pages.home"))
    return render_template("register.html", form=form)


def _create_user(form: RegistrationForm) -> User | None:
    user = User(username=form.username.data, email=form.email.data)
    user.set_password(form.password.data)
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError:
        # Another request was quicker. The form is validated again, and says what is taken.
        db.session.rollback()
        form.validate()
        return None
    return user


@accounts.route("/login", methods=["GET", "POST"])
def login() -> Response | str:
    """Log a user in, and redirect to the page that asked for it."""
    if current_user.is_authenticated:
        return _redirect_to_target()
    form = LoginForm()
    if form.validate_on_submit():
        user = db.session.scalar(select(User).where(User.username == form.username.data))
        if has_password(user, form.password.data):
            login_user(user, remember=form.remember.data)
            return _redirect_to_target()
        # Not which of the two, or strangers learn who has an account.
        form.form_errors.append(gettext("This user name and password do not belong together."))
    return render_template("login.html", form=form)


@accounts.post("/logout")
def logout() -> Response:
    """Log the user out."""
    logout_user()
    flash(gettext("You are logged out."))
    return redirect(url_for("accounts.login"))


@accounts.route("/password", methods=["GET", "POST"])
@login_required
def change_password() -> Response | str:
    """Change the password, which ends the account's other sessions."""
    form = PasswordForm()
    if form.validate_on_submit():
        current_user.set_password(form.password.data)
        db.session.commit()
        login_user(current_user._get_current_object())
        flash(gettext("Your password is changed."))
        return redirect(url_for("pages.profile", username=current_user.username))
    return render_template("password.html", form=form)
