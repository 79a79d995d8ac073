// Draws the page of a year (see page.js for what pages share).

const cur = D.head.currency, unit = `${cur}/MWh`;
const narrow = () => window.innerWidth < 620;
const words = text => safe(String(text).replace(/_/g, " "));
const sum = list => list.reduce((a, b) => a + (b || 0), 0);
const known = list => list.filter(v => v !== null && v !== undefined);
const mean = list => known(list).length ? sum(list) / known(list).length : null;
const scaled = most => most >= 1e9 ? [1e9, "billion "] : most >= 1e6 ? [1e6, "million "] : most >= 1e4 ? [1e3, "thousand "] : [1, ""];
const timeAxis = more => ({ type: "date", tickformat: D.days.length > 62 ? "%b" : "%-d %b", nticks: 6, tickangle: 0, ...more });
const line = (name, x, y, tone, more = {}) => ({ type: "scatter", mode: x.length > 1 ? "lines" : "markers", name: words(name), x, y,
  line: { width: 1.6, color: colour(tone), ...more.line }, hovertemplate: `%{x}: %{y:,.${more.decimals ?? 0}f}${more.unit ? ` ${more.unit}` : ""}<extra>${words(name)}</extra>`, ...more.trace });

function plots(id, items, title, draw) {
  const box = byId(id);
  if (box.children.length !== items.length) box.innerHTML = items.map((item, i) => `<div><h4>${title(item)}</h4><div class="plot" id="${id}-${i}"></div></div>`).join("");
  items.forEach((item, i) => draw(`${id}-${i}`, item));
}

function head() {
  const h = D.head, docs = h.documents;
  const invoices = sum(["provisional invoice", "final invoice", "credit note", "deferral instalment"].map(k => docs[k] || 0));
  const tiles = [[number(h.auctions), `auction${h.auctions === 1 ? "" : "s"}, each audited: no violation`],
    ...D.prices.map(p => [`${number(mean(p.zones.flatMap(z => z.mean)), 0)} <small>${unit}</small>`, `mean price of ${words(p.carrier)}`]),
    [number(invoices), "invoices of supply contracts"], [number(docs["annual statement"]), "annual statements"],
    [number(h.ledger.entries), "entries in one ledger, every currency sums to zero"]];
  byId("head").innerHTML = `<h1>${safe(h.name)}</h1>
    <p class="under">${safe(h.first)} to ${safe(h.last)}, times of ${safe(h.timeZone)}, money in ${safe(cur)}. Drawn with seed ${safe(h.seed)}: figures are illustrative, nothing is a forecast.</p>
    <div class="tiles" id="tiles">${tiles.map(([big, small]) => `<div class="tile"><span>${small}</span><b>${big}</b></div>`).join("")}</div>`;
}

function prices() {
  byId("prices-lead").textContent = `Mean clearing price of each day in ${unit}, by carrier; zones that never differ are one line.`;
  plots("price-plots", D.prices, p => words(p.carrier), (id, p) => Plotly.react(id,
    p.zones.map((z, i) => line(z.zone, D.days, z.mean, `z${i % 8}`, { decimals: 2, unit })),
    layout({ xaxis: timeAxis(), yaxis: { title: { text: unit } } }), settings));
}

function flows() {
  plots("flow-plots", D.flows, f => `${words(f.from)} to ${words(f.to)}: ${words(f.carrier)}`, (id, f) => {
    const room = f.contracts.map((c, i) => f.forward[i] + Math.max(0, c)), back = f.backward.some(v => v > 0);
    const limit = { line: { dash: "dot", width: 1.2 }, unit: "MW" };
    const drawn = [line("auction", D.days, f.auction, "accent", { unit: "MW" })];
    if (f.contracts.some(v => v)) drawn.push(line("contracts", D.days, f.contracts, "part", { unit: "MW" }));
    drawn.push(line("limit", D.days, f.forward, "off", limit));
    if (back) drawn.push({ ...line("limit back", D.days, f.backward.map(v => -v), "off", limit), showlegend: false });
    const used = [...f.auction, ...f.contracts, 0], top = Math.max(...used), low = Math.min(...used), far = Math.max(...room) > 3 * Math.max(top, -low, 1);
    Plotly.react(id, drawn, layout({ xaxis: timeAxis(), yaxis: { title: { text: "MW" }, ...(far ? { range: [Math.min(0, low * 1.15), Math.max(top * 1.15, 1)] } : {}) } }), settings);
  });
}

