#!/usr/bin/env python3
"""Measures files: pictures that are ready beside nginx, pictures that are made beside npm's sharp (libvips), memory while
many are made, and a large upload beside the disk's own copy. Writes bench/RESULTS-media.md.

    bench/media.py [--seconds 8] [--rounds 15] [--gigabytes 1] [--binary target/release/masthead]

Needs wrk, nginx and Node.js; sharp is installed into bench/node_modules. Every figure is of this machine and this run:
read the ratios. Otherwise standard library only.
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from run import HERE, Nginx, Site, wrk

#: What a page of a magazine has: a photograph of 12 megapixels, and 800 pixels of it.
WIDTH, HEIGHT, SHOWN, QUALITY = 4000, 3000, 800, 75
AT_ONCE = 64


class Sharp:
    """Node with sharp, which makes a picture for each line that it is told."""

    def __init__(self):
        self.node = subprocess.Popen(["node", HERE / "sharp.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **what):
        self.node.stdin.write(json.dumps(what) + "\n")
        self.node.stdin.flush()
        return json.loads(self.node.stdout.readline())

    def close(self):
        self.node.stdin.close()
        self.node.wait()


class Library:
    """The files of a site, by its API."""

    def __init__(self, port, token):
        self.port, self.token = port, token

    def send(self, method, path, body=None, kind="application/json"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        headers = {"Authorization": "Bearer " + self.token, "Content-Type": kind}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text)

    def upload(self, name, content):
        head, tail = form(name)
        return self.send("POST", "/api/upload", head + content + tail, KIND)[0]

    def signed(self, file, parameters):
        return self.send("POST", f"/admin/api/media/{file['documentId']}/address", json.dumps({"parameters": parameters}))["url"]

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status} {content[:300]!r}")
        return content


KIND = "multipart/form-data; boundary=----a-mark-of-the-benchmark"


def form(name):
    """What stands before and behind a file in a form."""
    mark = KIND.split("boundary=")[1]
    head = f"--{mark}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n"
    return head.encode(), f"\r\n--{mark}--\r\n".encode()


def distinct(photo, n):
    """The same picture in another file: with a comment behind its first marker."""
    comment = b"number %06d" % n
    return photo[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + photo[2:]


def peak(process):
    """Most memory that a process ever had, MiB."""
    for line in open("/proc/%d/status" % process.pid):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def ready(library, photo, nginx, seconds, home):
    """A small picture that was made before, beside the same bytes as a file."""
    file = library.upload("ready.jpg", distinct(photo, 0))
    made = [(abs(len(body) - 12_000), path, body) for path in
            (f"{file['url']}?w={w}&format=webp&q={q}" for w in (256, 384, 500, 640) for q in (40, 60, 75, 90))
            for body in [library.get(path)]]
    _, path, body = min(made, key=lambda m: m[0])
    (nginx.root / "ready.webp").write_bytes(body)
    rows = []
    for connections in (1, 16, 64):
        ours = wrk(library.port, [path], connections, seconds, home)
        base = wrk(nginx.port, ["/ready.webp"], connections, seconds, home)
        rows.append((connections, len(body), ours, base))
        print(f"ready picture of {len(body)} bytes  c{connections:<3} {ours['rps']:>9.0f}/s  p50 {ours['p50_ms']:.2f}  "
              f"p99 {ours['p99_ms']:.2f} ms  {ours['rps'] / base['rps']:.2f} × nginx", flush=True)
    return rows


def cold(library, photo, sharp, rounds, home):
    """Milliseconds to make a picture that nobody asked for before: ours over HTTP, and sharp's from the file; in turns."""
    ours, theirs = [], []
    for n in range(rounds + 2):
        content = distinct(photo, 1000 + n)
        url = library.signed(library.upload("cold.jpg", content), f"w={SHOWN}&format=webp&quality={QUALITY}")
        path = home / "cold.jpg"
        path.write_bytes(content)
        started = time.monotonic()
        body = library.get(url)
        ours.append((time.monotonic() - started) * 1000)
        answer = sharp.ask(path=str(path), width=SHOWN, quality=QUALITY)
        theirs.append(answer["ms"])
        if not 0.7 < len(body) / answer["bytes"] < 1.4:
            sys.exit(f"{len(body)} bytes and {answer['bytes']}: not the same work")
    # The first ones warm both up.
    ours, theirs = statistics.median(ours[2:]), statistics.median(theirs[2:])
    print(f"cold {WIDTH}×{HEIGHT} JPEG to {SHOWN} px WebP: {ours:.0f} ms, sharp {theirs:.0f} ms: {ours / theirs:.2f} ×", flush=True)
    return ours, theirs


