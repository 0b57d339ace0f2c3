"""Forms and their validators."""

from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, EmailField, PasswordField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, EqualTo, Length, Regexp, ValidationError

from .database import db
from .models import (
    LONGEST_ABOUT_ME,
    LONGEST_EMAIL,
    LONGEST_POST,
    USERNAME,
    User,
    has_password,
)

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128


def _clean(text: str | None) -> str:
    """Write each new line as one character, as browsers count, and drop unprintable ones."""
    lines = (text or "").replace("\r\n", "\n").split("\n")
    return "\n".join("".join(filter(str.isprintable, line)) for line in lines).strip()


_new_password = Length(
    SHORTEST_PASSWORD,
    LONGEST_PASSWORD,
    _l("A password has %(min)d to %(max)d characters."),
)
_same_password = EqualTo("password", _l("The two passwords differ."))


class LoginForm(FlaskForm):
    """Log in."""

    username = StringField(_l("User name"), [DataRequired()], [_clean])
    password = PasswordField(_l("Password"), [DataRequired(), Length(max=LONGEST_PASSWORD)])
    remember = BooleanField(_l("Keep me logged in"))
    submit = SubmitField(_l("Log in"))


class RegistrationForm(FlaskForm):
    """Create an account."""

    username = StringField(
        _l("User name"),
        [
            DataRequired(),
            Regexp(
                USERNAME,
                message=_l(
                    "A user name has 2 to 32 letters without accents, digits, dots, dashes or "
                    "underscores, and begins with a letter or a digit."
                ),
            ),
        ],
        [_clean],
    )
    email = EmailField(
        _l("Email address"),
        [
            DataRequired(),
            Length(max=LONGEST_EMAIL),
            Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s.]+\Z", message=_l("This is no email address.")),
        ],
        [_clean],
    )
    password = PasswordField(_l("Password"), [DataRequired(), _new_password])
    password_again = PasswordField(_l("The same password again"), [DataRequired(), _same_password])
    submit = SubmitField(_l("Register"))

    def validate_username(self, field: StringField) -> None:
        """Refuse a name that another user has, in whatever case."""
        if db.session.scalar(select(User.id).where(User.username == field.data)):
            raise ValidationError(_l("This user name is taken. Please choose another."))

    def validate_email(self, field: EmailField) -> None:
        """Refuse an address that has an account."""
        if db.session.scalar(select(User.id).where(User.email == field.data)):
            raise ValidationError(_l("There is an account with this address already."))


class PasswordForm(FlaskForm):
    """Change the password, knowing the old one."""

    old_password = PasswordField(
        _l("Present password"), [DataRequired(), Length(max=LONGEST_PASSWORD)]
    )
    password = PasswordField(_l("New password"), [DataRequired(), _new_password])
    password_again = PasswordField(
        _l("The same new password again"), [DataRequired(), _same_password]
    )
    submit = SubmitField(_l("Change the password"))

    def validate_old_password(self, field: PasswordField) -> None:
        """Refuse somebody else at an open browser."""
        if not has_password(current_user, field.data):
            raise ValidationError(_l("This is not your present password."))


class ProfileForm(FlaskForm):
    """Edit one's own profile."""

    about_me = TextAreaField(_l("About me"), [Length(max=LONGEST_ABOUT_ME)], [_clean])
    submit = SubmitField(_l("Save"))


class PostForm(FlaskForm):
    """Write a post."""

    body = TextAreaField(
        _l("What is on your mind?"), [DataRequired(), Length(max=LONGEST_POST)], [_clean]
    )
    submit = SubmitField(_l("Post"))
