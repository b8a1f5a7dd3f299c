"""Many clients of `vaxloom serve` at once: errors, times, and the server's memory.

usage: bench-serve.py URI ANALYST_TOKEN RESEARCHER_TOKEN SERVER_PID [CLIENTS] [SECONDS]

Needs adbc-driver-flightsql and pyarrow. One process, a connection a client; half are analysts, half researchers.
"""

import sys
import threading
import time

import adbc_driver_flightsql.dbapi as flight_sql
from adbc_driver_flightsql import DatabaseOptions

URI, ANALYST, RESEARCHER, PID = sys.argv[1:5]
CLIENTS = int(sys.argv[5]) if len(sys.argv) > 5 else 64
SECONDS = float(sys.argv[6]) if len(sys.argv) > 6 else 300

ROWS = [
    "SELECT patient_id, gene, best_peptide, rank FROM neoantigen ORDER BY rank LIMIT 20",
    "SELECT gene, count(*) FROM neoantigen GROUP BY gene ORDER BY 2 DESC",
    "SELECT p.patient_id, count(*) FROM patient p JOIN neoantigen n USING (patient_id) GROUP BY 1",
]
AGGREGATES = [
    "SELECT gene, count(DISTINCT patient_id) FROM neoantigen GROUP BY gene",
    "SELECT sex, avg(birth_year) FROM patient GROUP BY sex",
    "SELECT count(*) FROM patient",
]

times, errors = [], []


def client(number, end):
    token, queries = (ANALYST, ROWS) if number % 2 else (RESEARCHER, AGGREGATES)
    header = {DatabaseOptions.AUTHORIZATION_HEADER.value: f"Bearer {token}"}
    with flight_sql.connect(URI, db_kwargs=header, autocommit=True) as connection:
        turn = number
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                with connection.cursor() as cursor:
                    cursor.execute(queries[turn % len(queries)])
                    cursor.fetch_arrow_table()
                times.append(time.monotonic() - began)
            except Exception as error:  # whatever the driver raises is counted
                errors.append(str(error))
            turn += 1


def memory():
    with open(f"/proc/{PID}/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


began = time.monotonic()
end = began + SECONDS
threads = [threading.Thread(target=client, args=(n, end)) for n in range(CLIENTS)]
print(f"memory before: {memory():.0f} MB")
for thread in threads:
    thread.start()
while any(thread.is_alive() for thread in threads):
    time.sleep(min(30, SECONDS / 5))
    print(f"{time.monotonic() - began:5.0f} s: {memory():.0f} MB, {len(times)} answers, {len(errors)} errors", flush=True)
times.sort()
at = lambda share: times[min(len(times) - 1, int(share * len(times)))] * 1000
print(f"{CLIENTS} clients, {SECONDS:.0f} s: {len(times)} answers, {len(errors)} errors, {len(times) / SECONDS:.1f}/s")
print(f"p50 {at(0.5):.0f} ms, p99 {at(0.99):.0f} ms, longest {times[-1] * 1000:.0f} ms")
for error in sorted(set(errors))[:5]:
    print(error)
sys.exit(1 if errors else 0)
