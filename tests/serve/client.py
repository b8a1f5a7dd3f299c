"""Speaks to `vaxloom serve` with the ADBC driver, as a notebook does.

usage: client.py URI PARTS CA ANALYST RESEARCHER EXPIRED [CERTIFICATE KEY]

PARTS are names of the functions below, or one query, whose first value is printed. Ends with 0 where everything was as it must be,
and says what was not.
"""

import sys

import adbc_driver_flightsql.dbapi as flight_sql
from adbc_driver_flightsql import DatabaseOptions

URI, PARTS, CA, ANALYST, RESEARCHER, EXPIRED = sys.argv[1:7]
CERTIFICATE = sys.argv[7:9]


def text(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def connect(token, uri=URI, certificate=True):
    options = {}
    if token:
        options[DatabaseOptions.AUTHORIZATION_HEADER.value] = f"Bearer {token}"
    if uri.startswith("grpc+tls"):
        options[DatabaseOptions.TLS_ROOT_CERTS.value] = text(CA)
        if CERTIFICATE and certificate:
            options[DatabaseOptions.MTLS_CERT_CHAIN.value] = text(CERTIFICATE[0])
            options[DatabaseOptions.MTLS_PRIVATE_KEY.value] = text(CERTIFICATE[1])
    return flight_sql.connect(uri, db_kwargs=options, autocommit=True)


def ask(token, sql, parameters=None, **how):
    with connect(token, **how) as connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


def refused(words, action):
    try:
        action()
    except Exception as error:  # the driver has many kinds
        assert all(word.lower() in str(error).lower() for word in words), f"{words}: {error}"
        return
    raise AssertionError(f"not refused: {words}")


def analyst():
    rows = ask(ANALYST, "SELECT patient_id, gene, rank FROM neoantigen ORDER BY patient_id, rank")
    assert rows.num_rows > 1 and rows.column_names == ["patient_id", "gene", "rank"], rows
    patient = rows["patient_id"][0].as_py()
    for place in ("$1", "?"):
        asked = f"SELECT count(*) AS n FROM neoantigen WHERE patient_id = {place}"
        own = ask(ANALYST, asked, (patient,))["n"][0].as_py()
        assert own == rows["patient_id"].to_pylist().count(patient), own
    plan = ask(ANALYST, "EXPLAIN SELECT * FROM patient")
    assert plan.num_rows > 0, plan
    assert ask(ANALYST, "EXPLAIN ANALYZE SELECT count(*) FROM patient").num_rows > 0
    assert ask(ANALYST, "SELECT * FROM patient WHERE birth_year < 0").num_rows == 0
    assert ask(ANALYST, "SELECT * FROM top_neoantigens").num_rows > 0
    version = ask(ANALYST, "SELECT count(*) AS n FROM neoantigen VERSION AS OF 1")["n"][0].as_py()
    assert version > 0, version
    meaning = ask(ANALYST, "DESCRIBE neoantigen").to_pylist()
    assert any(row["column_name"] == "gene" and row["comment"] for row in meaning), meaning
    score = ask(ANALYST, "SELECT mhc1_presentation('GADGVGKSAL', 'HLA-C*08:02') AS s")["s"][0].as_py()
    assert 0.5 < score <= 1, score


def researcher():
    count = ask(RESEARCHER, "SELECT count(DISTINCT patient_id) AS n FROM patient").to_pylist()
    assert count == [{"n": None, "suppressed": True}], count
    groups = ask(RESEARCHER, "SELECT gene, count(*) AS n FROM neoantigen GROUP BY gene").to_pylist()
    assert groups == [{"gene": None, "n": None, "suppressed": True}], groups
    refused(["privacy gate", "rows"], lambda: ask(RESEARCHER, "SELECT gene FROM neoantigen"))
    refused(["no patient column"], lambda: ask(RESEARCHER, "SELECT count(*) FROM presentation"))
    refused(["privacy gate"], lambda: ask(RESEARCHER, "SELECT * FROM top_neoantigens"))
    refused(["privacy gate"], lambda: ask(RESEARCHER, "SELECT gene FROM neoantigen VERSION AS OF 1"))
    bound = ask(RESEARCHER, "SELECT count(*) AS n FROM patient WHERE birth_year < $1", (1990,)).to_pylist()
    assert bound == [{"n": None, "suppressed": True}], bound
    shown = ask(RESEARCHER, "SELECT table_name FROM information_schema.tables")
    assert "neoantigen" in shown["table_name"].to_pylist(), shown


def mistakes():
    for sql in (
        "DROP TABLE patient",
        "INSERT INTO patient SELECT * FROM patient",
        "CREATE TABLE t AS SELECT 1",
        "COPY patient TO '/tmp/vaxloom-serve-test.csv'",
        "SET datafusion.execution.batch_size = 1",
        "DELETE FROM patient",
    ):
        refused(["only reads"], lambda sql=sql: ask(ANALYST, sql))
        refused(["only reads"], lambda sql=sql: ask(RESEARCHER, sql))
    refused(["line 1: SELECT gene FORM neoantigen x", "^"], lambda: ask(ANALYST, "SELECT gene FORM neoantigen x"))
    refused(["did you mean patient_id?"], lambda: ask(ANALYST, "SELECT patent_id FROM patient"))
    refused(["did you mean neoantigen?"], lambda: ask(ANALYST, "SELECT * FROM neoantigens"))
    for read in ("SELECT * FROM '/etc/passwd'", "SELECT * FROM vcf_scan('/etc/passwd')"):
        refused(["not found"], lambda read=read: ask(ANALYST, read))


def descriptions():
    with connect(ANALYST) as connection:
        objects = connection.adbc_get_objects(depth="all").read_all().to_pylist()
        schemas = objects[0]["catalog_db_schemas"]
        public = next(s for s in schemas if s["db_schema_name"] == "public")
        tables = {t["table_name"]: t for t in public["db_schema_tables"]}
        assert {"patient", "neoantigen", "construct", "run"} <= tables.keys(), tables.keys()
        columns = [c["column_name"] for c in tables["patient"]["table_columns"]]
        assert columns[:2] == ["patient_id", "birth_year"], columns
        assert connection.adbc_get_table_types() == ["TABLE", "VIEW"]
        assert connection.adbc_get_info()["vendor_name"] == "vaxloom"
        schema = connection.adbc_get_table_schema("neoantigen", db_schema_filter="public")
        assert schema.field("mt_score").type == "float", schema


def strangers():
    one = "SELECT 1"
    refused(["unauth", "unknown token"], lambda: ask("vx_0000", one))
    refused(["unauth", "expired"], lambda: ask(EXPIRED, one))
    if URI.startswith("grpc+tls"):
        plain = URI.replace("grpc+tls", "grpc+tcp")
        refused([], lambda: ask(ANALYST, one, uri=plain))
    if CERTIFICATE:
        refused([], lambda: ask(ANALYST, one, certificate=False))
    else:
        refused(["unauth", "no token"], lambda: ask(None, one))


def certificate():
    """A user who is known by certificate alone."""
    assert ask(None, "SELECT count(*) AS n FROM patient")["n"][0].as_py() == 8


def endless():
    """A function that folds for hours without giving way, and a join of everything with everything."""
    folds = "SELECT fold_mfe(concat(repeat('GACU', 700), repeat('A', value))) FROM generate_series(1, 1000)"
    refused(["longer than 2 s"], lambda: ask(ANALYST, folds))
    joins = "SELECT count(*) FROM presentation a, presentation b, presentation c WHERE a.score + b.score = c.score"
    refused(["longer than 2 s"], lambda: ask(ANALYST, joins))
    assert ask(ANALYST, "SELECT count(*) AS n FROM patient")["n"][0].as_py() == 8


if " " in PARTS:
    print(ask(ANALYST, PARTS)[0][0].as_py())
else:
    for part in PARTS.split(","):
        globals()[part]()
        print(f"{part}: as it must be")
