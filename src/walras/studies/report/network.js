// The network picture: zones where they lie, lines as arrows whose width is the exchange.

function drawNetwork(box, data, zones, at, say) {
  const width = Math.max(300, box.clientWidth);
  const height = Math.round(Math.min(520, Math.max(300, width * 0.56)));
  const small = width < 560, crowded = zones.length > 14, longest = Math.max(...zones.map(z => z.label.length));
  const chip = crowded ? [small ? 52 : 74, 30] : [small ? 82 : Math.min(190, Math.max(118, 7.6 * longest + 16)), small ? 40 : 46];
  const place = fit(data.places, width, height, chip, data.borders.length > 0);
  const centre = [0, 1].map(i => place.reduce((s, p) => s + p[i], 0) / place.length);
  const most = Math.max(1, data.largest ??= largestSum(data.lines), ...data.borders.flatMap(b => b.exchange.map(Math.abs)));
  const parts = [], labels = [];

  for (const group of bundles(data.lines, at)) {
    const hints = group.lines.map(({ line: l, t }) => {
      const flow = l.exchange[t];
      const arrives = l.received && l.received[t] !== flow ? `, ${say.mw(Math.abs(l.received[t]))} MW arrive` : "";
      return `${l.name}: ${say.mw(Math.abs(flow))} of ${say.mw(flow < 0 ? l.backward[t] : l.forward[t])} MW${arrives}`;
    });
    arrow(place[group.from], place[group.to], group.flow, group.full, hints.join("\n"), true, group.lines.length);
  }
  const turns = {};
  for (const b of data.borders) {
    const t = indexAt(b.start, at);
    if (t < 0) continue;
    const from = place[b.grid];
    turns[b.grid] = (turns[b.grid] ?? -1) + 1;
    const end = outsidePlace(from, centre, turns[b.grid], width, height, chip);
    const flow = b.exchange[t];
    const full = !b.fixed && isFull(flow, b.export[t], b.import[t]);
    const terms = b.fixed ? "fixed exchange" : `price outside ${say.price(b.price[t])}`;
    arrow(from, end, flow, full, `${b.name}: ${say.mw(Math.abs(flow))} MW, ${terms}`, false);
    labels.push(`<g><title>${say.safe(b.name)}: ${terms}</title>
      <rect x="${end[0] - chip[0] * 0.42}" y="${end[1] - 18}" width="${chip[0] * 0.84}" height="36" rx="9"
        fill="var(--card)" stroke="${full ? "var(--full)" : "var(--off)"}" stroke-dasharray="3 3"/>
      <text x="${end[0]}" y="${end[1] - 3}" text-anchor="middle" font-size="${small ? 10.5 : 12}" fill="var(--soft)">${say.safe(b.neighbour)}</text>
      <text x="${end[0]}" y="${end[1] + 12}" text-anchor="middle" font-size="${small ? 10.5 : 12}" fill="${full ? "var(--full)" : "var(--ink)"}">${say.mw(Math.abs(flow))} MW</text></g>`);
  }

  function arrow(a, b, flow, full, hint, named = true, count = 1) {
    const [from, to] = flow < 0 ? [b, a] : [a, b];
    const thick = Math.abs(flow) < 1e-9 ? 1.5 : 2 + 11 * Math.abs(flow) / most;
    const dx = to[0] - from[0], dy = to[1] - from[1], long = Math.hypot(dx, dy) || 1;
    const ux = dx / long, uy = dy / long;
    const stop = Math.min(long / 2.4, edge(ux, uy, chip) + 4);
    const head = Math.abs(flow) < 1e-9 ? 0 : 7 + thick;
    const x1 = from[0] + ux * stop, y1 = from[1] + uy * stop, x2 = to[0] - ux * stop, y2 = to[1] - uy * stop;
    const colour = full ? "var(--full)" : Math.abs(flow) < 1e-9 ? "var(--line)" : "var(--off)";
    parts.push(`<g><title>${say.safe(hint)}${full ? ", full" : ""}</title>
      <line x1="${x1}" y1="${y1}" x2="${x2 - ux * head * 0.9}" y2="${y2 - uy * head * 0.9}" stroke="${colour}" stroke-width="${thick}"/>
      <polygon fill="${colour}" points="${x2},${y2} ${x2 - ux * head - uy * head * 0.62},${y2 - uy * head + ux * head * 0.62} ${x2 - ux * head + uy * head * 0.62},${y2 - uy * head - ux * head * 0.62}"/></g>`);
    if (named && !crowded) {
      const mx = (x1 + x2) / 2, my = (y1 + y2) / 2, text = say.mw(Math.abs(flow)) + (small ? "" : " MW") + (count > 1 ? ` (${count} lines)` : "");
      const wide = text.length * (small ? 6.4 : 7.6) + 12;
      labels.push(`<g><rect x="${mx - wide / 2}" y="${my - 9}" width="${wide}" height="18" rx="9" fill="var(--card)" stroke="${full ? "var(--full)" : "var(--line)"}"/>
        <text x="${mx}" y="${my + 4}" text-anchor="middle" font-size="${small ? 10.5 : 12}" fill="${full ? "var(--full)" : "var(--ink)"}">${text}</text></g>`);
    }
  }

  zones.forEach((z, i) => {
    const t = indexAt(z.start, at), [x, y] = place[i];
    const price = t < 0 ? "" : say.price(z.price[t], z.decimals);
    const net = t < 0 ? "" : `net position ${say.mw(z.net[t])} MW`;
    const size = crowded ? 10 : small ? 11 : 13;
    labels.push(`<g><title>${say.safe(z.label)}: ${price}, ${net}</title>
      <rect x="${x - chip[0] / 2}" y="${y - chip[1] / 2}" width="${chip[0]}" height="${chip[1]}" rx="9"
        fill="${t < 0 ? "var(--card)" : say.heat(z.price[t])}" stroke="var(--ink)" stroke-opacity="0.35"/>
      <text x="${x}" y="${y - (crowded ? 1 : 4)}" text-anchor="middle" font-size="${size}" font-weight="650" fill="#10202f">${say.safe(z.label)}</text>
      <text x="${x}" y="${y + (crowded ? 11 : small ? 11 : 14)}" text-anchor="middle" font-size="${size - 0.5}" fill="#10202f" style="font-variant-numeric:tabular-nums">${price}</text></g>`);
  });
  box.innerHTML = `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Exchanges between zones">${parts.join("")}${labels.join("")}</svg>`;
}

