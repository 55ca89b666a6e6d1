"""``wa-desktop demo``."""

import csv
from collections import Counter
from pathlib import Path

from tests.commands.running import run, run_apart


def test_the_demo_sends_its_sample_and_reports_every_row(home: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"

    ended = run_apart("demo", "--report", report)

    assert ended.code == 0, ended.err
    assert "52 sent (of 52)" in ended.out
    assert str(report) in ended.out
    assert "100 %" in ended.err
    with report.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    states = Counter(row["state"] for row in rows)
    assert states == {"sent": 52, "duplicate": 3, "rejected": 4}
    assert all(row["reason"] for row in rows if row["state"] != "sent")
    assert not home.exists(), "the demo keeps to a folder of its own"


def test_the_demo_needs_neither_the_users_redis_nor_the_users_database(tmp_path: Path) -> None:
    away = {
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    }
    report = tmp_path / "report.csv"

    ended = run("demo", "--json", "--report", report, extra=away)

    assert ended.code == 0, ended.err
    assert ended.json["contract"]["counts"]["completed"] == 52
    assert ended.json["report"] == str(report)
    assert "out of reach" not in ended.err


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_sent() -> None:
    ended = run("demo", "--report", "/no/such/folder/report.csv")

    assert ended.code == 1
    assert "cannot be written" in ended.err
    assert ended.out == ""
