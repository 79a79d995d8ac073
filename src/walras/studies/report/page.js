// What pages share: their data, words for numbers, colours, the look of plots and tables. Nothing is fetched.

const D = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const safe = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);
const number = (v, decimals = 0) => v === null || v === undefined ? "\u2013"
  : v.toLocaleString("en-GB", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace("-", "\u2212");
const plural = (n, word) => `${number(n)} ${word}${n === 1 ? "" : "s"}`;
const zoneColour = i => colour(`z${i % 8}`);

function layout(more) {
  const narrow = window.innerWidth < 620;
  const axis = { gridcolor: colour("grid"), linecolor: colour("line"), zerolinecolor: colour("line"), automargin: true };
  const base = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest",
    font: { family: "system-ui, sans-serif", size: 12, color: colour("soft") },
    margin: { l: narrow ? 44 : 58, r: 10, t: 8, b: 40 },
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: { color: colour("ink") } },
    hoverlabel: { bgcolor: colour("card"), bordercolor: colour("line"), font: { color: colour("ink") } },
  };
  const out = { ...base, ...more };
  out.xaxis = { ...axis, ...more.xaxis };
  out.yaxis = { ...axis, ...more.yaxis };
  return out;
}
const settings = { responsive: true, displayModeBar: false };

function table(heads, rows, numbers, last = "") {
  const kind = i => numbers.includes(i) ? ' class="number"' : "";
  const top = heads.map(([word, small], i) => `<th${numbers.includes(i) ? ' class="number"' : ""}>${word}${small ? `<small>${small}</small>` : ""}</th>`).join("");
  return `<table><thead><tr>${top}</tr></thead><tbody>${rows.map(r => `<tr>${r.map((v, i) => `<td${kind(i)}>${v}</td>`).join("")}</tr>`).join("")}${last}</tbody></table>`;
}
