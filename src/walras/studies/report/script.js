// Draws the page of one result (see page.js for what pages share).

const unit = `${D.head.currency}/MWh`;
const local = ms => D.times[ms]?.[0] ?? "", utc = ms => D.times[ms]?.[1] ?? "";
const outcomeName = { accepted: "accepted", curtailed: "curtailed", rejected: "rejected",
  paradoxically_rejected: "paradoxically rejected", paradoxically_accepted: "paradoxically accepted" };
const outcomeColour = { accepted: "good", curtailed: "part", rejected: "off", paradoxically_rejected: "odd", paradoxically_accepted: "full" };
const MOST_BARS = 40;
const many = D.zones.length > 10;

const sparse = list => window.innerWidth < 620 ? list.filter((_, i) => i % 2 === 0) : list;
const timeAxis = () => ({ tickvals: sparse(D.ticks.places), ticktext: sparse(D.ticks.labels), tickangle: 0, title: { text: `local time (${D.head.timeZone})` } });
const times = z => z.start.map(s => [local(s), utc(s)]);

function steps(z, values) {
  const end = z.start[z.start.length - 1] + z.minutes * 60000, last = values.length - 1;
  return { x: [...z.start, end], y: [...values, values[last]], customdata: [...times(z), times(z)[last]] };
}

function overTime(id, key, title, format) {
  const hover = `%{customdata[0]} (%{customdata[1]})<br>%{y:${format}} ${title}<extra>%{fullData.name}</extra>`;
  if (many) return heatMap(id, key, title, format);
  const traces = D.zones.map((z, i) => ({
    ...steps(z, z[key]), name: z.label, mode: "lines", type: "scatter", hovertemplate: hover,
    line: { shape: "hv", width: key === "net" ? 2.2 : Math.max(1.6, 5 - 3.2 * i / Math.max(1, D.zones.length - 1)), color: zoneColour(i), dash: i > 7 ? "dot" : "solid" },
  }));
  Plotly.react(id, traces, layout({ xaxis: timeAxis(), yaxis: { title: { text: title }, zeroline: true } }), settings);
}

function heatMap(id, key, title, format) {
  const every = [...new Set(D.zones.flatMap(z => z.start))].sort((a, b) => a - b);
  const rows = D.zones.map(z => every.map(s => { const t = indexAt(z.start, s); return t < 0 ? null : z[key][t]; }));
  byId(id).style.height = `${Math.max(360, 60 + 17 * D.zones.length)}px`;
  const trace = { type: "heatmap", x: every, y: D.zones.map(z => z.label), z: rows, colorscale: key === "net" ? "RdBu" : "Viridis",
    zmid: key === "net" ? 0 : undefined, customdata: D.zones.map(() => every.map(s => [local(s), utc(s)])),
    colorbar: { thickness: 12, title: { text: title, side: "right" } },
    hovertemplate: `%{y}, %{customdata[0]} (%{customdata[1]})<br>%{z:${format}} ${title}<extra></extra>` };
  Plotly.react(id, [trace], layout({ xaxis: timeAxis(), yaxis: { autorange: "reversed", dtick: 1 } }), settings);
}

function head() {
  const h = D.head, c = h.counts, orders = D.orders.counts, cur = h.currency;
  const proof = h.status === "optimal" ? "optimal, proven" : "feasible, gap stated";
  const tile = (value, word, more = "") => `<div class="tile"><span>${word}</span><b>${value}${more ? ` <small>${more}</small>` : ""}</b></div>`;
  const income = D.money.congestion?.reduce((s, r) => s + r.income_minor, 0) / 10 ** (D.money.decimals ?? 0);
  const cut = D.curtailments.reduce((s, r) => s + r.curtailed_mw * (D.zones.find(z => z.label.split(" (")[0] === r.zone)?.minutes ?? 60) / 60, 0);
  byId("head").innerHTML = `<h1>${safe(h.name)} <span class="status ${h.status}">${proof}</span></h1>
    <p class="under">Delivery day ${h.day} in ${safe(h.timeZone)}. ${plural(c.zones, "zone")}, ${number(c.cells)} prices,
    ${plural(c.lines, "line")}, ${plural(c.borders, "border")}, ${number(c.curveSteps)} curve steps, ${number(c.indivisible)} indivisible orders.
    Rules: ${safe(h.profile)}.${h.stoppedBy ? ` The search was ended by its ${safe(h.stoppedBy)}.` : ""}</p>
    <div class="tiles">${tile(number(h.welfare, 2), `Welfare, ${cur}`)}${tile(number(h.bound, 2), `Bound, ${cur}`)}
    ${tile(number(h.gap, 2), `Gap: bound minus welfare, ${cur}`)}
    ${tile(number(orders.accepted + orders.curtailed), "Indivisible orders accepted", `of ${number(D.orders.all)}${orders.curtailed ? `, ${orders.curtailed} in part` : ""}`)}
    ${tile(number(orders.paradoxically_rejected), "Paradoxically rejected")}
    ${Number.isFinite(income) ? tile(number(income, 2), `Congestion income, ${cur}`) : ""}
    ${tile(number(cut, 1), "Curtailed, MWh")}</div>`;
}

