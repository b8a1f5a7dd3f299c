#!/usr/bin/env python3
"""Times runs on a cluster of this machine beside runs in one process, compares what comes out, and kills executors.

    scripts/cluster.py scale --program target/release/vaxloom --patients 1000
    scripts/cluster.py kill --program target/release/vaxloom --patients 20 --times 50

`scale` runs a simulated cohort in one process with one thread and with two, and on one, two and four executors of one thread each; the
inputs of another cohort can be given after `--`, as arguments of `vaxloom run`. `kill` ends an executor with SIGKILL at a random
moment of each run, and starts another. Every lake must have the rows of the first.
"""

import argparse
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

STAGE = re.compile(r"^(\w+) +[\d,]+ +([\d,]+) +[\d,]+ +[\d,]+ +([\d.]+) s$", re.M)


class Cluster:
    """A scheduler and its executors."""

    def __init__(self, program, folder, reference, scheduler=()):
        self.program, self.folder, self.reference, self.executors, self.number = program, folder, reference, [], 0
        self.scheduler, self.url = self.start(["scheduler", "--bind", "127.0.0.1:0", *scheduler], r"scheduler on (\S+)")
        self.url = f"http://{self.url}"

    def start(self, arguments, words):
        """A process, when it has said these words, and what they say."""
        self.number += 1
        log = f"{self.folder}/member-{self.number}.log"
        with open(log, "w") as out:
            process = subprocess.Popen([self.program, *arguments], stdout=out, stderr=out)
        while True:
            with open(log) as told:
                if found := re.search(words, told.read()):
                    return process, found[1]
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(arguments)}: {open(log).read()}")
            time.sleep(0.02)

    def join(self):
        work = f"{self.folder}/executor-{self.number}"
        arguments = ["executor", "--scheduler", self.url, "--threads", "1", "--work-dir", work, *self.reference]
        self.executors.append(self.start(arguments, r"executor (\S+) has joined")[0])

    def kill(self):
        victim = self.executors.pop(random.randrange(len(self.executors)))
        victim.kill()
        victim.wait()

    def stop(self):
        for process in [*self.executors, self.scheduler]:
            process.kill()
            process.wait()


def run(program, inputs, lake, more, meanwhile=lambda process: None):
    """Seconds, CPU seconds of the process itself, and its summary."""
    with tempfile.TemporaryFile("w+") as out:
        begin = time.monotonic()
        process = subprocess.Popen([program, "run", "--quiet", *inputs, "--lake", lake, *more], stdout=out, stderr=subprocess.STDOUT)
        meanwhile(process)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begin
        out.seek(0)
        summary = out.read()
        if process.returncode not in (0, 3):
            raise SystemExit(f"the run on {more} ended with {process.returncode}: {summary}")
        return seconds, usage.ru_utime + usage.ru_stime, summary


def content(program, lake):
    """A hash of the rows of every table, whatever their order, and of the molecules' files."""
    def rows(query):
        answer = subprocess.run([program, "sql", "--lake", lake, "--format", "csv", query], check=True, capture_output=True)
        return answer.stdout.splitlines()[1:]

    found = {}
    # The two that are left out tell what a run did, and when.
    for table in rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type <> 'VIEW'"):
        if table not in (b"run", b"audit"):
            query = f"SELECT * EXCEPT (run_id) FROM {table.decode()}"
            found[table.decode()] = hashlib.sha256(b"\n".join(sorted(rows(query)))).hexdigest()
    for folder, _, files in os.walk(f"{lake}/reports"):
        for name in files:
            if not name.endswith(".html"):
                path = os.path.join(folder, name)
                found[os.path.relpath(path, lake)] = hashlib.sha256(open(path, "rb").read()).hexdigest()
    return found


def same(found, expected, what):
    wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if wrong:
        raise SystemExit(f"{what}: not the rows of the first run: {', '.join(wrong)}")


