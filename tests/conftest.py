"""What all folders with pytest's tests share."""


def pytest_runtest_logreport(report):
    """Of a test that is run again (scripts/test gives each a second try): why."""
    if report.outcome == "rerun":
        print(f"\nRERUN {report.nodeid}, which failed so:\n{report.longreprtext}")
