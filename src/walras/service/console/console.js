// What the console does in the browser by itself: clocks and countdowns run without a request, and
// what is typed into fields with `data-draft` outlives a lost connection or a page that is loaded anew.
// What is kept bears the user who typed it: whoever signs in at the same tab later is not shown it.
(() => {
  const loaded = performance.now();
  const pad = (n) => String(n).padStart(2, "0");
  const left = (s) => {
    s = Math.max(0, Math.floor(s));
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h ? `${h}:${pad(m)}:${pad(s % 60)}` : `${m}:${pad(s % 60)}`;
  };
  const clock = (at, zone) => {
    const local = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone });
    const utc = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
    return [local.format(at), `(${utc.format(at)} UTC)`];
  };
  const tick = () => {
    const root = document.querySelector("[data-now]");
    if (!root) return;
    const now = Number(root.dataset.now) + performance.now() - loaded;
    const [local, utc] = clock(new Date(now), root.dataset.zone);
    if (!root.dataset.made) {
      root.dataset.made = "1";
      root.innerHTML = '<span class="local"></span> <span class="utc"></span>';
    }
    if (!root.querySelector(".local")) { delete root.dataset.made; return; }
    root.querySelector(".local").textContent = local;
    root.querySelector(".utc").textContent = utc;
    for (const one of document.querySelectorAll("[data-until]")) {
      const seconds = (Number(one.dataset.until) - now) / 1000;
      one.textContent = seconds > 0 ? left(seconds) : one.dataset.over;
      one.classList.toggle("near", seconds > 0 && seconds < 120);
      if (seconds <= 0 && !one.dataset.said) {
        one.dataset.said = "1";
        one.dispatchEvent(new CustomEvent("over", { bubbles: true }));
      }
    }
  };
  setInterval(tick, 500);

  const user = () => document.documentElement.dataset.user || "";
  const named = (key) => `draft ${user()} ${location.pathname} ${key}`;
  const forgetOthers = () => {
    for (const key of user() ? Object.keys(sessionStorage) : [])
      if (key.startsWith("draft ") && !key.startsWith(`draft ${user()} `)) sessionStorage.removeItem(key);
  };
  document.addEventListener("DOMContentLoaded", forgetOthers);
  const name = (field) => named(field.dataset.draft);
  const inner = (field) => (field.matches("input,textarea") ? field : field.querySelector("input,textarea"));
  document.addEventListener("input", (event) => {
    const field = event.target.closest && event.target.closest("[data-draft]");
    if (field && event.target.type !== "password") sessionStorage.setItem(name(field), event.target.value);
  });
  const restore = () => {
    for (const field of document.querySelectorAll("[data-draft]:not([data-restored])")) {
      field.dataset.restored = "1";
      const box = inner(field), kept = sessionStorage.getItem(name(field));
      if (box && kept !== null && kept !== box.value && box.value === (field.dataset.start || "")) {
        box.value = kept;
        box.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
  };
  setInterval(restore, 700);
  // A table that scrolls sideways is reached by the keyboard.
  const reach = () => {
    for (const box of document.querySelectorAll(".q-table__middle.scroll"))
      if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
  };
  setInterval(reach, 250);
  window.addEventListener("resize", reach);
  // The box that takes a file: what is focused and read out is its input, not a button around it.
  setInterval(() => {
    for (const input of document.querySelectorAll(".q-uploader__input:not([aria-label])")) {
      const title = input.closest(".q-uploader").querySelector(".q-uploader__title");
      input.setAttribute("aria-label", title ? title.textContent : "");
      input.tabIndex = 0;
      const button = input.closest("a");
      if (button) for (const name of ["role", "tabindex"]) button.removeAttribute(name);
    }
  }, 400);
  // Sheets of orders: each change is kept once `keptSheets` has said what was kept before.
  const watched = new Set(), later = {}, changed = {};
  const rowsOf = (api) => {
    const columns = api.getColumnDefs().map((c) => c.field).filter(Boolean), rows = [];
    let last = 0;
    api.forEachNode((node) => {
      const row = columns.map((c) => node.data[c] ?? "");
      rows.push(row);
      if (row.some((v) => v !== "")) last = rows.length;
    });
    return { columns, rows: rows.slice(0, last) };
  };
  const keepNow = (name, api) => {
    clearTimeout(later[name]);
    if (api.isDestroyed()) return;
    const sheet = rowsOf(api);
    if (!sheet.rows.length) return window.walras.forget(`sheet ${name}`);
    try { window.walras.keep(`sheet ${name}`, JSON.stringify(sheet)); } catch (full) { console.warn("too much to be kept", full); }
  };
  const keepSheet = (name, api) => {
    if (!watched.has(name)) return;
    changed[name] = api;
    clearTimeout(later[name]);
    later[name] = setTimeout(() => keepNow(name, api), 200);
  };
  window.addEventListener("pagehide", () => {
    for (const [name, api] of Object.entries(changed)) {
      if (!api.isDestroyed()) api.stopEditing();
      keepNow(name, api);
    }
  });
  const keptSheets = (...names) => {
    const found = {};
    for (const name of names) {
      watched.add(name);
      const kept = window.walras.kept(`sheet ${name}`);
      if (kept) found[name] = JSON.parse(kept);
    }
    return found;
  };
  const nameSheet = (name, label) => setTimeout(() => {
    for (const role of ["grid", "treegrid"])
      document.querySelector(`[data-sheet="${name}"] [role=${role}]`)?.setAttribute("aria-label", label);
  });
  // NiceGUI says that the connection is lost; a screen reader speaks it, and it says what becomes of what is typed.
  const whenLost = (text) => {
    const popup = document.getElementById("popup");
    if (!popup || popup.querySelector(".kept")) return;
    popup.setAttribute("role", "alert");
    popup.append(Object.assign(document.createElement("span"), { className: "kept", textContent: text }));
  };
  window.walras = {
    whenLost, keepSheet, keptSheets, nameSheet,
    keep: (key, text) => sessionStorage.setItem(named(key), text),
    kept: (key) => sessionStorage.getItem(named(key)),
    // What was kept under these keys, all fields of a form for `form/`, or everything of this page.
    forget: (...keys) => {
      for (const name of Object.keys(changed))
        if (!keys.length || keys.includes(`sheet ${name}`)) { clearTimeout(later[name]); delete changed[name]; }
      for (const key of Object.keys(sessionStorage)) {
        if (!key.startsWith(named(""))) continue;
        const own = key.slice(named("").length);
        const isMeant = (k) => own === k || (k.endsWith("/") && own.startsWith(k));
        if (!keys.length || keys.some(isMeant)) sessionStorage.removeItem(key);
      }
    },
  };
  // Notices: what this browser has not shown yet is marked as new, and counts as shown from then on.
  setInterval(() => {
    for (const list of document.querySelectorAll("[data-notices]:not([data-looked])")) {
      const key = `walras notices ${list.dataset.notices}`, seen = Number(localStorage.getItem(key) || 0);
      const shown = [...list.querySelectorAll("[data-notice]")];
      if (!shown.length) continue;
      list.dataset.looked = "1";
      for (const one of shown) one.classList.toggle("unread", Number(one.dataset.notice) > seen);
      localStorage.setItem(key, String(Math.max(seen, ...shown.map((one) => Number(one.dataset.notice)))));
    }
  }, 500);
})();
