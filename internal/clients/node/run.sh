#!/usr/bin/env bash
# run.sh ENDPOINT: the main path with the AWS SDK for JavaScript v3 against a running server.
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
node_test
