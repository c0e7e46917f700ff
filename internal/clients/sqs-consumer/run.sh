#!/usr/bin/env bash
# run.sh ENDPOINT: sqs-consumer and sqs-producer, unchanged, against a running server.
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
node_test
