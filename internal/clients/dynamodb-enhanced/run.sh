#!/usr/bin/env bash
# run.sh ENDPOINT: the enhanced client of the AWS SDK for Java v2 against a running server. It needs java 17 or later and mvn.
source "$(dirname "${BASH_SOURCE[0]}")/../install.sh"
needs java javac mvn
java_packages
javac -cp "$cache/lib/*" -d "$cache/classes" "$here/Contacts.java"
exec java -cp "$cache/classes:$cache/lib/*" Contacts
