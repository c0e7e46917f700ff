"""A Celery application on SQS, as a team would write it. Tasks leave a line each in $SHOP_LOG."""

import os

from celery import Celery

app = Celery("shop", broker="sqs://")
app.conf.update(
    broker_transport_options={
        "region": "us-east-1",
        "visibility_timeout": 3,
        "wait_time_seconds": 2,
        "polling_interval": 0.1,
    },
    task_default_queue="shop-tasks",
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
)


def note(line):
    with open(os.environ["SHOP_LOG"], "a", encoding="utf-8") as log:
        log.write(line + "\n")


@app.task
def charge(order):
    note(f"charged {order}")


@app.task(bind=True, max_retries=2, default_retry_delay=1)
def ship(self, order):
    note(f"try {self.request.retries} of {order}")
    if self.request.retries < 2:
        raise self.retry()


@app.task(bind=True, acks_late=True, reject_on_worker_lost=True)
def crash_once(self, order):
    if self.request.delivery_info.get("redelivered") or os.path.exists(os.environ["SHOP_LOG"] + ".crashed"):
        note(f"recovered {order}")
        return
    open(os.environ["SHOP_LOG"] + ".crashed", "w", encoding="utf-8").close()
    os.kill(os.getppid(), 9)  # the worker
    os._exit(1)
