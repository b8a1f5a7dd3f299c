#!/usr/bin/env python3
"""Queries over a large lake through `vaxloom serve`, beside DuckDB on the same Parquet files, in one run.

    cargo run --release --workspace --example scale -- LAKE 100000000
    vaxloom lake compact --lake LAKE
    scripts/bench-lake.py LAKE path/to/vaxloom

needs adbc-driver-flightsql, pyarrow, duckdb and deltalake from PyPI. Both engines have two threads; the first answer of each query
does not count, and of the others the median does. Times of vaxloom are a client's, Flight and audit included.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time

import adbc_driver_flightsql.dbapi as flight_sql
import deltalake
import duckdb
from adbc_driver_flightsql import DatabaseOptions

TIMES = 7
PORT = 50971
QUERIES = {
    "top 20 of a patient": "SELECT gene, best_peptide, best_allele, mt_percentile, rank FROM neoantigen WHERE patient_id = 'VX-001234' ORDER BY rank LIMIT 20",
    "top 20 of a patient, all scores": "SELECT p.gene, p.peptide, s.allele, s.percentile FROM peptide p JOIN hla_typing h ON p.patient_id = h.patient_id JOIN presentation s ON p.peptide = s.peptide AND h.allele = s.allele WHERE p.patient_id = 'VX-001234' ORDER BY s.percentile, p.peptide, s.allele LIMIT 20",
    "mutations by gene": "SELECT gene, count(*) AS n, count(DISTINCT patient_id) AS patients FROM neoantigen GROUP BY gene ORDER BY n DESC, gene LIMIT 20",
    "peptides by gene": "SELECT gene, count(*) AS n, count(DISTINCT patient_id) AS patients FROM peptide GROUP BY gene ORDER BY n DESC, gene LIMIT 20",
    "a peptide": "SELECT peptide, allele, score, percentile FROM presentation WHERE peptide = '{peptide}' ORDER BY allele",
    "a peptide that is not there": "SELECT count(*) FROM presentation WHERE peptide = 'KLMKLMKLM'",
    "strong pairs by allele": "SELECT allele, count(*) AS n FROM presentation WHERE percentile < 0.5 GROUP BY allele ORDER BY n DESC, allele",
}


def ours(program, lake, queries):
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.run([program, "serve", "token"], check=True, capture_output=True, text=True).stdout
        token, stored = re.search(r"vx_\S+", told)[0], re.search(r"sha256:\w+", told)[0]
        with open(f"{folder}/users.toml", "w") as users:
            users.write(f'[[user]]\nname = "bench"\nrole = "analyst"\ntoken = "{stored}"\n')
        with open(f"{folder}/log", "w+") as log:
            arguments = ["--lake", lake, "--auth", f"{folder}/users.toml", "--state", f"{folder}/state", "--threads", "2"]
            server = subprocess.Popen([program, "serve", *arguments, "--listen", f"127.0.0.1:{PORT}"], stdout=log, stderr=log)
            try:
                yield from asked(server, token, queries, log)
            finally:
                server.terminate()
                server.wait()


def asked(server, token, queries, log):
    header = {DatabaseOptions.AUTHORIZATION_HEADER.value: f"Bearer {token}"}
    with flight_sql.connect(f"grpc+tcp://127.0.0.1:{PORT}", db_kwargs=header, autocommit=True) as connection:

        def answer(sql):
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetch_arrow_table().num_rows

        while True:
            try:
                answer("SELECT 1")
                break
            except flight_sql.OperationalError:  # it does not listen yet
                if server.poll() is not None:
                    log.seek(0)
                    raise SystemExit(log.read()) from None
                time.sleep(0.1)
        for sql in queries:
            yield timed(answer, sql)


def timed(answer, sql):
    times = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        rows = answer(sql)
        times.append((time.perf_counter() - start) * 1000)
    return {"warm": times[1:], "first": times[0], "rows": rows}


def theirs(lake, queries):
    versions = json.loads(
        duckdb.sql(
            f"SELECT table_versions FROM read_parquet({deltalake.DeltaTable(lake + '/run').file_uris()}) ORDER BY finished_at DESC, run_id DESC LIMIT 1"
        ).fetchall()[0][0]
    )
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    for table in ["neoantigen", "peptide", "presentation", "hla_typing"]:
        files = deltalake.DeltaTable(f"{lake}/{table}", version=versions[table]).file_uris()
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({files})")
    for sql in queries:
        yield timed(lambda sql: len(connection.execute(sql).fetchall()), sql)


def main():
    lake, program = sys.argv[1:]
    peptide = duckdb.sql(
        f"SELECT peptide FROM read_parquet({deltalake.DeltaTable(lake + '/presentation').file_uris()[:1]}) LIMIT 1 OFFSET 1000"
    ).fetchall()[0][0]
    queries = [sql.format(peptide=peptide) for sql in QUERIES.values()]
    print(f"{'query':34} {'vaxloom':>10} {'DuckDB':>10}   ratio   (ms, median of {TIMES})")
    for name, own, other in zip(QUERIES, ours(program, lake, queries), theirs(lake, queries)):
        assert own["rows"] == other["rows"], (name, own["rows"], other["rows"])
        a, b = statistics.median(own["warm"]), statistics.median(other["warm"])
        print(f"{name:34} {a:10.1f} {b:10.1f} {a / b:7.2f}")


main()
