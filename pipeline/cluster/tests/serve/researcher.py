"""Asks the catalogue of attacks and the honest questions with the ADBC driver, as a researcher's notebook does.

usage: researcher.py URI TOKEN FOLDER PLANTED

FOLDER has attacks.toml and honest.toml; PLANTED are the texts that no answer may hold. Ends with 0 where every honest question is
answered and every attack is answered or refused as the catalogue says.
"""

import sys
import tomllib

import adbc_driver_flightsql.dbapi as flight_sql
from adbc_driver_flightsql import DatabaseOptions

URI, TOKEN, FOLDER, PLANTED = sys.argv[1:5]
HEADER = {DatabaseOptions.AUTHORIZATION_HEADER.value: f"Bearer {TOKEN}"}


def catalogue(name):
    with open(f"{FOLDER}/{name}.toml", "rb") as file:
        return tomllib.load(file)


faults = []
with flight_sql.connect(URI, db_kwargs=HEADER, autocommit=True) as connection:

    def ask(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table()

    honest = catalogue("honest")["query"]
    for query in honest:
        answer = ask(query["sql"])
        if not any(suppressed is False for suppressed in answer["suppressed"].to_pylist()):
            faults.append(f"{query['name']}: nothing is shown: {answer.to_pylist()}")
    attacks = catalogue("attacks")["attack"]
    for attack in attacks:
        texts, refused = [], None
        for sql in attack["queries"]:
            try:
                refused = None
                texts.append(str(ask(sql).to_pylist()))
            except Exception as error:  # the driver has many kinds
                refused = str(error)
                texts.append(refused)
        wanted = attack.get("refused")
        if (f"privacy gate ({wanted})" not in (refused or "")) if wanted else refused:
            faults.append(f"{attack['name']}: expected {wanted or 'an answer'}, found {texts[-1]}")
        faults += [f"{attack['name']}: the answer holds {text}" for text in PLANTED.split(",") if text in "".join(texts)]

print(f"{len(honest)} honest questions, {len(attacks)} attacks, {len(faults)} faults")
print("\n".join(faults))
sys.exit(1 if faults else 0)
