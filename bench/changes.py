#!/usr/bin/env python3
"""Measures changes of the model of a large site, made from the command line while a server goes on with 8 readers and 4
writers: how long each takes, and how long the longest read meanwhile. Every answer is checked. Writes bench/CHANGES-sqlite.md or
bench/CHANGES-postgresql.md.

    bench/changes.py [--rows 100000] [--binary target/release/masthead]
    DATABASE_URL=postgres://… bench/changes.py

Fails where a request failed or an answer was wrong. Standard library only.
"""
import argparse
import http.client
import json
import os
import pathlib
import platform
import random
import subprocess
import sys
import tempfile
import threading
import time

from run import FILTER, HERE, LIST, Crew, Site, fetch, quote

READERS, WRITERS = 8, 4
#: No read is to wait longer, ms.
LONGEST = 300


def field(model, name):
    return next(f for f in model["fields"] if name in (f.get("id"), f["name"]))


def rename(model):
    field(model, "excerpt")["name"] = "teaser"


def add_field(model):
    model["fields"].append({"name": "mood", "type": "string", "default": "calm"})


def to_string(model):
    field(model, "views")["type"] = "string"


def rename_value(model):
    values = field(model, "category")["values"]
    for i, value in enumerate(values):
        plain = value["value"] if isinstance(value, dict) else value
        if plain == "news":
            values[i] = {"value": "reports", "label": "Reports", "was": "news"}


def delete_field(model):
    model["fields"].remove(field(model, "tags"))


def url_pattern(model):
    model["urlPattern"] = "/articles/{slug}"


def localized_on(model):
    field(model, "title")["localized"] = True


def localized_off(model):
    field(model, "title").pop("localized")


CHANGES = [("rename a field", rename), ("add a field", add_field), ("integer to string", to_string),
           ("rename a value of an enumeration", rename_value), ("delete a field", delete_field),
           ("addresses by a pattern", url_pattern), ("localize a field", localized_on),
           ("localize it no longer", localized_off)]


class Beside(Crew):
    """Readers and writers at work while the model changes."""

    def __init__(self, server, site, known, total):
        self.server, self.token, self.known, self.total = server, site.token, known, total
        self.ids, self.pages = sorted(known), min(400, site.rows // 20)
        self.stop, self.doing = threading.Event(), None
        self.reads, self.writes, self.wrong = [], [], []
        self.threads = [threading.Thread(target=self.work, args=(self.read, n, 0.004)) for n in range(READERS)]
        self.threads += [threading.Thread(target=self.work, args=(self.write, n, 0.02)) for n in range(WRITERS)]

    def work(self, once, n, pause):
        connection, rng = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60), random.Random(n)
        while not self.stop.is_set():
            try:
                once(connection, rng)
            except Exception as error:  # A request that failed is a finding.
                self.wrong.append((self.doing, repr(error)))
                connection.close()
            time.sleep(pause)

    def ask(self, connection, times, method, path, body=None):
        doing, started = self.doing, time.monotonic()
        headers = {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"} if body else {}
        connection.request(method, quote(path), json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        times.append((doing, (time.monotonic() - started) * 1000))
        if answer.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]!r}")
        return json.loads(text)

    def read(self, connection, rng):
        kind = rng.randrange(3)
        if kind == 0:
            row = self.ask(connection, self.reads, "GET", f"/api/articles/{rng.choice(self.ids)}?populate=author")["data"]
            self.check(row)
        elif kind == 1:
            rows = self.ask(connection, self.reads, "GET", LIST.format(page=rng.randint(1, self.pages)))["data"]
            dates = [row["published_on"] for row in rows if row["published_on"]]
            self.expect(len(rows) == 20 and dates == sorted(dates, reverse=True), "a list is out of order")
        else:
            path = LIST.format(page=1) + FILTER.format(c="sport", v=0).replace("filters[views][$gt]=0", "filters[slug][$notNull]=true")
            answer = self.ask(connection, self.reads, "GET", path)
            self.expect(answer["meta"]["pagination"]["total"] == self.total, "a total is wrong: %s" % answer["meta"])
            for row in answer["data"]:
                self.expect(row["category"] == "sport" and row["featured"] is True, "a filter lets others through")

    def check(self, row):
        known = self.known[row["documentId"]]
        excerpt = row.get("teaser", row.get("excerpt"))
        category = "news" if row["category"] == "reports" else row["category"]
        same = (row["slug"], excerpt, str(row["views"]), category) == known and row["author"]["slug"].startswith("author-")
        self.expect(same, f"{row['documentId']} is not what it was: {json.dumps(row)[:300]}")

    def expect(self, holds, message):
        if not holds:
            self.wrong.append((self.doing, message))

    def write(self, connection, rng):
        title = f"Title {rng.random()}"
        if rng.random() < 0.5:
            self.ask(connection, self.writes, "PUT", f"/api/articles/{rng.choice(self.ids)}", {"data": {"title": title}})
        else:
            self.ask(connection, self.writes, "POST", "/api/articles", {"data": {"title": title, "body": "words " * 300}})


