"""How fast one agent applies a log, and how much memory it takes for that.

    python bench/apply_log.py [--operations N] [--keys N] [--handlers async blocking batch] \
        [--target HOST:PORT --swarm S]

Starts a coordinator (or takes one), publishes that many small events, or keyed operations over so
many keys, and then has an agent apply the log from its beginning, in a process of its own.
"""

import argparse
import asyncio
import cProfile
import json
import pstats
import resource
import subprocess
import sys
import time
from pathlib import Path

import swarmlog
from swarmlog import Agent, Batch, Operation, Overflow, Publisher, Topic
from swarmlog.testing import Coordinator

GROUP = 100
KINDS = ["async", "blocking", "batch"]


async def publish(target: str, swarm: str, operations: int, keys: int) -> None:
    """Publish them, in groups."""
    async with Publisher(
        target, swarm=swarm, name="bench", overflow=Overflow.WAIT, max_queued_groups=1_000
    ) as publisher:
        answers: list[asyncio.Future[swarmlog.GroupPosition]] = []
        for start in range(0, operations, GROUP):
            group = [
                swarmlog.keyed(Topic.COMMANDS, f"key-{i % keys}", f"value {i}", type="bench.Text")
                if keys
                else swarmlog.event(Topic.COMMANDS, f"value {i}", type="bench.Text")
                for i in range(start, min(operations, start + GROUP))
            ]
            answers.append(await publisher.submit(*group))
        await asyncio.gather(*answers)


async def apply(target: str, swarm: str, operations: int, handlers: str) -> dict[str, object]:
    """Apply the log."""
    agent = Agent(target, swarm=swarm, name="bench")
    applied = 0
    size = 0

    def count(operation: Operation) -> None:
        nonlocal applied, size
        applied += 1
        size += len(operation.data)

    if handlers == "async":

        @agent.on(Topic.COMMANDS)
        async def handle(operation: Operation) -> None:
            count(operation)

    elif handlers == "blocking":
        agent.on(Topic.COMMANDS)(count)
    else:

        @agent.on_batch
        async def handle_batch(batch: Batch) -> None:
            for operation in batch.operations:
                count(operation)

    before_mib = peak_mib()
    began = time.perf_counter()
    cpu_began = time.process_time()
    async with agent:
        await agent.caught_up()
        took = time.perf_counter() - began
        cpu = time.process_time() - cpu_began
    return {
        "handlers": handlers,
        "operations": applied,
        "of": operations,
        "seconds": round(took, 2),
        "cpuSeconds": round(cpu, 2),
        "operationsPerSecond": round(applied / took),
        "peakMiB": peak_mib(),
        "beforeMiB": before_mib,
    }


def peak_mib() -> int:
    """The most memory that the process had so far."""
    status = Path("/proc/self/status")
    if status.exists():
        # Unlike that of getrusage, it does not count what the parent had when it forked.
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--keys", type=int, default=0)
    parser.add_argument("--handlers", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--target")
    parser.add_argument("--swarm", default="bench")
    parser.add_argument("--only-apply", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    if options.only_apply:
        profile = cProfile.Profile()
        if options.profile:
            profile.enable()
        result = asyncio.run(
            apply(options.target, options.swarm, options.operations, options.handlers[0])
        )
        if options.profile:
            profile.disable()
            pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(30)
        sys.stdout.write(json.dumps(result) + "\n")
        return
    coordinator = Coordinator.at(options.target) if options.target else Coordinator()
    with coordinator:
        began = time.perf_counter()
        asyncio.run(publish(coordinator.target, options.swarm, options.operations, options.keys))
        sys.stderr.write(f"published in {time.perf_counter() - began:.1f} s\n")
        for handlers in options.handlers:
            given = ["--operations", str(options.operations), "--swarm", options.swarm]
            given += ["--profile"] if options.profile else []
            given += ["--target", coordinator.target, "--only-apply", "--handlers", handlers]
            subprocess.run([sys.executable, str(Path(__file__).resolve()), *given], check=True)


if __name__ == "__main__":
    main()
