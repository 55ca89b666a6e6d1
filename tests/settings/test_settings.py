"""Settings: where they come from, what is allowed, and what a wrong one is told."""

from pathlib import Path

import platformdirs
import pytest
from pydantic import ValidationError

from wa_desktop.errors import SettingsError
from wa_desktop.settings import LogLevel, Settings, load_settings

_EXAMPLE = Path(__file__).parents[2] / ".env.example"


def _refusal(**environment: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with pytest.raises(SettingsError) as caught:
            load_settings()
    return str(caught.value)


def test_nothing_set_means_sqlite_in_the_data_folder_and_loopback(home: Path) -> None:
    settings = load_settings()
    assert settings.redis is None
    assert settings.ledger_url == f"sqlite:///{home}/ledger.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 5001)
    assert settings.log_level is LogLevel.INFO
    assert settings.api_token is None
    assert settings.secret_key is None
    assert settings.breaker_equal_errors == 5
    assert (settings.breaker_failure_percent, settings.breaker_doubt_percent) == (50, 20)


def test_the_data_folder_is_the_systems_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WA_DESKTOP_HOME")
    assert load_settings().home == Path(platformdirs.user_data_dir("wa-desktop", False))


def test_a_data_folder_is_made_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WA_DESKTOP_HOME", "~/campaigns")
    assert load_settings().home == Path.home() / "campaigns"
    monkeypatch.setenv("WA_DESKTOP_HOME", "campaigns")
    assert load_settings().home == Path.cwd() / "campaigns"


def test_what_the_caller_gives_goes_before_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "7001")
    monkeypatch.setenv("HOST", "::1")
    settings = load_settings(port=0, host=None)
    assert (settings.host, settings.port) == ("::1", 0)


def test_an_empty_value_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REDIS_HOST", "REDIS_PASSWORD", "DATABASE_URL", "PORT", "WA_API_TOKEN"):
        monkeypatch.setenv(name, "")
    assert load_settings().redis is None
    assert load_settings().port == 5001


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"REDIS_HOST": "cache"}, "redis://cache:6379/0"),
        ({"REDIS_HOST": "::1", "REDIS_PORT": "7000"}, "redis://[::1]:7000/0"),
        ({"REDIS_HOST": "cache", "REDIS_PASSWORD": "a/b@c"}, "redis://:a%2Fb%40c@cache:6379/0"),
        ({"REDIS_HOST": "other", "REDIS_URL": "rediss://cache/2"}, "rediss://cache/2"),
        ({"REDIS_URL": "unix:///run/redis.sock"}, "unix:///run/redis.sock"),
    ],
)
def test_redis_is_one_address_however_it_was_set(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert load_settings().redis == url


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("postgres://u:p@db:5432/wa?sslmode=require", None),
        ("postgresql://u:p@db/wa", "postgresql://u:p@db/wa"),
        (
            "postgres://u:p@db:5432/wa?schema=public&connection_limit=5&pool_timeout=10"
            "&pgbouncer=true&sslmode=require",
            "postgresql://u:p@db:5432/wa?sslmode=require&options=-csearch_path%3Dpublic",
        ),
        ("postgresql+psycopg://u:p%40q@db/wa", "postgresql://u:p%40q@db/wa"),
        ("postgresql+asyncpg://u:p@db/wa?ssl=true", "postgresql://u:p@db/wa?sslmode=require"),
        (
            "postgres://u@a:5432,b:5433/wa?target_session_attrs=read-write",
            "postgresql://u@a:5432,b:5433/wa?target_session_attrs=read-write",
        ),
        (
            "postgis://u@db/wa?options=-cjit%3Doff&schema=sends",
            "postgresql://u@db/wa?options=-cjit%3Doff%20-csearch_path%3Dsends",
        ),
        ("postgresql://u@[::1]:5432/wa", "postgresql://u@[::1]:5432/wa"),
        ("sqlite:////srv/wa/ledger.db", "sqlite:////srv/wa/ledger.db"),
    ],
)
def test_a_ledger_has_one_address_form(
    monkeypatch: pytest.MonkeyPatch, given: str, url: str | None
) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    expected = url or given.replace("postgres://", "postgresql://")
    assert load_settings().ledger_url == expected


