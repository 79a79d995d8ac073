#!/usr/bin/env bash
# Make report.png and the pictures of an accession. Needs the environment (make demo) and Chromium.
set -euo pipefail
cd "$(dirname "$0")/../.."
images="$PWD/docs/images"
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

shot() {  # PAGE PICTURE HEIGHT [PIXELS CUT FROM THE TOP]
  printf '<body style="margin:0;overflow:hidden"><iframe src="%s" style="width:1280px;height:6000px;border:0;margin-top:-%spx">' \
    "$1" "${4:-0}" > "$place/frame.html"
  chromium --headless --no-sandbox --disable-gpu --disable-background-networking --hide-scrollbars \
    --window-size="1280,$3" --virtual-time-budget=8000 --screenshot="$images/$2" "file://$place/frame.html" 2> "$place/chromium.log"
}

.venv/bin/walras demo --out "$place/demo" > "$place/log"
shot "file://$place/demo/report.html" report.png 1560
.venv/bin/walras generate-three-states --out "$place/three" --days 30 >> "$place/log"
.venv/bin/walras accede "$place/three/market" "$place/three/new-member" --out "$place/accession" >> "$place/log"
shot "file://$place/accession/report.html" accession.png 1065
shot "file://$place/accession/report.html" accession-prices.png 850 1040
