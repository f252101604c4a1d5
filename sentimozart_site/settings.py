"""Django's settings: one file, ready for development, changed through environment variables only.

DATA_DIR       where everything lives that is made while running; .data in the repository if not given
DATABASE_URL   postgresql://user:password@host:port/name; without it the embedded server in DATA_DIR
MEDIA_STORE    s3://bucket/folder for the media (keys, region and endpoint in AWS_… as boto3 reads them); without it
               DATA_DIR/media
REDIS_URL      redis://host:port/0 for the channel layer and for counting; without it PostgreSQL and memory do that too
SECRET_KEY     without it one is made and kept in DATA_DIR/secret-key
ALLOWED_HOSTS  host names people reach this by, separated by commas; localhost if not given
HTTPS          1 where a proxy in front speaks HTTPS: cookies are sent over it only
DEBUG          1 for Django's error pages and for static files that may change while running
LOG_LEVEL      DEBUG, INFO, WARNING or ERROR
LOG_FORMAT     text, or json for one object a line
PROXIES        how many proxies in front of this server add to X-Forwarded-For; 0 if not given: nobody is believed
LIMITS         how often one client may do a thing, e.g. "compose=20/60 upload=30/60": times per so many seconds
PIECE_DAYS     for how many days a piece is kept that is neither on the wall nor part of a study; 365 if not given
READERS        processes that read frames and photos, beside each web process; as many as there are cores if not given
METRICS_TOKEN  lets Prometheus read /metrics (Authorization: Bearer …); without it only staff may
"""

from pathlib import Path
from typing import Any

from sentimozart_site import environment
from sentimozart_site.database import django_database

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = environment.folder("DATA_DIR", BASE_DIR / ".data")

DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.secret("SECRET_KEY", DATA_DIR / "secret-key")
ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])

INSTALLED_APPS = [
    "daphne",  # first: its runserver speaks websocket
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "channels",
    "channels_postgres",
    "procrastinate.contrib.django",
    "sentimozart_site",
    "compose",
    "evaluation",
]
MIDDLEWARE = [
    "sentimozart_site.operations.logs.RequestLog",
    "sentimozart_site.compression.TextCompression",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",  # the visitor's choice (a cookie), else what the browser asks for
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "sentimozart_site.operations.refusal.Refusal",
]
ROOT_URLCONF = "sentimozart_site.urls"
ASGI_APPLICATION = "sentimozart_site.asgi.application"
LOGIN_URL = "admin:login"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASE_URL = environment.text("DATABASE_URL")
DATABASES = {"default": django_database(DATABASE_URL, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PROCRASTINATE_IMPORT_PATHS = [
    "compose.jobs",
    "compose.live_jobs",
    "evaluation.jobs",
    "sentimozart_site.operations.retention",
]  # where workers find their tasks

REDIS_URL = environment.address("REDIS_URL", ("redis", "rediss", "unix"))
# The layer lets Redis wait for five seconds for a message; redis-py would give up after five, and the websocket end.
REDIS_HOST = {"address": REDIS_URL, "socket_timeout": 30}
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_HOST]}}
    if REDIS_URL
    else {"BACKEND": "sentimozart_site.channel_layer.DatabaseChannelLayer"}
}

# Without Redis there is one web process, and its memory counts as well as anything else.
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
}
PROXIES = environment.number("PROXIES", 0)
LIMITS = environment.limits(
    "LIMITS",
    {
        "compose": (20, 60),  # pieces asked for
        "upload": (30, 60),  # files of music to listen to; photos count as pieces
        "follow": (6, 60),  # live music begun
        "enter": (120, 60),  # study sessions begun: a whole class may sit behind one address
        "code": (10, 60),  # wrong participation codes
        "login": (10, 900),  # wrong passwords of staff
    },
)

PIECE_DAYS = environment.number("PIECE_DAYS", 365)
MEDIA_ROOT = DATA_DIR / "media"
DATA_UPLOAD_MAX_NUMBER_FILES = 500  # a study's images, chosen all at once
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"] if (BASE_DIR / "static").is_dir() else []
WHITENOISE_USE_FINDERS = True  # straight from the folders they are written in: no collectstatic
STORAGES = {
    # A job that runs a second time writes the same names again.
    "default": environment.media_store("MEDIA_STORE"),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "media-src": ["'self'", "blob:", "data:"],
        "connect-src": ["'self'", *environment.websocket_sources(ALLOWED_HOSTS)],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
OTP_TOTP_ISSUER = "SentiMozart"
HTTPS = environment.flag("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]  # asked from nearby, past the proxy
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "sentimozart_site" / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # seconds
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE = "UTC"
USE_TZ = True

METRICS_TOKEN = environment.text("METRICS_TOKEN")
LOG_FORMAT = environment.choice("LOG_FORMAT", ("TEXT", "JSON"), "TEXT")
LOG_LEVEL = environment.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s", "datefmt": "%H:%M:%S"},
        "json": {"()": "sentimozart_site.operations.logs.JsonFormatter"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT.lower()}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "compose": {"level": LOG_LEVEL},
        "evaluation": {"level": LOG_LEVEL},
        "ml": {"level": LOG_LEVEL},
        "sentimozart_site": {"level": LOG_LEVEL},
        "channels_postgres": {"level": "ERROR"},  # it warns of every message that nobody waits for
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # anyone can send any host; it is answered with 400
        "django": {"handlers": [], "level": "WARNING"},
    },
}
