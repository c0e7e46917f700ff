#!/usr/bin/env bash
# run.sh ENDPOINT: creates, describes, lists, changes and destroys the CRM's event routing with boto3 and with the AWS CLI (version 1),
# as an infrastructure tool would, each in an account of its own. Both must see the same.
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
if ! fresh "$here/requirements.txt"; then python_packages && installed "$here/requirements.txt"; fi
exec "$cache/venv/bin/python" "$here/topology.py" "$1" "$cache/venv/bin/aws"