function contracts() {
  const any = D.contracts.length;
  byId("contracts-lead").textContent = any ? `What is nominated enters at any price; what may be taken beyond it is offered in steps at its opportunity cost. Prices in ${unit}, with what the way costs.` : "No contract meets the auction.";
  const box = byId("contract-plots");
  if (!box.children.length) box.innerHTML = D.contracts.map((c, i) => `<h3>${safe(c.contract)}</h3><div class="plots thirds">
    <div><h4>Quantity of each day, ${safe(c.unit)}</h4><div class="plot" id="quantity-${i}"></div></div>
    <div><h4>Price against the hub, ${unit}</h4><div class="plot" id="contract-price-${i}"></div></div>
    <div><h4>Taken this contract year, ${safe(c.unit)}</h4><div class="plot" id="taken-${i}"></div></div></div>`).join("");
  D.contracts.forEach((c, i) => {
    const offered = c.nominated.map((n, d) => n === null ? null : n + (c.offered[d] || 0));
    const amount = { unit: c.unit };
    const day = [line("nominated", D.days, c.nominated, "off", amount), line("delivered", D.days, c.delivered, "accent", amount)];
    if (c.offered.some(v => v)) day.unshift(line("offered at most", D.days, offered, "off", { ...amount, line: { dash: "dot", width: 1.2 } }));
    Plotly.react(`quantity-${i}`, day, layout({ xaxis: timeAxis(), yaxis: { rangemode: "tozero" } }), settings);
    const price = { decimals: 2, unit };
    const prices = [line("hub", D.days, c.hub, "accent", price), line("final price", D.days, c.final, "part", { ...price, line: { shape: "hv", width: 2.4 } }),
      line("thought at the gate", D.days, c.cost, "off", { ...price, line: { dash: "dash", width: 1.3 } })];
    if (c.first_step.some(v => v !== null)) prices.push(line("first step offered", D.days, c.first_step, "odd", { ...price, line: { width: 1.3 } }));
    const inside = known([...c.hub, ...c.final, ...c.cost]).sort((a, b) => a - b), low = inside[0], high = inside[inside.length - 1], pad = 0.08 * (high - low || 1);
    Plotly.react(`contract-price-${i}`, prices, layout({ xaxis: timeAxis(), yaxis: { range: [low - pad, high + 3 * pad] } }), settings);
    const taken = [line("taken", D.days, c.taken, "accent", amount)];
    if (c.take_or_pay.some(v => v > 0)) taken.push(line("take-or-pay", D.days, c.take_or_pay, "full", { ...amount, line: { dash: "dash" } }));
    for (const [key, name, tone] of [["make_up", "make-up bank", "odd"], ["carry_forward", "carried forward", "good"]])
      if (c[key].some(v => v > 0)) taken.push(line(name, D.days, c[key], tone, amount));
    Plotly.react(`taken-${i}`, taken, layout({ xaxis: timeAxis(), yaxis: { rangemode: "tozero" } }), settings);
  });
  const most = Math.max(1, ...D.value.flatMap(v => [v.earned, v.flat, v.foresight].map(Math.abs))), [scale, word] = scaled(most);
  byId("value-table").innerHTML = D.value.length ? "<h3>What flexibility earned beyond its cost</h3>" + table(
    [["contract"], ["sold beyond nominations", "GWh"], ["room", "GWh"], ["earned", word + cur], ["spread evenly", word + cur], ["on the best hours", word + cur]],
    D.value.map(v => [safe(v.contract), number(v.flexible_mwh / 1000, 1), number(v.room_mwh / 1000, 1), ...[v.earned, v.flat, v.foresight].map(x => number(x / scale, 2))]), [1, 2, 3, 4, 5]) : "";
}

function plants() {
  plots("plant-plots", D.plants, p => words(p.title), (id, p) => Plotly.react(id, p.rows.map((r, i) => ({ type: "scatter", mode: "lines", stackgroup: "all", name: words(r.plant), x: D.weeks, y: r.mw,
    line: { width: 0.6, color: colour(`z${i % 8}`), shape: "hv" }, hovertemplate: `%{x}: %{y:,.0f} MW<extra>${words(r.plant)}</extra>` })),
    layout({ showlegend: true, xaxis: timeAxis(), yaxis: { title: { text: "MW" } } }), settings));
}