// Lines of the same two ends are drawn as one arrow: the sum of their exchanges along the first, and how many they are.
function bundles(lines, at) {
  const found = new Map();
  for (const line of lines) {
    const t = indexAt(line.start, at);
    if (t < 0) continue;
    const key = line.from < line.to ? `${line.from} ${line.to}` : `${line.to} ${line.from}`;
    if (!found.has(key)) found.set(key, { from: line.from, to: line.to, flow: 0, full: true, lines: [] });
    const group = found.get(key);
    group.flow += (line.from === group.from ? 1 : -1) * line.exchange[t];
    group.full = group.full && (line.full ? line.full[t] : isFull(line.exchange[t], line.forward[t], line.backward[t]));
    group.lines.push({ line, t });
  }
  return [...found.values()];
}

function largestSum(lines) {
  const starts = new Set(lines.flatMap(l => [...l.start]));
  return Math.max(0, ...[...starts].map(at => Math.max(0, ...bundles(lines, at).map(g => Math.abs(g.flow)))));
}

function indexAt(starts, at) {
  if (!starts.length || at < starts[0]) return -1;
  let low = 0, high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= at) low = middle; else high = middle - 1;
  }
  return low;
}

function isFull(flow, forward, backward) {
  const room = flow < 0 ? backward : forward;
  return Math.abs(flow) > 1e-9 && Math.abs(flow) >= room - 0.05;
}

function fit(places, width, height, chip, hasBorders) {
  const small = width < 560;
  const xs = places.map(p => p[0]), ys = places.map(p => p[1]);
  const mx = chip[0] / 2 + (hasBorders ? chip[0] * (small ? 0.25 : 1.3) : 12), my = chip[1] / 2 + (hasBorders ? 74 : 14);
  const spread = (v, all, from, to) => {
    const low = Math.min(...all), high = Math.max(...all);
    return high - low < 1e-9 ? (from + to) / 2 : from + (v - low) / (high - low) * (to - from);
  };
  return places.map(([x, y]) => [spread(x, xs, mx, width - mx), spread(y, ys, my, height - my)]);
}

function outsidePlace(from, centre, turn, width, height, chip) {
  const away = Math.atan2(from[1] - centre[1], from[0] - centre[0]) + (turn % 2 ? 1 : -1) * Math.ceil(turn / 2) * 0.7;
  const x = from[0] + Math.cos(away) * chip[0] * 1.3, y = from[1] + Math.sin(away) * 130;
  return [Math.min(width - chip[0] * 0.44, Math.max(chip[0] * 0.44, x)), Math.min(height - 20, Math.max(20, y))];
}

function edge(ux, uy, chip) {
  return Math.min(chip[0] / 2 / Math.max(1e-9, Math.abs(ux)), chip[1] / 2 / Math.max(1e-9, Math.abs(uy)));
}
