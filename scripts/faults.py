#!/usr/bin/env python3
"""Makes what can go wrong around a run go wrong, and looks at what comes of it: the right rows, or an error that names the cause and a lake as it was.

    scripts/faults.py slow scheduler --program target/release/vaxloom
    scripts/faults.py all --program target/release/vaxloom

    slow       an executor that is stopped three quarters of the time, and one that is stopped for good
    scheduler  the scheduler is killed in the middle, and another started under its address; and none is started
    cut        the link of an executor, and that of the run, are down for some seconds, and for good (root: network namespaces)
    disk       an executor's disk gets full, beside another, and alone (root: a tmpfs)
    patient    tasks of one patient fail wherever they run
    store      an object store that answers 503 for some seconds, and for ever (moto's server, boto3)

Members run on this machine. A lake that holds half of a simulated cohort is run with all of it, each time under one fault; the
rows must be those of the same run in one process, or those of before.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from cluster import cohort, content, same

# Longer than any run here takes on a busy machine: who takes longer hangs.
PATIENCE = 900


class Process:
    """A process and what it tells."""

    def __init__(self, command, log, environment=()):
        self.command, self.log = command, log
        with open(log, "w") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **dict(environment)})

    def told(self):
        with open(self.log) as told:
            return told.read()

    def wait_for(self, words):
        """What it says at these words, as soon as it does."""
        begin = time.monotonic()
        while not (found := re.search(words, self.told())):
            if self.process.poll() is not None or time.monotonic() - begin > PATIENCE:
                raise SystemExit(f"{' '.join(self.command)}: it does not say {words}: {self.told()}")
            time.sleep(0.02)
        return found

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """Its exit code."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise SystemExit(f"{' '.join(self.command)}: it does not end: {self.told()}") from None