function money() {
  const most = Math.max(1, ...D.money.map(m => Math.abs(m.auction) + Math.abs(m.contracts))), [scale, word] = scaled(most);
  byId("money-lead").textContent = `What each party was paid less what it paid over all days, in ${word}${cur} at the last fixings; before taxes, and what fuels and plants cost. A trader between both is paid by one and pays the other.`;
  const rows = [...D.money].reverse(), names = rows.map(m => words(m.role === "member" ? m.party : `${m.party} (${m.role})`));
  const bars = [["auction", "accent"], ["contracts", "part"]].map(([key, tone]) => ({ type: "bar", orientation: "h", name: key, y: names, x: rows.map(m => m[key] / scale), marker: { color: colour(tone) },
    hovertemplate: `%{x:+,.2f} ${word}${cur}<extra>%{y}, ${key}</extra>` }));
  const net = { type: "scatter", mode: "markers", name: "in all", y: names, x: rows.map(m => (m.auction + m.contracts) / scale), marker: { symbol: "diamond", size: 8, color: colour("ink") },
    hovertemplate: `%{x:+,.2f} ${word}${cur}<extra>%{y}, in all</extra>` };
  Plotly.react("money-plot", [...bars, net], layout({ barmode: "relative", bargap: 0.3, xaxis: { title: { text: word + cur }, zeroline: true, zerolinecolor: colour("off") }, yaxis: { tickfont: { size: narrow() ? 10 : 12, color: colour("ink") }, dtick: 1 },
    margin: { l: 10, r: 10, t: 8, b: 40 } }), settings);
  const all = Math.max(1, ...D.months.auction, ...D.months.contracts), [by, named] = scaled(all);
  Plotly.react("month-plot", [["auction", "accent"], ["contracts", "part"]].map(([key, tone]) => ({ type: "bar", name: key, x: D.months.month, y: D.months[key].map(v => v / by), marker: { color: colour(tone) },
    hovertemplate: `%{x}: %{y:,.2f} ${named}${cur}<extra>${key}</extra>` })), layout({ bargap: 0.25, xaxis: { type: "category" }, yaxis: { title: { text: named + cur } } }), settings);
}

function documents() {
  const amount = (minor, c) => number(minor / 10 ** D.decimals[c], 0), none = "\u2013";
  byId("statement-table").innerHTML = D.statements.length ? table([["issued"], ["contract"], ["year"], ["unit"], ["annual"], ["take-or-pay"], ["taken"], ["drawn"], ["carried used"], ["missing"], ["carried on"], ["due"], [""]],
    D.statements.map(s => [s.issued, safe(s.contract), s.year, safe(s.unit), ...["annual", "owed", "taken", "drawn", "carried_used", "short", "carried"].map(k => number(s[k], 0)), amount(s.amount_minor, s.currency), safe(s.currency)]), [4, 5, 6, 7, 8, 9, 10, 11])
    : `<p class="lead">No contract year ended.</p>`;
  byId("invoice-table").innerHTML = D.invoices.length ? table([["issued"], ["contract"], ["document"], ["of"], ["quantity"], ["unit"], ["price", unit], ["to the seller"], ["for the way"], ["put off"], [""]],
    D.invoices.map(r => [r.issued, safe(r.contract), safe(r.document), safe(r.of), number(r.quantity, 0), safe(r.unit), number(r.price, 2), amount(r.seller_minor, r.currency), r.path_minor ? amount(r.path_minor, r.currency) : none,
      r.deferred_minor ? amount(r.deferred_minor, r.currency) : none, safe(r.currency)]), [4, 6, 7, 8, 9])
    : `<p class="lead">No month ended.</p>`;
}

function foot() {
  byId("foot").innerHTML = `<p>Made by Walras. This page holds all that it shows and asks nothing of the network. Beside it lie the tables, the ledger, whose last entry has the hash <code>${safe(D.head.ledger.head)}</code>,
    and a folder for each agreement, which anybody can compute anew: <code>walras contract check contracts/NAME</code>.</p>`;
}

function draw() { head(); prices(); flows(); contracts(); plants(); money(); documents(); foot(); }

draw();
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
let waiting;
window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(draw, 150); });
