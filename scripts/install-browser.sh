#!/bin/sh
# Browser tests and PNG charts want Chromium and a Korean font; on Debian and Ubuntu we can fetch both.
set -eu
if command -v chromium >/dev/null 2>&1 && fc-list 2>/dev/null | grep -qiE 'cjk|nanum'; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Install Chromium and a Korean font (Noto Sans CJK or Nanum) to run the browser tests." >&2
    exit 0
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo"
fi
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq chromium fonts-noto-cjk >/dev/null
