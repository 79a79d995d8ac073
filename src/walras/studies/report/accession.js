// Draws the page of an accession (see page.js for what pages share).

const cur = D.head.currency, unit = `${cur}/MWh`;
const parties = [["buyers", "buyers", "demand"], ["sellers", "sellers", "supply"], ["congestion", "congestion income", "part"]];
const narrow = () => window.innerWidth < 620;
const most = Math.max(...D.states.flatMap(s => [...parties.map(([p]) => p), "welfare"].map(p => Math.abs(s[`${p}_change`]))));
const [scale, scaleWord] = most >= 1e9 ? [1e9, "billion"] : most >= 1e6 ? [1e6, "million"] : most >= 1e5 ? [1e3, "thousand"] : [1, ""];
const money = `${scaleWord} ${cur}`.trim();
const signed = (v, decimals = 2) => {
  const text = number(Math.abs(v), decimals);
  return `${Number(text.replace(/,/g, "")) === 0 ? "" : v < 0 ? "\u2212" : "+"}${text}`;
};
const change = v => signed(v / scale);
const share = v => v === null || v === undefined ? "\u2013" : `${number(100 * v, 1)} %`;
const stateTone = i => `z${[3, 5, 6, 7, 4, 0, 1, 2][i % 8]}`; // not those of buyers, sellers and congestion income
// few days: a tick each; many: as many as fit
const dayAxis = ticks => ({ type: "date", tickformat: "%-d %b", ...(D.days.day.length <= ticks ? { tickvals: D.days.day } : { nticks: ticks }) });
const stateIndex = Object.fromEntries(D.states.map((s, i) => [s.state, i]));

function head() {
  const cards = D.states.map((s, i) => {
    const [gain] = D.head.words[s.state], up = s.welfare_change >= 0, before = s.price_mean_before, after = s.price_mean_after;
    const rows = parties.map(([key, word, tone]) => `<dt><i class="key" style="background:var(--${tone})"></i>${word}</dt><dd>${change(s[`${key}_change`])}</dd>`);
    return `<div class="state" style="--own:var(--${stateTone(i)})" title="${safe(D.head.words[s.state].join(" "))}">
      <h2>${safe(gain.split(" ").slice(0, 2).join(" "))}${s.is_new_member ? '<span class="tag">new member</span>' : ""}</h2>
      <div class="gain ${up ? "up" : "down"}">${change(s.welfare_change)} <small>${money}</small></div>
      <dl>${rows.join("")}</dl>
      <div class="price"><span>average price, ${unit}</span><span>${number(before, 2)} &rarr; <b>${number(after, 2)}</b> (${before ? signed(100 * (after / before - 1), 1) : "\u2013"} %)</span></div></div>`;
  });
  byId("head").innerHTML = `<h1>${safe(D.head.title)}</h1>
    <p class="answer">${safe(D.head.yearly)} ${safe(D.head.whoPays)}</p>
    <p class="under">${safe(D.head.period)}. Market: ${safe(D.head.market)}. New member: ${safe(D.head.member)}. ${safe(D.head.proof)}</p>
    <div class="states">${cards.join("")}</div>`;
}

function gains() {
  byId("gains-lead").textContent = `Change of each state's gains in ${money} over ${plural(D.head.count, "day")}, against a market without the new member and the new member alone. Above zero: better off. The diamond, and the figure below each state, is the state as a whole.`;
  const places = D.states.map((_, i) => i);
  const bars = parties.map(([key, word, tone]) => ({ type: "bar", name: word, x: places, y: D.states.map(s => s[`${key}_change`] / scale), width: 0.5, text: D.states.map(s => safe(s.state)), textposition: "none",
    marker: { color: colour(tone) }, hovertemplate: `%{y:+,.3f} ${money}<extra>${word}, %{text}</extra>` }));
  const whole = { type: "scatter", mode: "markers", name: "state as a whole", x: places.map(i => i + 0.34), y: D.states.map(s => s.welfare_change / scale), cliponaxis: false,
    marker: { symbol: "diamond", size: narrow() ? 9 : 12, color: colour("ink") }, hovertemplate: `%{y:+,.3f} ${money}<extra>as a whole</extra>` };
  const names = D.states.map(s => `<b>${safe(s.state)}</b><br>${change(s.welfare_change)}`);
  Plotly.react("gains-plot", [...bars, whole], layout({ barmode: "relative", yaxis: { title: { text: `change, ${money}` }, zeroline: true, zerolinecolor: colour("off"), zerolinewidth: 1.5 },
    xaxis: { tickvals: places, ticktext: names, range: [-0.5, places.length - 0.5], showgrid: false, zeroline: false, tickfont: { size: 14, color: colour("ink") } } }), settings);
}

function plots(id, items, title, draw) {
  const box = byId(id);
  if (box.children.length !== items.length) box.innerHTML = items.map((item, i) => `<div><h4>${safe(title(item))}</h4><div class="plot" id="${id}-${i}"></div></div>`).join("");
  items.forEach((item, i) => draw(`${id}-${i}`, item));
}

