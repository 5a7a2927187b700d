#!/bin/sh
# Tests of a team's database want PostgreSQL's own programs; on Debian and Ubuntu we can fetch them.
# The tests start a throw-away server of their own and never touch one that runs here.
set -eu
if command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Install PostgreSQL 13 or later to run the tests of a team's database." >&2
    exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo"
fi
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends postgresql >/dev/null