def cohort(arguments, folder):
    """Arguments of `vaxloom run` that name the inputs, and those that name the reference."""
    if arguments.inputs:
        given = arguments.inputs
        at = given.index("--reference") if "--reference" in given else None
        return given, given[at : at + 2] if at is not None else []
    size = ["--patients", str(arguments.patients), "--load", str(arguments.load)]
    subprocess.run([arguments.program, "simulate", "--quiet", *size, "--out", f"{folder}/cohort"], check=True)
    reference = ["--reference", f"{folder}/cohort/reference"]
    return ["--samples", f"{folder}/cohort/samples.csv", "--records", f"{folder}/cohort/records", *reference, "--design", arguments.design], reference


def scale(arguments, folder):
    inputs, reference = cohort(arguments, folder)
    expected, times = None, {}
    for name, threads, executors in [("in process, 1 thread", 1, 0), ("in process, 2 threads", 2, 0), ("1 executor", 2, 1), ("2 executors", 2, 2), ("4 executors", 2, 4)]:
        lake = f"{folder}/lake"
        more = ["--threads", str(threads)]
        cluster = None
        if executors:
            cluster = Cluster(arguments.program, folder, reference)
            for _ in range(executors):
                cluster.join()
            more += ["--cluster", cluster.url]
        seconds, cpu, summary = run(arguments.program, inputs, lake, more)
        if cluster:
            cluster.stop()
        stages = ", ".join(f"{stage} {took} s" for stage, _, took in STAGE.findall(summary))
        print(f"{name}: {seconds:.1f} s ({cpu:.1f} s of CPU in the run's own process; {stages})", flush=True)
        times[name] = seconds
        found = content(arguments.program, lake)
        expected = expected or found
        same(found, expected, name)
        shutil.rmtree(lake)
    print(f"two executors beside one: {times['1 executor'] / times['2 executors']:.2f} times")
    print(f"one executor beside one thread: {times['1 executor'] / times['in process, 1 thread']:.2f}")
    print(f"two executors beside two threads: {times['2 executors'] / times['in process, 2 threads']:.2f}")
    print("all lakes have the same rows and files")


def kill(arguments, folder):
    inputs, reference = cohort(arguments, folder)
    took, _, _ = run(arguments.program, inputs, f"{folder}/lake", ["--threads", "1"])
    expected = content(arguments.program, f"{folder}/lake")
    cluster = Cluster(arguments.program, folder, reference, ["--executor-timeout", "10"])
    cluster.join()
    cluster.join()
    more = ["--threads", "1", "--cluster", cluster.url]
    hit = 0
    for turn in range(arguments.times):
        lake = f"{folder}/lake-{turn}"
        running = []

        def meanwhile(process):
            time.sleep(random.random() * took)
            # Looked at, and left to be waited for.
            running.append(os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None)
            cluster.kill()
            cluster.join()

        seconds, _, _ = run(arguments.program, inputs, lake, more, meanwhile)
        hit += running[0]
        same(content(arguments.program, lake), expected, f"run {turn + 1}")
        print(f"run {turn + 1}: {seconds:.1f} s, the same rows{'' if running[0] else ' (it had ended before)'}", flush=True)
        shutil.rmtree(lake)
    cluster.stop()
    print(f"{arguments.times} runs, {hit} with an executor killed in their middle: every lake has the rows of a run in one process ({took:.1f} s)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["scale", "kill"])
    parser.add_argument("--program", default="vaxloom")
    parser.add_argument("--patients", type=int, default=100)
    parser.add_argument("--load", type=float, default=1.0, help="variants beside the published mutational load")
    parser.add_argument("--design", default="quick")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", help="folder for what is written meanwhile")
    at = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    arguments = parser.parse_args(sys.argv[1:at], argparse.Namespace(inputs=sys.argv[at + 1 :]))
    random.seed(arguments.seed)
    with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
        {"scale": scale, "kill": kill}[arguments.what](arguments, folder)


if __name__ == "__main__":
    sys.exit(main())