const beforeAfter = (item, x, shape, hover) => ["before", "after"].map(when => ({ type: "scatter", mode: "lines", name: when, x, y: item[when],
  line: { shape, width: when === "after" ? 2.4 : 1.8, dash: when === "after" ? "solid" : "dash", color: when === "after" ? colour(stateTone(stateIndex[item.state])) : colour("off") },
  hovertemplate: `${hover}<extra>${when}</extra>` }));

function prices() {
  const e = D.equal;
  byId("prices-lead").textContent = `Prices of all zones of a state, in ${unit}. All zones of the market had one price for ${share(e.market_before)} of the time before and ${share(e.market_after)} after; with the new member, all zones share one price for ${share(e.all_after)} of the time.`;
  const all = D.duration.flatMap(d => [...d.before, ...d.after]), sorted = [...all].sort((a, b) => a - b);
  const usual = sorted[Math.floor(0.99 * (sorted.length - 1))], dearest = sorted[sorted.length - 1];
  const top = 1.05 * (dearest < 2 * usual ? dearest : usual * 1.2), low = Math.min(0, sorted[Math.ceil(0.005 * (sorted.length - 1))]);
  plots("duration-plots", D.duration, d => d.state, (id, d) => Plotly.react(id, beforeAfter(d, d.share, "linear", `%{y:,.2f} ${unit} or more for %{x:.1f} % of the time`),
    layout({ xaxis: { title: { text: "share of time, %" }, range: [0, 100], dtick: 25 }, yaxis: { title: { text: unit }, range: [low, top] } }), settings));
  const means = D.profile.flatMap(d => [...d.before, ...d.after]), high = Math.max(...means) * 1.08, floor = Math.min(0, ...means);
  plots("profile-plots", D.profile, d => d.state, (id, d) => {
    const step = d.hour.length > 1 ? d.hour[1] - d.hour[0] : 1, x = [...d.hour, d.hour[d.hour.length - 1] + step];
    const closed = { ...d, before: [...d.before, d.before[d.before.length - 1]], after: [...d.after, d.after[d.after.length - 1]] };
    Plotly.react(id, beforeAfter(closed, x, "hv", `%{y:,.2f} ${unit} from %{x} h on`), layout({
      xaxis: { title: { text: `hour of the day (${D.head.timeZone})` }, range: [0, 24], tickvals: [0, 6, 12, 18, 24] }, yaxis: { title: { text: unit }, range: [floor, high] } }), settings);
  });
  const pair = (s, key, decimals = 2) => [number(s[`${key}_before`], decimals), number(s[`${key}_after`], decimals)];
  byId("prices-table").innerHTML = table([["state"], ["mean before", unit], ["after", unit], ["lowest before", unit], ["after", unit], ["highest before", unit], ["after", unit]],
    D.states.map(s => [safe(s.state), ...pair(s, "price_mean"), ...pair(s, "price_lowest"), ...pair(s, "price_highest")]), [1, 2, 3, 4, 5, 6]);
}

function exchanges() {
  byId("exchanges-lead").textContent = "Net energy over each border, day by day; above zero it leads from the first state to the second.";
  const ends = D.borders.flatMap(b => [...b.net.before, ...b.net.after]).filter(v => v !== null), high = Math.max(0, ...ends) * 1.08, low = Math.min(0, ...ends) * 1.08;
  plots("border-plots", D.borders, b => b.border.split("\u2013").join(" to ") + (b.net.before.every(v => v === null) ? " (new line)" : ""), (id, b) => {
    const isNew = b.net.before.every(v => v === null);
    const bar = { type: "bar", name: "after", x: D.days.day, y: b.net.after, marker: { color: colour("accent") }, hovertemplate: "%{x}: %{y:,.2f} GWh<extra>after</extra>" };
    const line = { type: "scatter", mode: D.days.day.length > 1 ? "lines" : "markers", name: "before", x: D.days.day, y: b.net.before,
      line: { shape: "hvh", width: 2, dash: "dash", color: colour("off") }, hovertemplate: "%{x}: %{y:,.2f} GWh<extra>before</extra>" };
    Plotly.react(id, isNew ? [bar] : [bar, line], layout({ bargap: 0.25, xaxis: dayAxis(6), yaxis: { title: { text: "GWh a day" }, range: [low, high] } }), settings);
  });
  const gwh = v => number(v === null ? null : v / 1000, 1), sum = v => number(v === null ? null : v / scale, 2);
  byId("borders-table").innerHTML = table([["border"], ["to the second before", "GWh"], ["after", "GWh"], ["to the first before", "GWh"], ["after", "GWh"], ["income before", money], ["after", money], ["equal prices before", "of the time"], ["after", "of the time"]],
    D.borders.map(b => [safe(b.border), gwh(b.forward_before_mwh), gwh(b.forward_after_mwh), gwh(b.backward_before_mwh), gwh(b.backward_after_mwh),
      sum(b.income_before), sum(b.income_after), share(b.equal_price_share_before), share(b.equal_price_share_after)]), [1, 2, 3, 4, 5, 6, 7, 8])
    + "<h3>Exports and imports of each state</h3>" + table([["state"], ["exports before", "GWh"], ["after", "GWh"], ["imports before", "GWh"], ["after", "GWh"], ["net exports before", "GWh"], ["after", "GWh"]],
      D.states.map(s => [safe(s.state), ...["exports", "imports", "net_exports"].flatMap(k => ["before", "after"].map(w => gwh(s[`${k}_${w}_mwh`])))]), [1, 2, 3, 4, 5, 6]);
}

