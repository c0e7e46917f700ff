"""Celery's SQS transport against dyetrace: tasks run once, retries come after their delay, a crashed worker loses nothing."""

import os
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

ENDPOINT = os.environ["DYETRACE_ENDPOINT"]
ACCOUNT = str(uuid.uuid4().int)[:12]

os.environ.update(
    AWS_ENDPOINT_URL=ENDPOINT,
    AWS_ENDPOINT_URL_SQS=ENDPOINT,
    AWS_ACCESS_KEY_ID=ACCOUNT,
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
)
LOG = os.path.join(tempfile.mkdtemp(), "shop.log")
os.environ["SHOP_LOG"] = LOG

import shop  # noqa: E402: it reads the environment


def lines():
    try:
        with open(LOG, encoding="utf-8") as log:
            return log.read().split("\n")[:-1]
    except FileNotFoundError:
        return []


def until(state, seconds=60):
    """Waits for a state, not for a time."""
    end = time.monotonic() + seconds
    while not state():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s; the log has {lines()}")
        time.sleep(0.05)


class Worker:
    """A Celery worker process."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "shop", "worker", "--pool=prefork", "--concurrency=2", "--without-gossip",
             "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        return self.process

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()


class CeleryTest(unittest.TestCase):
    def setUp(self):
        for path in (LOG, LOG + ".crashed"):
            if os.path.exists(path):
                os.remove(path)

    def test_each_task_runs_once(self):
        orders = [f"o-{i}" for i in range(30)]
        with Worker():
            for order in orders:
                shop.charge.delay(order)
            until(lambda: len(lines()) >= len(orders))
        self.assertEqual(sorted(lines()), sorted(f"charged {o}" for o in orders))

    def test_retries_and_countdowns(self):
        with Worker():
            shop.charge.apply_async(("later",), countdown=1)
            shop.ship.delay("o-1")
            until(lambda: "try 2 of o-1" in lines() and "charged later" in lines())
        self.assertEqual([line for line in lines() if line.startswith("try")], ["try 0 of o-1", "try 1 of o-1", "try 2 of o-1"])

    def test_a_killed_worker_loses_no_task(self):
        with Worker() as first:
            shop.crash_once.delay("o-9")
            first.wait(timeout=60)
        with Worker():
            until(lambda: "recovered o-9" in lines())


if __name__ == "__main__":
    unittest.main()
