"""turns.py NAME-1 COMMAND-1 NAME-2 COMMAND-2: both commands in turns, best of five, and the second's time over the first's."""

import os
import shlex
import subprocess
import sys
import time


def run(command):
    begin = time.monotonic()
    process = subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, code, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(code) not in (0, 3):
        sys.exit(f"failed: {command}")
    return time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


def main():
    names, commands = sys.argv[1::2], sys.argv[2::2]
    best = [None, None]
    for _ in range(5):
        for at, command in enumerate(commands):
            found = run(command)
            best[at] = found if best[at] is None else tuple(map(min, best[at], found))
    for name, (wall, cpu, memory) in zip(names, best):
        print(f"{name:<44} {wall:8.2f} s {cpu:8.2f} CPU-s {memory:6} MB")
    print(f"  {names[1]} takes {best[1][0] / best[0][0]:.2f} times as long ({best[1][1] / best[0][1]:.2f} in CPU time)")


if __name__ == "__main__":
    main()
