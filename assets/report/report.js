// Sorting and filtering of the rows; the document is whole without it.
(() => {
  const tables = [...document.querySelectorAll("table.rows")];
  if (tables.length === 0) return;
  const order = new Intl.Collator("en", { numeric: true });
  const bodies = tables.map((table) => table.tBodies[0]);
  const rows = bodies.map((body) => [...body.rows]);

  const sort = (at, column, way) => {
    const key = (row) => row.cells[column]?.dataset.key ?? row.cells[column]?.innerText ?? "";
    const sorted = way === 0 ? rows[at] : rows[at].map((row) => [key(row), row])
      .sort((a, b) => way * order.compare(a[0], b[0])).map((pair) => pair[1]);
    bodies[at].append(...sorted);
  };
  tables.forEach((table, at) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      // One way, the other, and back to the order of the paths; of risk the worst first.
      const first = head.dataset.first === "descending" ? -1 : 1;
      let way = 0;
      button.addEventListener("click", () => {
        way = way === 0 ? first : way === first ? -first : 0;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (way !== 0) head.setAttribute("aria-sort", way === 1 ? "ascending" : "descending");
        sort(at, column, way);
      });
    });
  });

  const all = rows.flat();
  const texts = new Map();
  const text = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const input = element("input", { type: "search", placeholder: "path or value" });
  const choice = element("select", {}, element("option", { value: "", textContent: "all" }));
  const states = [...new Set(all.map((row) => row.dataset.state))].sort();
  choice.append(...states.map((state) => element("option", { value: state, textContent: state })));
  const bands = ["critical", "high", "medium", "low", "info"];
  const risk = element("select", {}, element("option", { value: "", textContent: "all" }));
  const rated = bands.filter((band) => all.some((row) => row.dataset.band === band));
  risk.append(...rated.map((band) => element("option", { value: band, textContent: band === "critical" ? band : `${band} or worse` })));
  const count = element("output", {});
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const least = risk.value ? bands.indexOf(risk.value) : Infinity;
    const isRisky = (row) => !risk.value || (bands.includes(row.dataset.band) && bands.indexOf(row.dataset.band) <= least);
    let shown = 0;
    for (const row of all) {
      const fits = isRisky(row) && (!choice.value || row.dataset.state === choice.value) && words.every((word) => text(row).includes(word));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const table of tables) {
      table.closest("section").hidden = ![...table.tBodies[0].rows].some((row) => !row.hidden);
    }
    count.textContent = `${shown.toLocaleString("en")} of ${all.length.toLocaleString("en")} rows`;
  };
  let waiting;
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 150); });
  choice.addEventListener("change", filter);
  risk.addEventListener("change", filter);
  const tools = element("div", { className: "tools" },
    element("label", {}, "Find", input), element("label", {}, "Risk", risk), element("label", {}, "State", choice), count);
  document.querySelector(".appendix h2").after(tools);
  filter();
})();