function prices() {
  const all = D.zones.flatMap(z => z.price).filter(Number.isFinite);
  byId("prices-lead").textContent = `Clearing prices in ${unit}, from ${number(Math.min(...all), 2)} to ${number(Math.max(...all), 2)}.${many ? "" : " Where zones share a price, lines lie on each other, the first the widest."} Point at one for the time in UTC.`;
  overTime("prices-plot", "price", unit, ",.2f");
}

const heat = (() => {
  const all = D.zones.flatMap(z => z.price).filter(Number.isFinite).sort((a, b) => a - b);
  const low = all[Math.floor(all.length * 0.02)], high = all[Math.ceil(all.length * 0.98) - 1];
  const stops = [[198, 219, 239], [222, 235, 210], [254, 224, 144], [244, 165, 110]];
  return price => {
    const at = Math.min(2.999, Math.max(0, 3 * (price - low) / Math.max(1e-9, high - low))), i = Math.floor(at);
    return `rgb(${stops[i].map((v, k) => Math.round(v + (stops[i + 1][k] - v) * (at - i))).join(",")})`;
  };
})();

const moments = [...new Set([...D.zones.flatMap(z => z.start), ...D.network.lines.flatMap(l => l.start)])].sort((a, b) => a - b);
const say = { safe, heat, mw: v => number(v, Math.abs(v) < 100 && v % 1 ? 1 : 0), price: (v, d = 2) => `${number(v, d)} ${window.innerWidth < 560 || D.zones.length > 14 ? "" : unit}` };

function network() {
  const at = moments[+byId("network-time").value];
  byId("network-label").innerHTML = `<b>${local(at)}</b> (${utc(at)})`;
  drawNetwork(byId("network-picture"), D.network, D.zones, at, say);
}

function startNetwork() {
  const slider = byId("network-time"), count = D.network.lines.length + D.network.borders.length;
  slider.max = moments.length - 1;
  slider.value = busiest();
  slider.addEventListener("input", network);
  for (const [id, step] of [["network-back", -1], ["network-on", 1]])
    byId(id).addEventListener("click", () => { slider.value = +slider.value + step; network(); });
  byId("network-lead").textContent = count ? "Scheduled exchanges at one time; move the slider for others. The wider the arrow, the more energy; the colour of a zone follows its price."
    : "No lines and no borders: every zone clears alone.";
  byId("network-legend").innerHTML = `<span><i class="swatch" style="background:var(--full)"></i>full: no more capacity in this direction</span>
    <span><i class="swatch" style="background:var(--off)"></i>room left</span><span>dashed: outside the auction</span>
    <span>prices in ${unit}</span>`;
}

function busiest() {
  const full = moments.map(at => D.network.lines.filter(l => { const t = indexAt(l.start, at); return t >= 0 && isFull(l.exchange[t], l.forward[t], l.backward[t]); }).length);
  return full.indexOf(Math.max(...full));
}

function startCurves() {
  const zone = byId("curves-zone"), grids = [...new Set(D.curves.cells.map(c => c.grid))];
  zone.innerHTML = grids.map(g => `<option value="${g}">${safe(D.zones[g].label)}</option>`).join("");
  zone.addEventListener("change", () => { fillTimes(); curves(); });
  byId("curves-time").addEventListener("change", curves);
  const richest = D.curves.cells.reduce((a, b) => b.supply.mw.length > a.supply.mw.length ? b : a);
  zone.value = richest.grid;
  fillTimes();
  const part = D.curves.shown < D.curves.all ? ` Shown for ${number(D.curves.shown)} of ${number(D.curves.all)} cells, spread evenly.` : "";
  byId("curves-lead").textContent = "Curve orders summed, moved right by accepted blocks, flexible and scalable orders, imports (supply) and exports (demand), so that both cross where the market clears." +
    ` At most ${D.curves.points} points a curve.${part} Double-click to see all prices, drag to look closer.`;
}

function fillTimes() {
  const mine = D.curves.cells.filter(c => c.grid === +byId("curves-zone").value), before = byId("curves-time").value;
  byId("curves-time").innerHTML = mine.map(c => `<option value="${c.start}">${local(c.start)}</option>`).join("");
  byId("curves-time").value = mine.some(c => String(c.start) === before) ? before : mine[Math.min(mine.length - 1, Math.floor(mine.length * 0.75))].start;
}

