// The board by keys: from the search field Enter takes the first row, a digit its
// activity, Enter sets it. Everything here can be done with plain links and
// buttons, too.
"use strict";
(() => {
  const $ = (selector) => document.querySelector(selector);
  const field = () => $("#board-search");
  const dialog = () => $("#board-set");
  const setters = () => [...document.querySelectorAll("#board [data-set]")];

  // Rows are of what was searched when they were drawn. Keys that come before those
  // that belong to the text in the field wait for them: they must not set somebody else.
  let waiting = null;
  const settled = () => $("#board") && $("#board").dataset.query.trim() === field().value.trim();

  const open = (setter) => {
    const row = setter.closest("[data-person]");
    const box = dialog();
    const form = box.querySelector("form");
    form.reset();
    form.elements.person.value = row.dataset.person;
    form.elements.next.value = location.pathname + location.search;
    const title = box.querySelector("[data-title]");
    title.textContent = title.dataset.title.replace("…", row.dataset.name);
    const day = box.querySelector("[data-day]");
    day.href = day.dataset.day + row.dataset.person + "/day";
    box.showModal();
    form.querySelector("input[name=activity]").focus();
  };

  const openFirst = () => {
    const first = setters()[0];
    if (!first) return false;
    open(first);
    return true;
  };

  const digit = (key) => {
    const box = dialog();
    const by = box.querySelector(`[data-digit="${CSS.escape(key)}"]`);
    if (!by) return false;
    if (by.matches("input")) by.focus();
    by.click();
    return true;
  };

  const play = () => {
    if (!waiting || !settled()) return;
    const keys = waiting;
    waiting = null;
    if (!openFirst()) return;
    for (const key of keys) {
      if (key !== "Enter") digit(key);
      else dialog().querySelector("form").requestSubmit();
    }
  };

  const inSearch = (e) => {
    if (waiting && (/^[0-9]$/.test(e.key) || e.key === "Enter")) {
      waiting.push(e.key);
      e.preventDefault();
      return;
    }
    if (e.key === "Enter") {
      e.preventDefault();
      waiting = [];
      play();
    } else if (e.key === "ArrowDown" && setters().length > 0) {
      e.preventDefault();
      setters()[0].focus();
    } else if (e.key === "Escape" || e.key.length === 1) {
      waiting = null;
    }
  };

  const inRows = (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step) return;
    e.preventDefault();
    const all = setters();
    const next = all[all.indexOf(e.target) + step];
    if (next) next.focus();
    else if (step < 0) field().focus();
  };

  const inDialog = (e) => {
    if (e.target.matches("input:not([type=radio])") || !/^[0-9]$/.test(e.key)) return;
    if (digit(e.key)) e.preventDefault();
  };

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.target === field()) inSearch(e);
    else if (e.target.matches("[data-set]")) inRows(e);
    else if (e.target.closest("#board-set")) inDialog(e);
  });

  document.addEventListener("click", (e) => {
    const setter = e.target.closest("[data-set]");
    if (!setter || e.ctrlKey || e.metaKey || e.shiftKey || !dialog()) return;
    e.preventDefault();
    open(setter);
  });

  document.addEventListener("htmx:after:swap", play);
})();
