#!/usr/bin/env python3
"""Measures searching in the release binary, and writes bench/SEARCH.md.

    bench/search.py [--rows 10000] [--large 100000] [--seconds 8] [--binary target/release/masthead]

As `bench/run.py`, whose site and load generator it uses. Needs wrk. Standard library only.
"""
import argparse
import http.client
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from run import HERE, Beside, Crew, Site, fetch, quote, wrk

HIT = "&types=articles&fields=title,slug&pagination[pageSize]=10"
FACETS = ("&facets[category]=true&facets[tags]=true&facets[featured]=true&facets[author]=true"
          "&facets[views]=..1000,1000..10000,10000..&facets[published_on]=..2022-01-01,2022-01-01..2024-01-01,2024-01-01..")
# What is aimed at.
AIMS = {"typing_p95_ms": 10, "facets_p95_ms": 20, "lists_per_second": 1000, "indexed_per_second": 5000, "size": 1.5,
        "found_after_ms": 1000}


class SearchSite(Site):
    """Articles and their authors alone."""

    def fill(self):
        subprocess.run([sys.executable, HERE / "gen_content.py", "--rows", str(self.rows), "--seed", "7", "--out",
                        self.home / "content"], check=True, stdout=subprocess.DEVNULL)
        self.titles, self.text, self.bodies = [], 0, []
        files = {}
        for kind in ("author", "article"):
            files[kind] = self.home / f"{kind}s.ndjson"
            with open(self.home / "content" / f"{kind}s.ndjson") as source, open(files[kind], "w") as out:
                for line in source:
                    row = json.loads(line)
                    row.pop("id")
                    if kind == "article":
                        row["author"] = {"slug": "author-%d" % row["author"]}
                        self.titles.append(row["title"])
                        if len(self.bodies) < 2000:
                            self.bodies.append(row["body"])
                    # All that is searched.
                    texts = [row.get(name, "") for name in ("name", "title", "slug", "bio", "excerpt", "body", "category")]
                    self.text += sum(len(text.encode()) for text in [*texts, *row.get("tags", [])])
                    out.write(json.dumps(row) + "\n")
        self.masthead("schema", "push", str(HERE / "schema"), "--apply")
        self.masthead("import", "ndjson", str(files["author"]), "--type", "author")
        self.masthead("import", "ndjson", str(files["article"]), "--type", "article", "--publish")
        for word in ("article", "author"):
            self.masthead("role", "allow", "public", "read", word)
        self.token = self.masthead("token", "create", "--name", "bench", "--role", "admin").stdout.strip()

    def rebuild(self):
        """Entries indexed a second, from the first document to the served index."""
        started = time.monotonic()
        self.masthead("search", "rebuild")
        took = time.monotonic() - started
        status = json.loads(self.masthead("search", "status", "--json").stdout)
        if not status["ready"] or status["lag"]:
            sys.exit(f"the index is not whole: {status}")
        return status["documents"] / took, status["bytes"]

    def typed(self, rng, count):
        """What stands in the box, key by key, while somebody types two words of a title."""
        steps = []
        while len(steps) < count:
            words = rng.choice(self.titles).lower().split()
            first = rng.randrange(len(words) - 1)
            phrase = " ".join(words[first:first + 2])
            steps += [phrase[:end] for end in range(2, len(phrase) + 1) if phrase[end - 1] != " "]
        return steps[:count]

    def words(self, rng, count):
        return [rng.choice(rng.choice(self.bodies).lower().split()).strip(".") for _ in range(count)]


def settled(server):
    """Everything is in the index that the server reads."""
    for _ in range(6000):
        answer = json.loads(fetch(server.port, "/api/search?q=zzz&highlight=false"))
        if not answer["meta"]["query"].get("incomplete"):
            return
        time.sleep(0.1)
    sys.exit("the index is never whole")


def ids_of(server, rows):
    ids = []
    for page in range(1, 1 + min(rows, 5000) // 100):
        answer = json.loads(fetch(server.port, f"/api/articles?fields=slug&pagination[page]={page}&pagination[pageSize]=100"))
        ids += [document["documentId"] for document in answer["data"]]
    return ids


class Searching(Crew):
    """Readers that search while something else is measured."""

    def __init__(self, port, paths, readers):
        self.port, self.paths, self.stop, self.count = port, paths, threading.Event(), 0
        self.threads = [threading.Thread(target=self.work, args=(n,)) for n in range(readers)]

    def work(self, n):
        connection, rng = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60), random.Random(n)
        while not self.stop.is_set():
            connection.request("GET", quote(rng.choice(self.paths)))
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                sys.exit(f"search: {answer.status} {text[:300]!r}")
            self.count += 1


