"""The output of workers is shown with a test that failed."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    arguments: dict[str, Any] = getattr(item, "funcargs", {})
    if report.failed and call.when == "call":
        for folder in (arguments.get("home"), arguments.get("tmp_path")):
            log = Path(folder) / "worker.log" if folder else None
            if log is not None and log.exists():
                report.sections.append(("the workers' output", log.read_text(errors="replace")))
    return report
