"""vaxloom every night.

VAXLOOM and VAXLOOM_CONFIG in the worker's environment say where the program and its settings are.
"""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta

from airflow.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk import dag, task

VAXLOOM = os.environ.get("VAXLOOM", "/usr/local/bin/vaxloom")
CONFIG = os.environ.get("VAXLOOM_CONFIG", "/etc/vaxloom/vaxloom.toml")

# Done, and done with patients or rows in quarantine.
DONE = {0, 3}
# Another night holds the lock.
LOCKED = 75
# Stopped at a safe point: the next attempt goes on.
STOPPED = 143


@dag(
    dag_id="vaxloom_nightly",
    schedule="30 1 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["vaxloom"],
)
def vaxloom_nightly() -> None:
    """What is new, changed or withdrawn since last night."""

    @task(
        retries=1,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=7),
    )
    def night() -> int:
        code = subprocess.run(
            [VAXLOOM, "nightly", "--config", CONFIG, "--log-format", "json"],
            check=False,
        ).returncode
        if code in DONE:
            return code
        if code == LOCKED:
            raise AirflowSkipException("another night is at work")
        if code in (STOPPED, -15):
            raise RuntimeError("stopped at a safe point; the next attempt goes on")
        raise AirflowFailException(f"vaxloom nightly ended with {code}; its log says why")

    night()


vaxloom_nightly()