function curves() {
  const cell = D.curves.cells.find(c => c.grid === +byId("curves-zone").value && String(c.start) === byId("curves-time").value);
  const z = D.zones[cell.grid], volume = Math.max(cell.supply.volume, cell.demand.volume);
  byId("curves-label").innerHTML = `<b>${number(cell.price, z.decimals)}</b> ${unit}, <b>${number(volume, 1)}</b> MW, net position <b>${number(cell.net, 1)}</b> MW (${utc(cell.start)})`;
  const line = (side, name) => ({ x: cell[side].mw, y: cell[side].price, name, mode: "lines", type: "scatter", line: { color: colour(side), width: 2.2 },
    hovertemplate: `%{x:,.1f} MW at %{y:,.2f} ${unit}<extra>${name}</extra>` });
  const point = { x: [volume], y: [cell.price], name: "clearing", mode: "markers", type: "scatter", marker: { size: 12, color: colour("full"), line: { color: colour("card"), width: 2 } },
    hovertemplate: `%{x:,.1f} MW at %{y:,.2f} ${unit}<extra>clearing</extra>` };
  const near = ["supply", "demand"].flatMap(s => cell[s].price.map((p, i) => [p, cell[s].mw[i]])).filter(([p]) => Math.abs(p - cell.price) < 120);
  const low = Math.min(cell.price - 20, ...near.map(([p]) => p)), high = Math.max(cell.price + 40, ...near.map(([p]) => p));
  const left = Math.min(volume, ...near.map(([, q]) => q)), right = Math.max(volume, ...near.map(([, q]) => q)), room = Math.max(1, 0.06 * (right - left));
  Plotly.react("curves-plot", [line("supply", "supply"), line("demand", "demand"), point], layout({
    xaxis: { title: { text: "MW" }, range: [Math.max(0, left - room), right + room] }, yaxis: { title: { text: unit }, range: [low - 5, high + 10] },
    shapes: [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: cell.price, y1: cell.price, line: { color: colour("off"), width: 1, dash: "dot" } }],
  }), settings);
}

function orders() {
  const rows = D.orders.rows;
  const part = rows.length < D.orders.all ? ` Shown: the ${number(rows.length)} of ${number(D.orders.all)} orders with the largest surplus.` : "";
  const bars = rows.length > MOST_BARS ? ` The picture holds the first ${MOST_BARS} of the table.` : "";
  byId("orders-lead").textContent = D.orders.all ? `When each order delivers, and what became of it.${part}${bars}` : "This market holds curve orders only.";
  byId("orders-plot").style.display = D.orders.all ? "" : "none";
  if (!D.orders.all) return;
  const drawn = rows.slice(0, MOST_BARS), words = Object.keys(outcomeName).filter(w => drawn.some(r => r.outcome === w));
  const narrow = window.innerWidth < 620;
  byId("orders-plot").style.height = `${Math.max(180, 70 + 24 * drawn.length)}px`;
  const traces = words.map(word => {
    const bars = drawn.filter(r => r.outcome === word).flatMap(r => r.spans.map(s => [r, s]));
    return { type: "bar", orientation: "h", name: outcomeName[word], y: bars.map(([r]) => r.order), base: bars.map(([, s]) => s[0]),
      x: bars.map(([, s]) => s[1] - s[0]), marker: { color: colour(outcomeColour[word]), opacity: word === "rejected" ? 0.55 : 0.95 },
      customdata: bars.map(([r, s]) => [r.side, number(r.taken, 1), number(r.energy, 1), number(r.surplus, 2), local(s[0]), utc(s[0])]),
      hovertemplate: `%{y}: %{customdata[0]} from %{customdata[4]} (%{customdata[5]})<br>%{customdata[1]} of %{customdata[2]} MWh, surplus %{customdata[3]} ${D.head.currency}<extra>${outcomeName[word]}</extra>` };
  });
  Plotly.react("orders-plot", traces, layout({ barmode: "overlay", bargap: 0.35,
    xaxis: { ...timeAxis(), range: [moments[0], D.ticks.end] },
    yaxis: { categoryorder: "array", categoryarray: drawn.map(r => r.order).reverse(), tickfont: { size: narrow ? 9.5 : 12, color: colour("ink") } } }), settings);
  const would = r => r.outcome.endsWith("rejected");
  byId("orders-table").innerHTML = table(
    [["order"], ["member"], ["zone"], ["side"], ["price", unit], ["offered", "MWh"], ["traded", "MWh"], ["ratio"], ["surplus", D.head.currency], ["outcome"]],
    rows.map(r => [safe(r.order) + (r.note ? `<small class="note">${safe(r.note)}</small>` : ""), safe(r.member), safe(r.zone), r.side, number(r.price, 2), number(r.energy, 1), number(r.taken, 1), number(r.ratio, 3),
      would(r) ? `<span class="would">(${number(r.surplus, 2)})</span>` : number(r.surplus, 2),
      `<span class="${r.outcome}">${outcomeName[r.outcome]}</span>`]), [4, 5, 6, 7, 8])
    + `<p class="lead" style="margin-top:8px">A surplus in brackets is what a rejected order would have gained at these prices; a ratio of a scalable order is 1 or 0, since its steps are traded one by one.</p>`;
}

