#!/usr/bin/env bash
# run.sh ENDPOINT: the main path with boto3 against a running server.
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
unittest -W error::ResourceWarning
