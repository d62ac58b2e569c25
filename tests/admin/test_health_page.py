"""The page of health: what it says, that it shows no secret, and that a server that hangs does not hang it."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from forum.health.shown_settings import shown_settings, without_credentials
from forum.infra.settings import Settings
from tests.admin.conftest import Send
from tests.admin.pages import parsed, seen_in
from tests.conftest import log_in, settings_in

SCHEMES = ("postgresql+psycopg", "redis", "smtp")
SECRET = "s3cr3t-enough-to-be-taken-as-a-key"


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize(("name", "status"), [(None, 303), ("mona", 403), ("olaf", 200)])
def test_only_admins_see_it(client: FlaskClient, name: str | None, status: int) -> None:
    if name:
        log_in(client, name)
    assert [client.get(path).status_code for path in ("/admin/health", "/admin/health?all=yes")] == [status] * 2


def test_an_outdated_search_index_is_reported(client: FlaskClient, admin: Send) -> None:
    assert "The page “Search index” rebuilds it" not in client.get("/admin/health").text
    seen = seen_in(client, "/admin/settings")
    settings = {"name": "F", "language": "de", "edit_window_minutes": "60", "flood_seconds": "30"}
    assert admin("/admin/settings", **settings, seen=seen).status_code == 303
    assert "The page “Search index” rebuilds it" in client.get("/admin/health").text


@pytest.mark.usefixtures("admin")
def test_all_checks_are_those_of_the_doctor_with_advice_for_what_fails(client: FlaskClient) -> None:
    quick = {name.text for name in parsed(client.get("/admin/health")).select("main li:has(.mark) b")}
    assert {"Database read", "Database write", "Jobs", "Mail", "Disk"} <= quick
    rows = parsed(client.get("/admin/health?all=yes")).select("main section, main ul.rows")[0].select("li")
    lines = [" ".join(row.text.split()) for row in rows]
    names = {row.b.text for row in rows if row.b}
    assert {"Settings", "Files", "Limits", "Database", "Schema", "Clock", "Jobs", "Mail"} <= names
    assert any(line.startswith("Settings Warning FORUM_BASE_URL is not set") for line in lines)
    assert any("Change the environment of “forum serve”" in line for line in lines)
    assert any(line.startswith("Schema OK") for line in lines)


def test_no_secret_is_shown(tmp_path: object) -> None:
    settings = replace(
        settings_in(tmp_path),  # type: ignore[arg-type]
        secret_key=SECRET,
        database_url=f"postgresql+psycopg://{SECRET}:{SECRET}/?#@{SECRET}@db.example:5432/forum?password={SECRET}",
        database_replica_url=f"postgresql+psycopg://u:{SECRET}@replica.example/forum",
        redis_url=f"redis://:{SECRET}@redis.example:6379/0",
        mail_url=f"smtp://{SECRET}:{SECRET}@mail.example:587",
        inbox_url=f"imaps://{SECRET}:{SECRET}@mail.example/INBOX",
        metrics_token=SECRET,
    )
    shown = {each.name: each for each in shown_settings(settings, {"FORUM_MAIL_URL": "x"})}
    assert not any(SECRET in each.value for each in shown.values())
    assert shown["FORUM_DATABASE_URL"].value == "postgresql+psycopg://…"
    assert shown["FORUM_DATABASE_REPLICA_URL"].value == "postgresql+psycopg://…@replica.example/forum"
    assert shown["FORUM_MAIL_URL"].value == "smtp://…@mail.example:587"
    assert [name for name, each in shown.items() if each.is_set] == ["FORUM_MAIL_URL"]
    secret = {"FORUM_SECRET_KEY", "FORUM_METRICS_TOKEN", "FORUM_INBOX_URL"}
    assert {name for name, each in shown.items() if each.is_secret} == secret
    assert without_credentials("unix:///run/redis.sock?password=x") == "unix:///run/redis.sock?…"


@example(("postgresql+psycopg://host/db?user=forum@srv&password=", "Qx7", ""))
@example(("postgresql+psycopg://u:", "Qx7 Qx7", "@host/db"))
@example(("postgresql+psycopg://u:", "12345/Qx7?Qx7", "@host/db"))
@given(
    st.tuples(
        st.sampled_from(
            [f"{scheme}://{rest}" for scheme in SCHEMES for rest in ("u:", ":", "h/d?a=b@c&password=", "")]
        ),
        st.lists(st.sampled_from(["Qx7", "98765", *" /?#@:;&=%[]\\\"'…é\n"]), min_size=1, max_size=6).map("".join),
        st.sampled_from(["@host/db", "@[::1]:5432/db?x=y", "@host", "@/db?host=/run", "/db?x=@y", "&user=a@b", " @h"]),
    )
)
def test_no_part_of_a_password_is_shown_of_any_url(parts: tuple[str, str, str]) -> None:
    shown = without_credentials("".join(parts))
    assert "Qx7" not in shown
    assert "98765" not in shown


def test_a_space_does_not_divide_a_url_but_contacts(tmp_path: object) -> None:
    contacts = "mailto:a@forum.example https://forum.example/report"
    settings = replace(
        settings_in(tmp_path),  # type: ignore[arg-type]
        database_url="postgresql+psycopg://u:pa ss@host/db",
        security_contact=contacts,
    )
    shown = {each.name: each.value for each in shown_settings(settings, {})}
    assert shown["FORUM_DATABASE_URL"] == "postgresql+psycopg://…"
    assert shown["FORUM_SECURITY_CONTACT"] == contacts


class TestHanging:
    """With a mail server that accepts connections and never says a word."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Iterator[Settings]:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
            yield replace(settings, mail_url=address)

    def test_a_mail_server_that_hangs_is_reported_in_time(
        self, client: FlaskClient, admin: Send, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("forum.health.doctor.PAGE_SMTP_SECONDS", 3.0)
        monkeypatch.setattr("forum.health.doctor.EXAMINATION_SECONDS", 1.0)
        began = time.monotonic()
        page = client.get("/admin/health?all=yes")
        assert time.monotonic() - began < 2.5
        assert "no answer within 1 s" in page.text
        assert "The last check is still running." in client.get("/admin/health?all=yes").text
