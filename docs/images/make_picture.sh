#!/usr/bin/env bash
# Make docs/images/report.png from the report of the bundled market. Needs the environment (make demo) and Chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
.venv/bin/walras demo --out "$place/demo" > "$place/log"
chromium --headless --no-sandbox --disable-gpu --disable-background-networking --hide-scrollbars \
  --window-size=1280,1560 --virtual-time-budget=8000 \
  --screenshot="$PWD/docs/images/report.png" "file://$place/demo/report.html" 2> "$place/chromium.log"