def crowd(site, photo):
    """Most memory while many pictures are asked for at once that nobody made yet, and how long the last one waits; and
    how long other requests take meanwhile."""
    with site.serve() as server:
        library = Library(server.port, site.token)
        urls = [library.signed(library.upload("crowd.jpg", distinct(photo, 5000 + n)), f"w={SHOWN}&format=webp")
                for n in range(AT_ONCE)]
    with site.serve() as server:
        library, slowest, done = Library(server.port, site.token), [], threading.Event()

        def others():
            while not done.is_set():
                started = time.monotonic()
                library.get("/api/i18n/locales")
                slowest.append((time.monotonic() - started) * 1000)
                time.sleep(0.01)

        watching = threading.Thread(target=others)
        watching.start()
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(library.get, urls))
        took = time.monotonic() - started
        done.set()
        watching.join()
        most = peak(server.process)
        other = statistics.quantiles(slowest, n=100)[98] if len(slowest) > 2 else 0.0
        print(f"{AT_ONCE} at once: {most:.0f} MiB, {took:.1f} s; other requests meanwhile p99 {other:.0f} ms", flush=True)
        return most, took, other


def large(site, gigabytes, home):
    """Bytes a second of a large upload, and of the disk's own copy, both safe on the disk; and the server's memory."""
    source, size = home / "large.bin", int(gigabytes * (1 << 30))
    chunk = os.urandom(1 << 20)
    with open(source, "wb") as out:
        for n in range(size >> 20):
            out.write(n.to_bytes(8, "big") + chunk[8:])
        os.fsync(out.fileno())
    copies, uploads = [], []
    with site.serve() as server:
        library = Library(server.port, site.token)
        for n in range(3):
            started = time.monotonic()
            subprocess.run(["dd", f"if={source}", f"of={home}/copy.bin", "bs=1M", "conv=fsync"], check=True, stderr=subprocess.DEVNULL)
            copies.append(size / (time.monotonic() - started) / 1e6)
            os.unlink(home / "copy.bin")
            uploads.append(size / streamed(library, source, size, n) / 1e6)
        most = peak(server.process)
        listed = library.send("GET", "/api/upload/files?sort=size:desc&pagination[limit]=1")
        started = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(f"GET {listed[0]['url']} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            buffer, got = bytearray(1 << 20), 0
            while read := connection.recv_into(buffer):
                got += read
        down = got / (time.monotonic() - started) / 1e6
        after = peak(server.process)
    source.unlink()
    up, copy = statistics.median(uploads), statistics.median(copies)
    print(f"upload of {gigabytes} GB: {up:.0f} MB/s, the disk's copy {copy:.0f} MB/s: {up / copy:.2f} ×; download {down:.0f} MB/s; "
          f"at most {max(most, after):.0f} MiB", flush=True)
    return up, copy, down, max(most, after)


def streamed(library, source, size, n):
    """Upload a file that is never in memory; seconds. Each time its first bytes differ, so that it is kept anew."""
    head, tail = form("large.bin")
    first = b"round %02d" % n
    with socket.create_connection(("127.0.0.1", library.port)) as connection, open(source, "rb") as file:
        started = time.monotonic()
        connection.sendall((f"POST /api/upload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {library.token}\r\n"
                            f"Content-Type: {KIND}\r\nContent-Length: {len(head) + size + len(tail)}\r\n"
                            "Connection: close\r\n\r\n").encode() + head + first)
        file.seek(len(first))
        connection.sendfile(file, len(first), size - len(first))
        connection.sendall(tail)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    if not answer.startswith(b"HTTP/1.1 201"):
        sys.exit(f"the upload: {answer[:300]!r}")
    return time.monotonic() - started


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--seconds", type=int, default=8)
    ap.add_argument("--rounds", type=int, default=15)
    ap.add_argument("--gigabytes", type=float, default=1)
    ap.add_argument("--binary", default=str(HERE.parent / "target" / "release" / "masthead"))
    args = ap.parse_args()
    for tool in ("wrk", "nginx", "node", "npm"):
        if not (shutil.which(tool) or os.path.exists("/usr/sbin/" + tool)):
            sys.exit(f"{tool} is missing: apt-get install wrk nginx-light, and Node.js 20 or newer")
    if not (HERE / "node_modules" / "sharp").is_dir():
        subprocess.run(["npm", "ci", "--prefix", HERE, "--no-audit", "--no-fund"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="masthead-bench.") as folder:
        home = pathlib.Path(folder)
        site = Site(args.binary, 0, home)
        site.token = site.masthead("token", "create", "--name", "bench", "--role", "admin").stdout.strip()
        sharp = Sharp()
        print("sharp " + sharp.ask(make=str(home / "photo.jpg"), width=WIDTH, height=HEIGHT)["version"], flush=True)
        photo = (home / "photo.jpg").read_bytes()
        nginx = Nginx(home)
        with nginx, site.serve() as server:
            library = Library(server.port, site.token)
            rows = ready(library, photo, nginx, args.seconds, home)
            ours, theirs = cold(library, photo, sharp, args.rounds, home)
        sharp.close()
        memory, took, other = crowd(site, photo)
        up, copy, down, most = large(site, args.gigabytes, home)
    version = subprocess.run([args.binary, "--version"], capture_output=True, text=True).stdout.strip()
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    lines = [
        "# Results: files", "",
        f"{version} on {os.cpu_count()} cores ({cpu}), shared with wrk, nginx and Node.js; files in a folder, {args.seconds} s a row",
        "after 2 s of warm-up. Rerun with `make bench`.", "",
        "| work | connections | requests/s | p50 ms | p99 ms | nginx, same bytes | ratio |", "|---|---|---|---|---|---|---|",
    ]
    for connections, size, ours_row, base in rows:
        lines.append(f"| WebP of {size / 1000:.1f} kB, made before | {connections} | {ours_row['rps']:.0f} | {ours_row['p50_ms']:.2f} | "
                     f"{ours_row['p99_ms']:.2f} | {base['rps']:.0f} | {ours_row['rps'] / base['rps']:.2f} |")
    lines += [
        "", "| other | ours | yardstick | ratio |", "|---|---|---|---|",
        f"| {WIDTH}×{HEIGHT} JPEG ({len(photo) / 1e6:.1f} MB) to {SHOWN} px WebP, never made before | {ours:.0f} ms | sharp {theirs:.0f} ms | {ours / theirs:.2f} |",
        f"| upload of {args.gigabytes:g} GB, safe on the disk | {up:.0f} MB/s | the disk's copy {copy:.0f} MB/s | {up / copy:.2f} |",
        f"| its download | {down:.0f} MB/s | | |",
        f"| most memory while it came and went | {most:.0f} MiB | | |",
        f"| most memory while {AT_ONCE} pictures are asked for at once that were never made | {memory:.0f} MiB | 300 MiB | {memory / 300:.2f} |",
        f"| the last of these | {took:.1f} s | | |",
        f"| other requests meanwhile, p99 | {other:.0f} ms | | |", "",
    ]
    (HERE / "RESULTS-media.md").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