function money() {
  const m = D.money, cur = D.head.currency;
  if (m.refused) {
    byId("money-lead").textContent = `This result was not settled. ${m.refused}${m.mistakes > 1 ? ` (and ${number(m.mistakes - 1)} more)` : ""}`;
    return;
  }
  const amount = v => number(v / 10 ** m.decimals, m.decimals), most = Math.max(1, ...m.parties.map(p => Math.abs(p.net_minor)));
  const bar = v => `<span class="bar"><u></u><i style="${v < 0 ? `right:50%;background:var(--part)` : `left:50%;background:var(--good)`};width:${50 * Math.abs(v) / most}%"></i></span>`;
  byId("money-lead").textContent = `Everybody pays to or receives from the market. Members, neighbours, operators${"tariff" in m.roles ? ", tariffs" : ""} and the rounding of single amounts sum to zero.${m.parties.length < m.all ? ` Shown: the ${number(m.parties.length)} largest of ${number(m.all)}.` : ""}`;
  const total = Object.values(m.roles).reduce((s, v) => s + v, 0);
  const sum = key => m.parties.reduce((s, p) => s + p[key], 0);
  const last = m.parties.length < m.all ? "" : `<tr class="sum"><td>sum</td><td></td><td class="number">${amount(sum("pays_minor"))}</td><td class="number">${amount(sum("receives_minor"))}</td><td class="number">${amount(total)}</td><td></td></tr>`;
  byId("money-table").innerHTML = table([["party"], ["role"], ["pays", cur], ["receives", cur], ["net", cur], [""]],
    m.parties.map(p => [safe(p.party), p.role, amount(p.pays_minor), amount(p.receives_minor), amount(p.net_minor), bar(p.net_minor)]), [2, 3, 4], last);
  const paid = m.congestion.some(r => r.tariff_minor !== undefined);
  byId("congestion-table").innerHTML = m.congestion.length ? table([["line or border"], [""], ["energy", "MWh"], ["income", cur], ...(paid ? [["tariff", cur]] : [])],
    m.congestion.map(r => [safe(r.name), r.kind, number(r.energy_mwh, 1), amount(r.income_minor), ...(paid ? [amount(r.tariff_minor)] : [])]), [2, 3, 4]) : "<p class='lead'>No lines and no borders.</p>";
}

function surpluses() {
  const s = D.surpluses, sum = list => list.reduce((t, v) => t + (v ?? 0), 0), money = v => v === null ? "" : number(v, 2);
  const total = s.kinds.map((_, k) => sum(s.rows.map(r => r.gains[k])));
  const last = `<tr class="sum"><td>sum</td><td></td>${[...total, sum(total)].map(v => `<td class="number">${money(v)}</td>`).join("")}</tr>`;
  byId("surpluses-table").innerHTML = table([["state"], ["carrier"], ...[...s.kinds, "sum"].map(k => [k, D.head.currency])],
    s.rows.map(r => [r.state === null ? "none" : safe(r.state), r.carrier, ...r.gains.map(money), money(sum(r.gains))]),
    [...s.kinds, "sum"].map((_, k) => k + 2), last);
}

function curtailments() {
  byId("curtailments-table").innerHTML = D.curtailments.length ? table([["zone"], ["carrier"], ["local time"], ["UTC"], ["side"], ["curtailed", "MW"]],
    D.curtailments.map(r => [safe(r.zone), r.carrier, local(r.mtu_start), utc(r.mtu_start), r.side, number(r.curtailed_mw, 1)]), [5])
    : "<p class='lead'>None: everybody who takes any price was served.</p>";
}

function foot() {
  byId("foot").innerHTML = `<p>Made by Walras from a market folder and a result folder. This page holds all that it shows and asks nothing of the network.
    It does not audit: <code>walras audit MARKET RESULT</code> does.${D.money.head ? ` Ledger: ${number(D.money.entries)} entries, last hash <code>${D.money.head}</code>.` : ""}</p>`;
}

function draw() { head(); prices(); network(); overTime("positions-plot", "net", "MW", ",.1f"); curves(); orders(); surpluses(); money(); curtailments(); foot(); }

startNetwork();
startCurves();
draw();
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
let waiting;
window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(draw, 150); });
