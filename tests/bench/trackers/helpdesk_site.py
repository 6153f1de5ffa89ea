"""The smallest Django project that is a django-helpdesk. Run by the Python of its own environment, which has no hubconsole.

``helpdesk_site.py FOLDER make N`` fills it and prints a session's cookie; ``helpdesk_site.py FOLDER serve PORT``.
"""

import random
import sys
from pathlib import Path

import django  # type: ignore[import-not-found,unused-ignore]
from django.conf import settings  # type: ignore[import-not-found,unused-ignore]
from django.urls import include, path  # type: ignore[import-not-found,unused-ignore]

WORDS = "my card payment was declined at the till this morning and nobody answers the telephone"


def configure(folder: Path) -> None:
    """Settings as a small installation has them: SQLite, sessions in the database, debugging off."""
    settings.configure(
        SECRET_KEY="a benchmark has no secrets",
        DEBUG=False,
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="helpdesk_site",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "helpdesk.sqlite3")}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        MEDIA_ROOT=str(folder / "media"),
        STATIC_URL="/static/",
        SITE_ID=1,
        HELPDESK_TEAMS_MODE_ENABLED=False,
        USE_TZ=True,
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.sites",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "django.contrib.humanize",
            "rest_framework",
            "helpdesk",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
    )
    django.setup()


def make(size: int) -> None:
    """Tables, one queue, one member of staff, ``size`` tickets; prints the session's cookie and the queue's number."""
    from django.contrib.auth.models import User  # type: ignore[import-not-found,unused-ignore]
    from django.core.management import call_command  # type: ignore[import-not-found,unused-ignore]
    from django.test import Client  # type: ignore[import-not-found,unused-ignore]
    from helpdesk.models import Queue, Ticket  # type: ignore[import-not-found,unused-ignore]

    call_command("migrate", verbosity=0)
    staff = User.objects.create_superuser("agent1", "agent1@bench.invalid", "not asked for")
    queue = Queue.objects.create(title="Cards", slug="cards")
    dice = random.Random(size)
    Ticket.objects.bulk_create(
        (
            Ticket(
                title=f"{WORDS[:40]} {n}", description=WORDS, queue=queue, status=dice.choice((1, 1, 1, 3, 4)),
                priority=dice.randint(1, 5), submitter_email=f"ola{n}@bench.invalid", assigned_to=staff,
            )
            for n in range(size)
        ),
        batch_size=500,
    )  # fmt: skip
    client = Client()
    client.force_login(staff)
    print(client.cookies["sessionid"].value, queue.pk)


def serve(port: int) -> None:
    """Django's own threaded server."""
    from django.core.servers.basehttp import WSGIServer, run  # type: ignore[import-not-found,unused-ignore]
    from django.core.wsgi import get_wsgi_application  # type: ignore[import-not-found,unused-ignore]

    run("127.0.0.1", port, get_wsgi_application(), threading=True, server_cls=WSGIServer)


urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))] if settings.configured else []

if __name__ == "__main__":
    where, what, number = sys.argv[1:]
    configure(Path(where))
    if what == "make":
        make(int(number))
    else:
        serve(int(number))
