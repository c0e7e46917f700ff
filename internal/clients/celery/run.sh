#!/usr/bin/env bash
# run.sh ENDPOINT: Celery with its SQS transport, unchanged, against a running server.
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
unittest