class Scene:
    """A cohort, a lake of its first half, and what all of it must come to."""

    def __init__(self, arguments, folder):
        self.program, self.folder, self.number, self.seconds = arguments.program, folder, 0, arguments.seconds
        self.inputs, self.reference = cohort(arguments, folder)
        self.half, self.whole = f"{folder}/half", f"{folder}/whole"
        sheet = self.inputs[self.inputs.index("--samples") + 1]
        with open(sheet) as lines:
            lines = lines.read().splitlines(keepends=True)
        first = [line for line in lines if not line.startswith("#")]
        self.first = f"{os.path.dirname(sheet)}/first.csv"
        with open(self.first, "w") as out:
            out.writelines(first[: 1 + len(first) // 2])
        inputs = [self.first if each == sheet else each for each in self.inputs]
        # The records of the others are kept out of it.
        self.finished(self.run(self.half, [], inputs), 3)
        shutil.copytree(self.half, self.whole)
        self.finished(self.run(self.whole, []))
        self.before, self.after = content(self.program, self.half), content(self.program, self.whole)

    def process(self, arguments, inside=(), environment=()):
        self.number += 1
        return Process([*inside, self.program, *arguments], f"{self.folder}/process-{self.number}.log", environment)

    def run(self, lake, more, inputs=None, inside=(), environment=()):
        return self.process(["run", "--quiet", "--threads", "1", *(inputs or self.inputs), "--lake", lake, *more], inside, environment)

    def lake(self):
        """A lake of the first half, to be run with all."""
        lake = f"{self.folder}/lake"
        shutil.rmtree(lake, ignore_errors=True)
        shutil.copytree(self.half, lake)
        return lake

    def same(self, lake, expected, fault):
        if "://" in lake:
            # Its molecules are not beside it.
            expected = {name: rows for name, rows in expected.items() if not name.startswith("reports/")}
        same(content(self.program, lake), expected, fault)

    def finished(self, run, code=0):
        if run.end() != code:
            raise SystemExit(f"{' '.join(run.command)}: {run.told()}")

    def right(self, run, lake, fault):
        begin = time.monotonic()
        self.finished(run)
        seconds = time.monotonic() - begin
        self.same(lake, self.after, fault)
        print(f"{fault}: the right rows, {seconds:.0f} s after the fault", flush=True)

    def refused(self, run, lake, fault, words, mend=lambda: None):
        """The run must fail with these words, and leave the lake as it was, which is seen when the fault is mended."""
        begin = time.monotonic()
        code = run.end()
        mend()
        seconds = time.monotonic() - begin
        told = run.told().strip()
        if code != 1 or not all(each in told for each in words):
            raise SystemExit(f"{fault}: exit {code}, where 1 was expected with {words}: {told}")
        self.same(lake, self.before, fault)
        print(f"{fault}: exit 1 {seconds:.0f} s after the fault, the lake as it was: {' '.join(told.split())}", flush=True)


class Cluster:
    """A scheduler and its executors."""

    def __init__(self, scene, executors, address="127.0.0.1", more=(), timeout=10):
        self.scene, self.more, self.executors = scene, [*more], []
        self.options = ["--executor-timeout", str(timeout)]
        self.bind = f"{address}:0"
        self.start_scheduler()
        for _ in range(executors):
            self.join()

    def start_scheduler(self):
        self.scheduler = self.scene.process(["scheduler", "--bind", self.bind, *self.options, *self.more])
        # Another one is started under the same address.
        self.bind = self.scheduler.wait_for(r"scheduler on (\S+)")[1]
        self.url = f"http://{self.bind}"

    def join(self, inside=(), work=None, more=()):
        work = work or f"{self.scene.folder}/executor-{self.scene.number}"
        arguments = ["executor", "--scheduler", self.url, "--threads", "1", "--work-dir", work, *self.scene.reference, *self.more, *more]
        executor = self.scene.process(arguments, inside)
        executor.wait_for(r"executor (\S+) has joined")
        self.executors.append(executor)
        return executor

    def jobs(self):
        request = urllib.request.Request(f"{self.url}/api/jobs")
        if "--cluster-token" in self.more:
            with open(self.more[self.more.index("--cluster-token") + 1]) as token:
                request.add_header("Authorization", f"Bearer {token.read().strip()}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def run(self, lake, inside=()):
        """A run, when its first job runs."""
        known = {job["job_id"] for job in self.jobs()}
        run = self.scene.run(lake, ["--cluster", self.url, *self.more], inside=inside)
        while not any(job["job_id"] not in known and "Running" in str(job["job_status"]) for job in self.jobs()):
            if run.process.poll() is not None:
                raise SystemExit(f"the run ended before its first job ran: {run.told()}")
            time.sleep(0.01)
        return run

    def stop(self):
        for process in [*self.executors, self.scheduler]:
            process.kill()


@contextlib.contextmanager
def stopping(cluster):
    try:
        yield cluster
    finally:
        cluster.stop()


def slow(scene):
    with stopping(Cluster(scene, 2)) as cluster:
        lake = scene.lake()
        run = cluster.run(lake)
        ended = threading.Event()

        def turns():
            while not ended.wait(0.5):
                cluster.executors[0].signal(signal.SIGSTOP)
                ended.wait(1.5)
                cluster.executors[0].signal(signal.SIGCONT)

        thread = threading.Thread(target=turns)
        thread.start()
        try:
            scene.right(run, lake, "an executor that is stopped three quarters of the time")
        finally:
            ended.set()
            thread.join()
        lake = scene.lake()
        run = cluster.run(lake)
        cluster.executors[0].signal(signal.SIGSTOP)
        scene.right(run, lake, "an executor that is stopped for good")


def scheduler(scene):
    with stopping(Cluster(scene, 1)) as cluster:
        lake = scene.lake()
        run = cluster.run(lake)
        cluster.scheduler.kill()
        cluster.start_scheduler()
        scene.right(run, lake, "a scheduler that is killed and started again")
        lake = scene.lake()
        run = cluster.run(lake)
        cluster.scheduler.kill()
        scene.refused(run, lake, "a scheduler that is killed for good", [cluster.url, "the lake is as it was"])


class Network:
    """A bridge of this machine, and hosts with a cable to it each, which can be cut."""

    BRIDGE, ADDRESS = "vxfault", "10.77.0.1"

    def __init__(self):
        self.hosts = []
        ip("link", "add", self.BRIDGE, "type", "bridge")
        ip("addr", "add", f"{self.ADDRESS}/24", "dev", self.BRIDGE)
        ip("link", "set", self.BRIDGE, "up")

    def host(self):
        """The number of a new host."""
        number = len(self.hosts) + 2
        name = f"{self.BRIDGE}{number}"
        self.hosts.append(name)
        ip("netns", "add", name)
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", name, "master", self.BRIDGE, "up")
        ip("-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", name, "link", "set", device, "up")
        return number

    def inside(self, number):
        return ["ip", "netns", "exec", f"{self.BRIDGE}{number}"]

    def join(self, cluster, number=None):
        host = f"10.77.0.{number}" if number else self.ADDRESS
        return cluster.join(self.inside(number) if number else (), more=["--bind", f"{host}:0", "--host", host])

    def cut(self, number):
        ip("link", "set", f"{self.BRIDGE}{number}", "down")

    def mend(self, number):
        ip("link", "set", f"{self.BRIDGE}{number}", "up")

    def remove(self):
        for name in self.hosts:
            ip("netns", "del", name)
        ip("link", "del", self.BRIDGE)


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def as_root(what):
    if os.geteuid() != 0:
        raise SystemExit(f"{what} can only be made by root")


def cut(scene):
    as_root("network namespaces")
    token = f"{scene.folder}/token"
    with open(token, "w") as out:
        out.write("a-token-for-a-minute-or-two\n")
    network = Network()
    try:
        far, away = network.host(), network.host()
        # Longer than a dead connection takes to be seen: the scheduler does not miss the executor, and what was lost on the way is.
        with stopping(Cluster(scene, 0, network.ADDRESS, ["--cluster-token", token], timeout=120)) as cluster:
            network.join(cluster, far)
            for seconds in (5, 45):
                lake = scene.lake()
                run = cluster.run(lake)
                network.cut(far)
                time.sleep(seconds)
                network.mend(far)
                scene.right(run, lake, f"the only executor, cut off for {seconds} s")
            lake = scene.lake()
            run = cluster.run(lake, network.inside(away))
            network.cut(away)
            time.sleep(5)
            network.mend(away)
            scene.right(run, lake, "the run, cut off from the scheduler for 5 s")
            lake = scene.lake()
            run = cluster.run(lake, network.inside(away))
            network.cut(away)
            scene.refused(run, lake, "the run, cut off from the scheduler for good", [cluster.url, "the lake is as it was"])
        with stopping(Cluster(scene, 0, network.ADDRESS, ["--cluster-token", token])) as cluster:
            network.join(cluster, far)
            lake = scene.lake()
            run = cluster.run(lake)
            network.cut(far)
            network.join(cluster)
            scene.right(run, lake, "an executor that is cut off for good, beside another")
    finally:
        network.remove()


def disk(scene):
    as_root("a small disk")
    work = f"{scene.folder}/small"
    os.mkdir(work)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", work], check=True)
    rest = f"{work}/rest"

    def fill():
        with open(rest, "wb", buffering=0) as out, contextlib.suppress(OSError):
            while out.write(bytes(4096)):
                pass

    try:
        with stopping(Cluster(scene, 0)) as cluster:
            cluster.join(work=work)
            lake = scene.lake()
            run = cluster.run(lake)
            fill()
            cluster.join()
            scene.right(run, lake, "an executor whose disk gets full, beside another")
        os.unlink(rest)
        with stopping(Cluster(scene, 0)) as cluster:
            cluster.join(work=work)
            lake = scene.lake()
            run = cluster.run(lake)
            fill()
            scene.refused(run, lake, "the only executor, whose disk gets full", [work, "No space left", "the lake is as it was"])
    finally:
        subprocess.run(["umount", "-l", work], check=True)


class Store:
    """moto's server, which answers 503 as long as it is told to."""

    def __init__(self):
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import WSGIRequestHandler, make_server

        self.broken, self.requests, self.at = False, 0, None
        moto = DomainDispatcherApplication(create_backend_app)

        def answer(environment, start):
            self.requests += 1
            if self.requests == self.at:
                self.broken = True
            if not self.broken:
                return moto(environment, start)
            environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
            start("503 Service Unavailable", [("Content-Length", "0")])
            return [b""]

        class Silent(WSGIRequestHandler):
            def log_request(self, *_):
                pass

        self.server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=Silent)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.environment = {
            "AWS_ENDPOINT": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def bucket(self, name, folder):
        """A bucket with the files of a lake."""
        import boto3

        client = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_bucket(Bucket=name)
        for parent, _, files in os.walk(folder):
            for file in files:
                path = os.path.join(parent, file)
                client.upload_file(path, name, "lake/" + os.path.relpath(path, folder))
        return f"s3://{name}/lake"

    def fail_at(self, request):
        """From this request on, as soon as it has come."""
        self.requests, self.at = 0, request

    def wait_until_it_fails(self, run):
        while not self.broken and run.process.poll() is None:
            time.sleep(0.05)

    def mend(self):
        self.at, self.broken = None, False

    def stop(self):
        self.server.shutdown()


def store(scene):
    seconds = scene.seconds
    with tempfile.TemporaryDirectory() as pages:
        there = Store()
        os.environ.update(there.environment)
        try:

            def run(lake, more=()):
                return scene.run(lake, ["--reports", pages, *more])

            lake = there.bucket("whole", scene.half)
            scene.finished(run(lake))
            requests = there.requests
            for share in (0.25, 0.75):
                lake = there.bucket(f"minute{int(share * 100)}", scene.half)
                there.fail_at(int(requests * share))
                process = run(lake)
                there.wait_until_it_fails(process)
                time.sleep(seconds)
                there.mend()
                scene.right(process, lake, f"a store that answers 503 for {seconds} s, from {share:.0%} of the requests on")
            with stopping(Cluster(scene, 1)) as cluster:
                lake = there.bucket("cluster", scene.half)
                there.fail_at(requests // 2)
                process = run(lake, ["--cluster", cluster.url])
                there.wait_until_it_fails(process)
                time.sleep(seconds)
                there.mend()
                scene.right(process, lake, f"a store that answers 503 for {seconds} s to a run on a cluster")
            lake = there.bucket("ever", scene.half)
            there.fail_at(requests // 2)
            process = run(lake)
            scene.refused(process, lake, "a store that answers 503 for ever", ["/ever/lake", "503"], there.mend)
        finally:
            there.stop()


# Rules that cannot be computed of one mutation, over a function that executors compute.
POLICY = """name = "broken"
description = "A rule that one patient's rows break"
[[tier]]
name = "Deep"
meaning = "Covered well"
candidate = true
when = "mhc1_presentation_of(best_peptide, CASE WHEN 10 / (dna_depth - {depth}) > 1000 THEN NULL ELSE best_allele END) IS NOT NULL"
[[tier]]
name = "Other"
meaning = "Everything else"
candidate = true
when = "TRUE"
[[sort]]
by = "mt_percentile"
"""


def patient(scene):
    query = "SELECT dna_depth FROM neoantigen GROUP BY dna_depth HAVING count(DISTINCT patient_id) = 1 ORDER BY 1 LIMIT 1"
    answer = subprocess.run([scene.program, "sql", "--lake", scene.whole, "--format", "csv", query], check=True, capture_output=True, text=True)
    policy = f"{scene.folder}/broken.toml"
    with open(policy, "w") as out:
        out.write(POLICY.format(depth=answer.stdout.split()[1]))
    alone = f"{scene.folder}/alone"
    shutil.copytree(scene.half, alone)
    scene.finished(scene.run(alone, ["--policy", policy]), 3)
    with stopping(Cluster(scene, 2)) as cluster:
        lake = scene.lake()
        run = scene.run(lake, ["--policy", policy, "--cluster", cluster.url])
        scene.finished(run, 3)
        same(content(scene.program, lake), content(scene.program, alone), "a patient whose tasks fail")
        if "stages.failed" not in run.told() or not any("Failed" in str(job["job_status"]) for job in cluster.jobs()):
            raise SystemExit(f"a patient whose tasks fail: nobody is in quarantine for it: {run.told()}")
        print("a patient whose tasks fail: exit 3, the patient in quarantine, the others made, as in one process", flush=True)


FAULTS = {"slow": slow, "scheduler": scheduler, "cut": cut, "disk": disk, "store": store, "patient": patient}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", choices=[*FAULTS, "all"])
    parser.add_argument("--program", default="vaxloom")
    parser.add_argument("--patients", type=int, default=6)
    parser.add_argument("--load", type=float, default=0.05, help="variants beside the published mutational load")
    parser.add_argument("--design", default="quick")
    parser.add_argument("--seconds", type=int, default=60, help="how long the store answers 503")
    parser.add_argument("--work", help="folder for what is written meanwhile")
    arguments = parser.parse_args()
    # The cohort is simulated.
    arguments.inputs = []
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        scene = Scene(arguments, folder)
        for name, fault in FAULTS.items():
            if {name, "all"} & set(arguments.what):
                fault(scene)


if __name__ == "__main__":
    sys.exit(main())
