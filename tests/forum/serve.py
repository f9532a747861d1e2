"""A django-machina forum with invented threads, on loopback: `python serve.py FOLDER` prints its address and what was posted, as one
line of JSON, and serves until it is ended. Runs in an environment of its own (`make test-forum`): Django is no dependency of ours."""

import datetime as dt
import json
import random
import sys
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from machina import MACHINA_MAIN_STATIC_DIR, MACHINA_MAIN_TEMPLATE_DIR

folder = Path(sys.argv[1])
settings.configure(
    SECRET_KEY="a forum of a test", DEBUG=False, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True, TIME_ZONE="UTC",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "forum.sqlite"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.messages",
                    "django.contrib.staticfiles", "mptt", "haystack", "widget_tweaks", "machina", "machina.apps.forum",
                    "machina.apps.forum_conversation", "machina.apps.forum_conversation.forum_attachments",
                    "machina.apps.forum_conversation.forum_polls", "machina.apps.forum_feeds", "machina.apps.forum_moderation",
                    "machina.apps.forum_search", "machina.apps.forum_tracking", "machina.apps.forum_member",
                    "machina.apps.forum_permission"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.locale.LocaleMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
                "machina.apps.forum_permission.middleware.ForumPermissionMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [MACHINA_MAIN_TEMPLATE_DIR], "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                            "django.contrib.messages.context_processors.messages", "machina.core.context_processors.metadata"]}}],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
            "machina_attachments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
    STATIC_URL="/static/", STATICFILES_DIRS=[MACHINA_MAIN_STATIC_DIR], LANGUAGE_CODE="en-us", MEDIA_ROOT=folder,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField", MACHINA_DEFAULT_AUTHENTICATED_USER_FORUM_PERMISSIONS=[],
)  # fmt: skip
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import transaction  # noqa: E402
from django.urls import include, path  # noqa: E402
from machina.core.db.models import get_model  # noqa: E402

urlpatterns = [path("forum/", include("machina.urls"))]

WORDS = [
    "after",
    "two",
    "weeks",
    "the",
    "numbness",
    "in",
    "my",
    "feet",
    "went",
    "away",
    "but",
    "sleep",
    "did",
    "not",
    "come",
    "back",
    "until",
    "I",
    "halved",
    "the",
    "evening",
    "dose",
    "of",
    "it",
]
DRUGS = ("baclofen", "gabapentin", "tizanidine", "pregabalin", "amitriptyline")


def fill() -> list[dict]:
    """Two forums, 25 topics of 1 to 40 posts; what was posted, topic by topic."""
    Forum, Topic, Post = (
        get_model("forum", "Forum"),
        get_model("forum_conversation", "Topic"),
        get_model("forum_conversation", "Post"),
    )
    permission, anybody = (
        get_model("forum_permission", "ForumPermission"),
        get_model("forum_permission", "UserForumPermission"),
    )
    dice = random.Random(4)
    category = Forum.objects.create(name="Nerves", type=Forum.FORUM_CAT)
    forums = [
        Forum.objects.create(name=n, type=Forum.FORUM_POST, parent=category) for n in ("Spasticity", "Neuropathy 2")
    ]
    for forum in [category, *forums]:
        for codename in ("can_see_forum", "can_read_forum"):
            anybody.objects.create(
                permission=permission.objects.get(codename=codename), forum=forum, anonymous_user=True, has_perm=True
            )
    people = [User.objects.create_user(f"{n}{k}") for n in ("merle", "ouzel", "dunnock") for k in (1, 77)]
    begin, told = dt.datetime(2021, 2, 3, 8, 15, tzinfo=dt.UTC), []
    for t in range(25):
        title, posts, topic = f"Question {t + 1} on {DRUGS[t % 5]}", [], None
        for p in range(dice.choice((1, 2, 14, 15, 16, 31, 40))):
            who, when = dice.choice(people), begin + dt.timedelta(days=t, hours=p, minutes=dice.randrange(60))
            text = (
                f"{dice.randrange(5, 90)} mg of {dice.choice(DRUGS)}: "
                + " ".join(dice.choices(WORDS, k=dice.randrange(4, 60)))
                + "."
            )
            if topic is None:
                topic = Topic.objects.create(
                    forum=forums[t % 2],
                    poster=who,
                    subject=title,
                    type=Topic.TOPIC_POST,
                    status=Topic.TOPIC_UNLOCKED,
                    approved=True,
                )
            post = Post.objects.create(
                topic=topic, poster=who, subject=title if p == 0 else f"Re: {title}", content=text, approved=True
            )
            Post.objects.filter(pk=post.pk).update(created=when, updated=when)
            posts.append({"author": who.username, "posted_at": f"{when:%Y-%m-%dT%H:%M}", "text": text})
        told.append({"title": title, "posts": posts})
    return told


class Quiet(WSGIRequestHandler):
    def log_message(self, *args) -> None:
        pass


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        posted = fill()
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}/forum/", "threads": posted}), flush=True)
    threading.Thread(target=server.serve_forever).start()