def found_after(port, token, samples):
    """From the answer of a publish to the first search that finds it, in ms."""
    writer, reader = (http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(2))
    times = []
    for n in range(samples):
        word = f"qx{n}zw{random.randrange(10**9)}"
        body = json.dumps({"data": {"title": f"Fresh {word}", "body": "just published"}})
        writer.request("POST", "/api/articles?fields=title", body,
                       {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
        answer = writer.getresponse()
        text = answer.read()
        if answer.status != 201:
            sys.exit(f"publish: {answer.status} {text[:300]!r}")
        published = time.monotonic()
        while True:
            reader.request("GET", f"/api/search?q={word}&types=articles&fields=title")
            answer = json.loads(reader.getresponse().read())
            if answer["data"]:
                break
            if time.monotonic() - published > 30:
                sys.exit("it is never found")
            time.sleep(0.005)
        times.append((time.monotonic() - published) * 1000)
    return times


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--rows", type=int, default=10000)
    ap.add_argument("--large", type=int, default=100000)
    ap.add_argument("--seconds", type=int, default=8)
    ap.add_argument("--binary", default=str(HERE.parent / "target" / "release" / "masthead"))
    args = ap.parse_args()
    rng, table, other = random.Random(11), [], []
    with tempfile.TemporaryDirectory(prefix="masthead-bench.") as folder:
        home = pathlib.Path(folder)

        def row(name, server, paths, connections, aim=""):
            figures = wrk(server.port, paths, connections, args.seconds, home)
            table.append((name, connections, figures, aim))
            print(f"{name:52} c{connections:<3} {figures['rps']:>8.0f}/s  p50 {figures['p50_ms']:.2f}  p95 {figures['p95_ms']:.2f}  "
                  f"p99 {figures['p99_ms']:.2f} ms  {aim}", flush=True)
            return figures

        def note(name, figure, aim=""):
            other.append((name, figure, aim))
            print(f"{name}: {figure}  {aim}", flush=True)

        small = SearchSite(args.binary, args.rows, home / "small")
        small.home.mkdir()
        small.fill()
        small.rebuild()
        lists = [f"/api/articles?_q={word}" for word in small.words(rng, 2000)]
        with small.serve("--delivery-cache-bytes", "0") as server:
            settled(server)
            row(f"list by a word, whole documents, {args.rows}, no cache", server, lists, 64, f"≥ {AIMS['lists_per_second']}/s")
        with small.serve() as server:
            settled(server)
            row(f"list by a word, whole documents, {args.rows}", server, lists, 64, f"≥ {AIMS['lists_per_second']}/s")

        large = SearchSite(args.binary, args.large, home / "large")
        large.home.mkdir()
        large.fill()
        rate, size = large.rebuild()
        note(f"indexing, {args.large} articles of 3 KB", f"{rate:.0f}/s", f"≥ {AIMS['indexed_per_second']}/s")
        note("index by the text that is searched", f"{size / large.text:.2f}", f"≤ {AIMS['size']}")
        typed = [f"/api/search?q={step}{HIT}" for step in large.typed(rng, 4000)]
        bare = [path + "&highlight=false" for path in typed]
        proposals = [f"/api/search/suggest?q={step}&types=articles" for step in large.typed(rng, 4000)]
        faceted = [f"/api/search?q={word}{HIT}{FACETS}" for word in large.words(rng, 2000)]
        within = [f"{path}&filters[category]=news&filters[views][$gt]=1000" for path in faceted]
        for cache, options in ((", no cache", ("--delivery-cache-bytes", "0")), ("", ())):
            with large.serve(*options) as server:
                settled(server)
                row(f"as you type, {args.large}{cache}", server, typed, 16, f"p95 ≤ {AIMS['typing_p95_ms']} ms")
                row(f"as you type, nothing marked, {args.large}{cache}", server, bare, 16, f"p95 ≤ {AIMS['typing_p95_ms']} ms")
                row(f"proposals, {args.large}{cache}", server, proposals, 16, f"p95 ≤ {AIMS['typing_p95_ms']} ms")
                row(f"six facets, {args.large}{cache}", server, faceted, 16, f"p95 ≤ {AIMS['facets_p95_ms']} ms")
                row(f"six facets behind two filters, {args.large}{cache}", server, within, 16)
                row(f"as you type, alone, {args.large}{cache}", server, typed, 1)
                row(f"six facets, alone, {args.large}{cache}", server, faceted, 1)
                if not cache:
                    note("resident memory after that", f"{server.memory():.0f} MiB")
                    ids = ids_of(server, args.large)
                    with Beside(server.port, large.token, ids, 4) as writers, Searching(server.port, typed, 4) as readers:
                        times = found_after(server.port, large.token, 40)
                    note(f"publish → found, beside {writers.count} publishes and {readers.count} searches",
                         f"{statistics.median(times):.0f} ms, at most {max(times):.0f} ms", f"≤ {AIMS['found_after_ms']} ms")
    results(args, table, other)


def results(args, table, other):
    version = subprocess.run([args.binary, "--version"], capture_output=True, text=True).stdout.strip()
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    lines = [
        "# Searching", "",
        f"{version} on {os.cpu_count()} cores ({cpu}), shared with wrk; articles of 3 KB, SQLite, {args.seconds} s a row after 2 s of",
        "warm-up. Words are drawn from the articles; what is typed are the first letters of two words of a title, one more with",
        "each request. \"No cache\" keeps no answers; what dear words are worth is kept in the index's own memory all the same.",
        "Rerun with `make bench`.", "",
        "| work | connections | requests/s | p50 ms | p95 ms | p99 ms | aim |", "|---|---|---|---|---|---|---|",
    ]
    lines += [f"| {name} | {connections} | {f['rps']:.0f} | {f['p50_ms']:.2f} | {f['p95_ms']:.2f} | {f['p99_ms']:.2f} | {aim} |"
              for name, connections, f, aim in table]
    lines += ["", "| other | figure | aim |", "|---|---|---|"]
    lines += [f"| {name} | {figure} | {aim} |" for name, figure, aim in other]
    (HERE / "SEARCH.md").write_text("\n".join([*lines, ""]))


if __name__ == "__main__":
    main()
