"use strict";
(() => {
  document.documentElement.classList.add("js");
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

  // Blocks: a click draws what lies in the block's range, over the whole width.
  for (const band of all(".band")) {
    const blocks = all(".block", band);
    const told = band.querySelector(".told");
    const whole = band.querySelector(".whole");
    const [first, behind] = [Number(band.dataset.start), Number(band.dataset.end)];
    const places = blocks.map((block) => [Number(block.dataset.offset), Number(block.dataset.size)]);
    const show = (start, end) => {
      const span = Math.max(end - start, 1);
      blocks.forEach((block, index) => {
        const [offset, size] = places[index];
        const from = Math.max(offset, start);
        const to = Math.min(offset + size, end);
        block.hidden = to <= from;
        block.style.left = `${((from - start) / span) * 100}%`;
        block.style.width = `${(Math.max(to - from, 0) / span) * 100}%`;
      });
      whole.hidden = start === first && end === behind;
    };
    const tell = (block) => {
      told.textContent = block.title || block.dataset.title;
    };
    blocks.forEach((block, index) => {
      block.tabIndex = index ? -1 : 0;
      block.addEventListener("mouseenter", () => tell(block));
      block.addEventListener("focus", () => tell(block));
      block.addEventListener("click", () => show(places[index][0], places[index][0] + places[index][1]));
      block.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step && blocks[index + step]) blocks[index + step].focus();
        if (event.key === "Enter") block.click();
        if (event.key === "Escape") whole.click();
        if (step || event.key === "Enter") event.preventDefault();
      });
    });
    whole.addEventListener("click", () => show(first, behind));
  }

  // The tree of boxes.
  const fold = (open) => () => all(".tree details").forEach((one) => (one.open = open));
  document.querySelector("#unfold")?.addEventListener("click", fold(true));
  document.querySelector("#fold")?.addEventListener("click", fold(false));

  // Tables: a click on a title sorts, once more the other way round; the filter hides rows.
  for (const part of all(".tensors")) {
    const body = part.querySelector("tbody");
    const rows = all("tr", body);
    const titles = all("th", part);
    const count = part.querySelector(".count");
    const said = count.textContent;
    titles.forEach((title, column) => {
      title.addEventListener("click", () => {
        const numeric = title.classList.contains("number");
        const now = title.getAttribute("aria-sort");
        const down = now === "none" ? numeric : now === "ascending";
        const order = new Intl.Collator("en", { numeric: true }).compare;
        const value = (row) => {
          const cell = row.cells[column];
          return numeric ? Number(cell.dataset.value) : cell.textContent;
        };
        const sorted = rows.map((row) => [value(row), row]);
        sorted.sort(([a], [b]) => (numeric ? a - b : order(a, b)) * (down ? -1 : 1));
        for (const other of titles) other.setAttribute("aria-sort", "none");
        title.setAttribute("aria-sort", down ? "descending" : "ascending");
        body.append(...sorted.map(([, row]) => row));
      });
    });
    part.querySelector(".filter").addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }
      count.textContent = words.length ? `${shown} of ${rows.length} shown` : said;
    });
  }
})();