@pytest.mark.parametrize(
    ("name", "value", "found", "allowed"),
    [
        ("PORT", "99999", "'99999'", "a whole number from 0"),
        ("PORT", "-1", "'-1'", "a whole number from 0"),
        ("PORT", "5001x", "'5001x'", "a whole number from 0"),
        ("REDIS_PORT", "0", "'0'", "a whole number from 1 to 65535"),
        ("HOST", "two words", "'two words'", "a host name or an IP address"),
        ("HOST", "256.1.1.1", "'256.1.1.1'", "a host name or an IP address"),
        ("REDIS_HOST", "http://cache", "'http://cache'", "a host name or an IP address"),
        ("LOG_LEVEL", "loud", "'loud'", "DEBUG, INFO, WARNING or ERROR"),
        ("DATABASE_URL", '"postgresql://h/x"', "quotation marks around", "postgresql://user"),
        ("REDIS_URL", "'redis://h/0'", "quotation marks around", "redis://"),
        ("DATABASE_URL", "mysql://h/x", "mysql://…", "postgresql://user"),
        ("DATABASE_URL", "jdbc:postgresql://h/x", "jdbc:postgresql://…", "postgresql://user"),
        ("DATABASE_URL", "prisma+postgres://h/x?api_key=k", "prisma+postgres://…", "postgresql:"),
        ("DATABASE_URL", "postgres://h/x?schema=a;b", "a schema whose name", "postgresql://user"),
        ("DATABASE_URL", "postgres://h:x/x", "a malformed URL", "postgresql://user"),
        ("DATABASE_URL", "postgres://a:1,b:70000/x", "a malformed URL", "postgresql://user"),
        ("WA_WAIT_FOR_DATABASE", "-1", "'-1'", "a whole number of seconds"),
        ("DATABASE_URL", "sqlite://ledger.db", "names no file", "sqlite:///path"),
        ("DATABASE_URL", "sqlite:///:memory:", "names no file", "sqlite:///path"),
        ("REDIS_URL", "localhost:6379", "not a URL", "redis://"),
        ("REDIS_URL", "redis://", "without a place", "redis://"),
        ("WA_BREAKER_EQUAL_ERRORS", "-1", "'-1'", "a whole number from 0 (off) to 1000"),
        ("WA_BREAKER_FAILURE_PERCENT", "101", "'101'", "a whole number from 0 (off) to 100"),
        ("WA_BREAKER_DOUBT_PERCENT", "20 %", "'20 %'", "a whole number from 0 (off) to 100"),
        ("WA_CHECK_SECONDS", "-1", "'-1'", "a whole number from 0 (off) to 86400"),
        ("WA_SECRET_KEY", "short", "a value of length 5", "16 characters or more"),
        ("WA_API_TOKEN", "two words", "a value with blanks", "without blanks"),
        ("WA_API_TOKEN", "fifteen-letters", "a value of length 15", "16 or more"),
        ("WA_DESKTOP_HOME", __file__, "test_settings.py", "a folder"),
    ],
)
def test_a_wrong_value_gets_one_line_that_names_it(
    name: str, value: str, found: str, allowed: str
) -> None:
    line = _refusal(**{name: value})
    assert line.startswith(f"{name}: found ")
    assert found in line
    assert allowed in line.partition(", allowed: ")[2]
    assert "\n" not in line


def test_several_wrong_values_are_all_told_at_once() -> None:
    lines = _refusal(PORT="x", LOG_LEVEL="y", HOST="?").splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == ["HOST", "LOG_LEVEL", "PORT"]


@pytest.mark.parametrize("name", ["REDIS_PORT", "REDIS_PASSWORD"])
def test_a_redis_without_a_host_is_refused(name: str) -> None:
    expected = f"REDIS_HOST: found nothing, though {name} is set, allowed: a host name"
    assert _refusal(**{name: "6380"}).startswith(expected)


def test_no_secret_is_told_by_an_error() -> None:
    told = _refusal(
        DATABASE_URL="mysql://user:hushhush@host/x",
        REDIS_URL="redis://:hushhush@host:port/0",
        WA_API_TOKEN="hushhush ",
        WA_SECRET_KEY="hushhush",
    )
    assert "hush" not in told
    assert len(told.splitlines()) == 4


def test_no_secret_shows_in_the_settings_themselves() -> None:
    settings = load_settings(
        redis_host="cache",
        redis_password="hushhush",
        redis_url="redis://:hushhush@cache",
        database_url="postgresql://u:hushhush@db/wa",
        api_token="hushhushhushhush",
        secret_key="hushhushhushhush",
    )
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings)


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.port = 1


def test_the_example_names_every_setting_and_sets_none() -> None:
    lines = _EXAMPLE.read_text(encoding="utf-8").splitlines()
    named = {line[1:].partition("=")[0] for line in lines if "=" in line and line[1] != " "}
    assert named == {str(f.validation_alias) for f in Settings.model_fields.values()}
    assert all(not line or line.startswith("#") for line in lines)
