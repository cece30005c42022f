#!/usr/bin/env python3
"""Measures the release binary beside nginx serving the same bytes, and writes bench/RESULTS.md.

    bench/run.py [--rows 10000] [--large 100000] [--seconds 8] [--binary target/release/masthead]

Needs wrk and nginx (`apt-get install wrk nginx-light`). Every figure is of this machine and this run: read the ratios.
Standard library only.
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import platform
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
LIST = "/api/articles?sort=published_on:desc&pagination[page]={page}&pagination[pageSize]=20&populate=author"
FILTER = "&filters[category][$eq]={c}&filters[views][$gt]={v}&filters[featured][$eq]=true"
STORIES = "/api/stories?pagination[page]={page}&pagination[pageSize]=20&populate=sections,author"
CATEGORIES = ["news", "culture", "science", "sport", "travel", "food", "opinion", "business"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def quote(path):
    return urllib.parse.quote(path, safe="/?&=:$,")


def story(n):
    """A document of 25 blocks, about 4 KB."""
    words = "the quick brown fox jumps over the lazy dog while nobody looks at the slow river".split()
    rng = random.Random(n)
    text = lambda count: " ".join(rng.choice(words) for _ in range(count))
    kinds = [lambda: {"__component": "passage", "heading": text(4), "text": text(30)},
             lambda: {"__component": "pullquote", "text": text(14), "source": text(2), "wide": rng.random() < .5},
             lambda: {"__component": "figures", "title": text(3), "value": rng.randrange(10000), "unit": "people"}]
    return {"title": f"Story {n}", "author": {"slug": "author-%d" % (1 + n % 50)},
            "sections": [kinds[i % 3]() for i in range(25)]}


class Site:
    """A data folder with the benchmark's content, and servers on it."""

    def __init__(self, binary, rows, home):
        self.binary, self.rows, self.home = binary, rows, home
        self.data = home / "data"

    def masthead(self, *args, **options):
        env = {**os.environ, "MASTHEAD_DATA_DIR": str(self.data)}
        return subprocess.run([self.binary, *args], env=env, check=True, capture_output=True, text=True, **options)

    def fill(self):
        subprocess.run([sys.executable, HERE / "gen_content.py", "--rows", str(self.rows), "--seed", "7", "--out",
                        self.home / "content"], check=True, stdout=subprocess.DEVNULL)
        articles = self.home / "articles.ndjson"
        with open(self.home / "content" / "articles.ndjson") as source, open(articles, "w") as out:
            for line in source:
                row = json.loads(line)
                row.pop("id")
                row["author"] = {"slug": "author-%d" % row["author"]}
                out.write(json.dumps(row) + "\n")
        authors = self.home / "authors.ndjson"
        with open(self.home / "content" / "authors.ndjson") as source, open(authors, "w") as out:
            for line in source:
                row = json.loads(line)
                row.pop("id")
                out.write(json.dumps(row) + "\n")
        stories = self.home / "stories.ndjson"
        with open(stories, "w") as out:
            for n in range(self.rows // 10):
                out.write(json.dumps(story(n)) + "\n")
        self.masthead("schema", "push", str(HERE / "schema"), "--apply")
        started = time.monotonic()
        self.masthead("import", "ndjson", str(authors), "--type", "author")
        self.masthead("import", "ndjson", str(articles), "--type", "article", "--publish")
        imported = time.monotonic() - started
        self.masthead("import", "ndjson", str(stories), "--type", "story", "--publish")
        for word in ("article", "author", "story"):
            self.masthead("role", "allow", "public", "read", word)
        self.token = self.masthead("token", "create", "--name", "bench", "--role", "admin").stdout.strip()
        return imported

    def serve(self, *extra):
        return Server(self, *extra)


class Server:
    def __init__(self, site, *extra):
        self.port = free_port()
        # The writers are one client: its limit is not what is measured.
        env = {**os.environ, "MASTHEAD_DATA_DIR": str(site.data), "MASTHEAD_RATE_LIMIT_WRITES": "0"}
        started = time.monotonic()
        self.process = subprocess.Popen([site.binary, "serve", "--listen", "127.0.0.1:%d" % self.port, *extra],
                                        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.002)
        self.ready = time.monotonic() - started

    def memory(self):
        for line in open("/proc/%d/status" % self.process.pid):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Nginx:
    """The yardstick: the same bytes as static files, without sendfile (steadier on virtual machines)."""

    def __init__(self, home):
        self.port, self.root = free_port(), home / "static"
        self.root.mkdir(parents=True)
        config = home / "nginx.conf"
        config.write_text(f"""
daemon off; worker_processes 2; pid {home}/nginx.pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile off; open_file_cache max=10000; keepalive_requests 100000000; default_type application/json;
  client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{ listen 127.0.0.1:{self.port}; root {self.root}; }} }}
""")
        os.chmod(home, 0o755)
        os.chmod(self.root, 0o755)
        self.process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(config), "-p", str(home)],
                                        stderr=subprocess.DEVNULL)
        time.sleep(0.5)

    def put(self, name, bodies):
        folder = self.root / name
        folder.mkdir()
        for i, body in enumerate(bodies):
            (folder / f"{i}.json").write_bytes(body)
        return [f"/{name}/{i}.json" for i in range(len(bodies))]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def fetch(port, path, token=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": "Bearer " + token} if token else {}
    connection.request("GET", quote(path), headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        sys.exit(f"{path}: {answer.status} {body[:300]!r}")
    return body


def wrk(port, paths, connections, seconds, home, encoding=None):
    file = home / "paths.txt"
    file.write_text("".join(quote(p) + "\n" for p in paths))
    command = ["wrk", f"-t{min(2, connections)}", f"-c{connections}", "-s", str(HERE / "paths.lua")]
    if encoding:
        command += ["-H", f"Accept-Encoding: {encoding}"]
    address = f"http://127.0.0.1:{port}"
    subprocess.run([*command, "-d2s", address, "--", str(file)], check=True, stdout=subprocess.DEVNULL)
    out = subprocess.run([*command, f"-d{seconds}s", address, "--", str(file)], check=True, capture_output=True, text=True)
    return figures(out.stdout, paths[0])


def figures(printed, what):
    """What wrk has measured; nothing that went wrong is measured."""
    line = next(l for l in printed.splitlines() if l.startswith("WRKJSON"))
    found = json.loads(line[8:])
    errors = sum(found[k] for k in found if k.startswith("err_"))
    if errors:
        sys.exit(f"{errors} errors over {what}: {found}")
    return found


def create(port, token, writers, seconds):
    """Creates through the API; per second."""
    command = ["wrk", f"-t{min(2, writers)}", f"-c{writers}", f"-d{seconds}s", "-s", str(HERE / "creates.lua"),
               f"http://127.0.0.1:{port}", "--", token]
    return figures(subprocess.run(command, check=True, capture_output=True, text=True).stdout, "creates")["rps"]


class Publishing:
    """Writers that publish one article after the other while something else is measured. They are wrk's: on the same
    processors as the server, a program that needs much of them itself would be measured instead."""

    def __init__(self, port, token, ids, writers, seconds, home):
        file = home / "ids.txt"
        file.write_text("".join(i + "\n" for i in ids))
        self.command = ["wrk", "-t1", f"-c{writers}", f"-d{seconds}s", "-s", str(HERE / "publishes.lua"),
                        f"http://127.0.0.1:{port}", "--", str(file), token]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.rate = figures(self.process.communicate()[0], "publishes")["rps"]


class Crew:
    """Threads that work until they are to stop: `self.threads` and `self.stop`."""

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


class Beside(Crew):
    """Writers at work while something else is measured: `status` none publishes, `draft` saves."""

    def __init__(self, port, token, ids, writers, status=None, pause=0.0):
        self.port, self.token, self.ids, self.status, self.pause = port, token, ids, status, pause
        self.stop, self.count = threading.Event(), 0
        self.threads = [threading.Thread(target=self.work, args=(n,)) for n in range(writers)]

    def work(self, n):
        connection, rng = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60), random.Random(n)
        query = f"?status={self.status}" if self.status else ""
        while not self.stop.is_set():
            body = json.dumps({"data": {"excerpt": f"Writer {n} at {self.count}"}})
            connection.request("PUT", f"/api/articles/{rng.choice(self.ids)}{query}", body,
                               {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                sys.exit(f"save: {answer.status} {text[:300]!r}")
            self.count += 1
            time.sleep(self.pause)


def bare_sqlite(home, together, seconds=2.0):
    """Rows a second into one bare table with one index, 4 KB each, `together` in a commit that is as durable as ours."""
    connection = sqlite3.connect(home / f"bare{together}.db", isolation_level=None)
    connection.executescript("PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                             "CREATE TABLE t (id INTEGER PRIMARY KEY, slug TEXT UNIQUE, data BLOB)")
    n, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(together):
            connection.execute("INSERT INTO t (slug, data) VALUES (?, ?)", (f"slug-{random.random()}", b"x" * 4096))
            n += 1
        connection.execute("COMMIT")
    connection.close()
    return n / seconds


def disk(home, seconds=2.0):
    """Durable commits a second of the bare disk: 4 KB appended and fsynced."""
    file = os.open(home / "fsync", os.O_CREAT | os.O_WRONLY)
    n, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        os.write(file, b"x" * 4096)
        os.fdatasync(file)
        n += 1
    os.close(file)
    return n / seconds


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--rows", type=int, default=10000)
    ap.add_argument("--large", type=int, default=100000, help="articles of the second site; 0: none")
    ap.add_argument("--seconds", type=int, default=8)
    ap.add_argument("--binary", default=str(HERE.parent / "target" / "release" / "masthead"))
    args = ap.parse_args()
    for tool in ("wrk", "nginx"):
        if not (shutil.which(tool) or os.path.exists("/usr/sbin/" + tool)):
            sys.exit(f"{tool} is missing: apt-get install wrk nginx-light")
    rng = random.Random(11)
    table = []
    with tempfile.TemporaryDirectory(prefix="masthead-bench.") as folder:
        home = pathlib.Path(folder)
        site = Site(args.binary, args.rows, home)
        imported = site.fill()
        print(f"{args.rows} articles imported and published in {imported:.1f} s", flush=True)
        nginx = Nginx(home)

        def row(name, port, paths, connections, yardstick=None, encoding=None):
            ours = wrk(port, paths, connections, args.seconds, home, encoding)
            base = wrk(nginx.port, yardstick, connections, args.seconds, home) if yardstick else None
            table.append((name, connections, ours, base))
            ratio = f"{ours['rps'] / base['rps']:.2f} × nginx" if base else ""
            print(f"{name:34} c{connections:<3} {ours['rps']:>9.0f}/s  p50 {ours['p50_ms']:.2f}  p99 {ours['p99_ms']:.2f} ms  {ratio}", flush=True)

        with nginx, site.serve() as server:
            ready, idle = server.ready, server.memory()
            ids = []
            for page in range(1, 1 + min(args.rows, 5000) // 100):
                answer = json.loads(fetch(server.port, f"/api/articles?fields=slug&pagination[page]={page}&pagination[pageSize]=100"))
                ids += [d["documentId"] for d in answer["data"]]
            one = [f"/api/articles/{i}?populate=author" for i in rng.sample(ids, min(1000, len(ids)))]
            listed = [LIST.format(page=1)]
            filtered = [LIST.format(page=1) + FILTER.format(c=c, v=v) for c in CATEGORIES for v in (1000, 10000, 20000)]
            static = {}
            for name, paths in (("one", one), ("list", listed), ("filter", filtered)):
                static[name] = nginx.put(name, [fetch(server.port, p) for p in paths])
            for connections in (1, 16, 64):
                row("one document", server.port, one, connections, static["one"])
                row("list of 20 with author", server.port, listed, connections, static["list"])
            row("filtered and sorted list", server.port, filtered, 16, static["filter"])
            for encoding in ("gzip", "br"):
                row(f"one document, {encoding}", server.port, one, 16, None, encoding)
                row(f"list of 20 with author, {encoding}", server.port, listed, 16, None, encoding)
            with Beside(server.port, site.token, ids, 5, "draft", 0.2) as editors:
                row("list of 20, 5 editors autosaving", server.port, listed, 16)
            # wrk warms up for two seconds before it measures.
            with Publishing(server.port, site.token, ids, 16, args.seconds + 2, home) as writers:
                row("one document, 16 writers publishing", server.port, one, 16)
            print(f"beside: {editors.count} saves, {writers.rate:.0f} publishes a second", flush=True)
            loaded = server.memory()
        pages = max(1, args.rows // 20 // 2)
        with site.serve("--delivery-cache-bytes", "0") as server:
            uncached = [LIST.format(page=rng.randint(1, min(pages, 500))) for _ in range(500)]
            size = sum(len(fetch(server.port, p)) for p in uncached[:50]) / 50
            if not 72_000 <= size <= 88_000:
                sys.exit(f"the lists have {size:.0f} bytes: not the work that is meant")
            row("one document, no cache", server.port, one, 16)
            row("list of 20 with author, no cache", server.port, uncached, 16)
            row("filtered and sorted list, no cache", server.port, filtered, 16)
            stories = [STORIES.format(page=rng.randint(1, max(1, args.rows // 10 // 20))) for _ in range(200)]
            row("list of 20 with 25 blocks, no cache", server.port, stories, 16)
        with site.serve() as server:
            fsyncs = disk(home)
            sequential = create(server.port, site.token, 1, args.seconds)
            parallel = create(server.port, site.token, 16, args.seconds)
            bare = {n: bare_sqlite(home, n) for n in (1, 16)}
            print(f"bare SQLite: {bare[1]:.0f} rows/s one by one, {bare[16]:.0f} rows/s 16 to a commit")
            print(f"creates: {sequential:.0f}/s in sequence, {parallel:.0f}/s by 16 writers; the disk alone {fsyncs:.0f} fsyncs/s")
        if args.large:
            site = Site(args.binary, args.large, home / "large")
            site.home.mkdir()
            print(f"{args.large} articles imported and published in {site.fill():.1f} s", flush=True)
            with site.serve("--delivery-cache-bytes", "0") as server:
                row(f"filtered and sorted, {args.large} articles, no cache", server.port, filtered, 16)
    results(args, table, imported, ready, idle, loaded, sequential, parallel, fsyncs, bare)


def results(args, table, imported, ready, idle, loaded, sequential, parallel, fsyncs, bare):
    version = subprocess.run([args.binary, "--version"], capture_output=True, text=True).stdout.strip()
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    lines = [
        "# Results", "",
        f"{version} on {os.cpu_count()} cores ({cpu}), shared with wrk; {args.rows} articles of 3 KB and their authors,",
        f"SQLite with durable commits, {args.seconds} s a row after 2 s of warm-up. Rerun with `make bench`.", "",
        "| work | connections | requests/s | p50 ms | p99 ms | nginx, same bytes | ratio |", "|---|---|---|---|---|---|---|",
    ]
    for name, connections, ours, base in table:
        beside = f"{base['rps']:.0f} | {ours['rps'] / base['rps']:.2f}" if base else "|"
        lines.append(f"| {name} | {connections} | {ours['rps']:.0f} | {ours['p50_ms']:.2f} | {ours['p99_ms']:.2f} | {beside} |")
    lines += [
        "", "| other | figure |", "|---|---|",
        f"| creates through the API, in sequence | {sequential:.0f}/s |",
        f"| creates through the API, 16 writers | {parallel:.0f}/s |",
        f"| bare SQLite, one row to a durable commit / 16 rows | {bare[1]:.0f}/s / {bare[16]:.0f}/s |",
        f"| the disk alone: 4 KB and fdatasync | {fsyncs:.0f}/s |",
        f"| import and publish {args.rows} articles | {imported:.1f} s |",
        f"| start to ready | {ready * 1000:.0f} ms |",
        f"| resident memory, idle / after load | {idle:.0f} / {loaded:.0f} MiB |", "",
    ]
    (HERE / "RESULTS.md").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