def known_articles(port, most=2000):
    """What some articles say, by id: `(slug, excerpt, views as text, category)`."""
    known = {}
    for page in range(1, 1 + most // 100):
        path = f"/api/articles?fields=slug,excerpt,views,category&pagination[page]={page}&pagination[pageSize]=100"
        for row in json.loads(fetch(port, path))["data"]:
            known[row["documentId"]] = (row["slug"], row["excerpt"], str(row["views"]), row["category"])
    return known


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--rows", type=int, default=100000)
    ap.add_argument("--binary", default=str(HERE.parent / "target" / "release" / "masthead"))
    args = ap.parse_args()
    database = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    table = []
    with tempfile.TemporaryDirectory(prefix="masthead-changes.") as folder:
        home = pathlib.Path(folder)
        site = Site(args.binary, args.rows, home)
        print(f"{database}: {args.rows} articles imported and published in {site.fill():.0f} s", flush=True)
        schema = home / "pulled"
        site.masthead("schema", "pull", str(schema))
        article = schema / "types" / "article.json"
        with site.serve() as server:
            known = known_articles(server.port)
            path = LIST.format(page=1) + FILTER.format(c="sport", v=-1)
            total = json.loads(fetch(server.port, path))["meta"]["pagination"]["total"]
            with Beside(server, site, known, total) as beside:
                time.sleep(2)
                for name, change in CHANGES:
                    model = json.loads(article.read_text())
                    change(model)
                    article.write_text(json.dumps(model, indent=1))
                    beside.doing, started = name, time.monotonic()
                    site.masthead("schema", "push", str(schema), "--apply", "--allow-destructive")
                    seconds, beside.doing = time.monotonic() - started, None
                    reads = sorted(ms for doing, ms in beside.reads if doing == name)
                    writes = [ms for doing, ms in beside.writes if doing == name]
                    row = (name, seconds, len(reads), reads[len(reads) * 99 // 100], reads[-1], len(writes), max(writes, default=0))
                    table.append(row)
                    print("%-34s %7.2f s  %6d reads, p99 %4.0f, longest %4.0f ms  %5d writes, longest %5.0f ms" % row, flush=True)
                    for doing, message in beside.wrong[:5]:
                        print(f"  {doing}: {message}", flush=True)
                    # The next one starts from what is there now.
                    site.masthead("schema", "pull", str(schema))
                    time.sleep(2)
            print(f"{len(beside.reads)} reads, {len(beside.writes)} writes, {len(beside.wrong)} failed or wrong")
        healthy = subprocess.run([args.binary, "doctor"], env={**os.environ, "MASTHEAD_DATA_DIR": str(site.data)}, capture_output=True, text=True)
        print(healthy.stdout[-300:])
    results(args, database, table, len(beside.wrong))
    if beside.wrong or healthy.returncode:
        sys.exit("something failed or was wrong")


def results(args, database, table, wrong):
    lines = [f"# Changes of the model, {database}", "",
             f"{args.rows} articles on {os.cpu_count()} cores ({platform.machine()}), {READERS} readers and {WRITERS} writers beside, "
             f"which share them; {wrong} failed requests or wrong answers. Rerun with `bench/changes.py`.", "",
             "| change | takes s | reads | p99 ms | longest ms | writes | longest ms |", "|---|---|---|---|---|---|---|"]
    lines += ["| %s | %.2f | %d | %.0f | %.0f | %d | %.0f |" % row for row in table]
    lines += ["", f"No read is to wait longer than {LONGEST} ms.", ""]
    (HERE / f"CHANGES-{database.lower()}.md").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