function network() {
  const all = ["before", "after"].flatMap(w => D.network[w].zones.map(z => z.price[0])), low = Math.min(...all), high = Math.max(...all);
  const stops = [[198, 219, 239], [222, 235, 210], [254, 224, 144], [244, 165, 110]];
  const heat = price => {
    const at = Math.min(2.999, Math.max(0, 3 * (price - low) / Math.max(1e-9, high - low))), i = Math.floor(at);
    return `rgb(${stops[i].map((v, k) => Math.round(v + (stops[i + 1][k] - v) * (at - i))).join(",")})`;
  };
  const say = { safe, heat, mw: v => number(v), price: (v, d = 2) => `${number(v, d)}` };
  for (const when of ["before", "after"]) drawNetwork(byId(`network-${when}`), D.network[when].picture, D.network[when].zones, 0, say);
  byId("network-legend").innerHTML = `<span><i class="swatch" style="background:var(--full)"></i>full for more than half of the time</span>
    <span><i class="swatch" style="background:var(--off)"></i>mostly room left</span><span>prices in ${unit}, exchanges in MW</span>`;
}

function days() {
  byId("days-lead").textContent = `What each state gains or loses as a whole each day, in ${money}.`;
  const traces = D.states.map((s, i) => ({ type: "bar", name: s.state, x: D.days.day, y: D.days.change[s.state].map(v => v === null ? null : v / scale), marker: { color: colour(stateTone(i)) },
    hovertemplate: `%{x}: %{y:+,.3f} ${money}<extra>${safe(s.state)}</extra>` }));
  Plotly.react("days-plot", traces, layout({ barmode: "relative", bargap: 0.25, xaxis: dayAxis(narrow() ? 5 : 12), yaxis: { title: { text: `change, ${money}` }, zeroline: true, zerolinecolor: colour("off") } }), settings);
}

function method() {
  const key = `_${cur.toLowerCase()}`, full = v => number(v, 2);
  byId("method-lead").textContent = "A buyer gains what its accepted order was worth to it, less what it pays; a seller what it is paid, less what it asked for. A line earns the difference of the prices at its ends, half for the state at either end. Every payment is somebody's income, so these gains sum to the welfare of the auctions:";
  const rows = D.states.flatMap(s => parties.map(([p, word]) => [`${safe(s.state)}, ${word}`, ...["before", "after"].map(w => full(s[`${p}_${w}`])), signed(s[`${p}_change`])]));
  const rest = (name, v) => [name, full(v[`before${key}`]), full(v[`after${key}`]), signed(v[`change${key}`])];
  if (["before", "after"].some(w => D.sums.outside[`${w}${key}`] !== 0)) rows.push(rest("neighbours outside", D.sums.outside));
  rows.push(rest("rounding of volumes and gains", D.sums.rounding));
  const total = rest("welfare of the auctions", D.sums.welfare).map((v, i) => `<td${i ? ' class="number"' : ""}>${v}</td>`).join("");
  byId("sum-table").innerHTML = table([["gains"], ["before", cur], ["after", cur], ["change", cur]], rows, [1, 2, 3], `<tr class="sum">${total}</tr>`);
  byId("method-notes").innerHTML = ["Before: the market without the new member, and the new member alone. After: one joined market with the lines that join them.",
    "Orders stay as they are: nobody bids differently, builds or closes a plant. What lines cost is not counted.",
    "Gains of buyers are large as a whole because most demand buys at any price; only their change says something.",
    "A year is the same change for 365 such days, not a forecast."].map(t => `<li>${t}</li>`).join("");
}

function foot() {
  byId("foot").innerHTML = `<p>Made by Walras. Rules: ${safe(D.head.profile)}. This page holds all that it shows and asks nothing of the network. Beside it lie the tables, and every market and result,
    so that anybody can check them again: <code>walras audit days/DAY/joined/market days/DAY/joined/result</code>.</p>`;
}

function draw() { head(); gains(); prices(); exchanges(); network(); days(); method(); foot(); }

draw();
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
let waiting;
window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(draw, 150); });
