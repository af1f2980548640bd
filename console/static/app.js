// What pages can't do by themselves: the theme that follows the system, copying,
// the menu on small screens, keys, and a few older browsers. Everything else
// works without it.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if (root.dataset.theme === "auto") root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  follow();
  dark.addEventListener("change", follow);

  const closest = (e, selector) => (e.target instanceof Element ? e.target.closest(selector) : null);

  const copy = async (button) => {
    const from = document.querySelector(button.dataset.copy);
    if (!from) return;
    const text = "value" in from ? from.value : from.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(from);
      document.execCommand("copy");
    }
    const label = button.querySelector("span");
    const before = label.textContent;
    label.textContent = button.dataset.done;
    button.classList.add("copied");
    setTimeout(() => {
      label.textContent = before;
      button.classList.remove("copied");
    }, 2000);
  };

  document.addEventListener("click", (e) => {
    const copier = closest(e, "[data-copy]");
    if (copier) copy(copier);

    if (closest(e, "[data-print]")) print();

    const toggle = closest(e, "[data-toggle]");
    if (toggle) {
      const open = toggle.getAttribute("aria-expanded") !== "true";
      toggle.setAttribute("aria-expanded", String(open));
      document.querySelector(toggle.dataset.toggle).classList.toggle("open", open);
    }

    // Invoker commands, where the browser has none of its own.
    const invoker = closest(e, "button[commandfor]");
    if (invoker && !("commandForElement" in HTMLButtonElement.prototype)) {
      const dialog = document.getElementById(invoker.getAttribute("commandfor"));
      if (invoker.getAttribute("command") === "show-modal") dialog.showModal();
      else dialog.close();
    }

    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(e.target)) menu.open = false;
    }
  });

  // "All of them" above a list of check boxes.
  const count = (form) => {
    const boxes = [...form.querySelectorAll("input[data-one]")];
    const on = boxes.filter((b) => b.checked).length;
    const all = form.querySelector("input[data-all]");
    if (all) {
      all.checked = on > 0 && on === boxes.length;
      all.indeterminate = on > 0 && on < boxes.length;
    }
    for (const n of form.querySelectorAll("[data-chosen]")) n.textContent = on;
    for (const b of form.querySelectorAll("[data-needs-chosen]")) b.disabled = on === 0;
  };
  const countAll = () => document.querySelectorAll("form[data-choose]").forEach(count);
  document.addEventListener("change", (e) => {
    const form = closest(e, "form[data-choose]");
    if (form) {
      if (e.target.matches("[data-all]")) {
        form.querySelectorAll("input[data-one]").forEach((b) => (b.checked = e.target.checked));
      }
      count(form);
    }
    const sender = closest(e, "[data-submit]");
    if (sender && sender.form) sender.form.requestSubmit();
  });

  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      for (const menu of document.querySelectorAll("details.menu[open]")) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, textarea, select, dialog")) return;
    const by = document.querySelector(`[data-key="${CSS.escape(e.key)}"]`);
    if (!by) return;
    e.preventDefault();
    if (by.matches("input")) by.focus();
    else by.click();
  });

  // Lists that are put in order by dragging: where a line is dropped is posted, and
  // the server shows the list anew. Its buttons do the same for those who don't drag.
  let dragged = null;
  document.addEventListener("pointerdown", (e) => {
    const grip = closest(e, ".grip");
    if (grip) grip.closest("[data-at]").draggable = true;
  });
  document.addEventListener("dragstart", (e) => {
    dragged = closest(e, "[data-sortable] > [data-at]");
    if (!dragged) return;
    e.dataTransfer.effectAllowed = "move";
    e.dataTransfer.setData("text/plain", dragged.dataset.at);
    dragged.classList.add("dragged");
  });
  const over = (e) => {
    const line = dragged && closest(e, "[data-sortable] > [data-at]");
    return line && line !== dragged && line.parentNode === dragged.parentNode ? line : null;
  };
  document.addEventListener("dragover", (e) => {
    const line = over(e);
    for (const l of document.querySelectorAll(".drop")) l.classList.toggle("drop", l === line);
    if (!line) return;
    e.preventDefault();
    line.classList.add("drop");
  });
  document.addEventListener("drop", (e) => {
    const line = over(e);
    const mover = line && line.closest("form").querySelector("[data-move]");
    if (!mover) return;
    e.preventDefault();
    mover.value = `move:${dragged.dataset.at}:${line.dataset.at}`;
    mover.click();
  });
  document.addEventListener("dragend", () => {
    if (dragged) {
      dragged.draggable = false;
      dragged.classList.remove("dragged");
    }
    for (const l of document.querySelectorAll(".drop")) l.classList.remove("drop");
    dragged = null;
  });

  // Where to show parts of a form that depend on a choice in it.
  const reveal = () => {
    for (const part of document.querySelectorAll("[data-when]")) {
      const [name, values] = part.dataset.when.split("=");
      const form = part.closest("form");
      const control = form && form.elements[name];
      if (control) part.hidden = !values.split("|").includes(control.value);
    }
  };
  document.addEventListener("change", reveal);
  const fresh = () => {
    // What can be scrolled can be scrolled by keys.
    for (const box of document.querySelectorAll(".scroll")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    }
    reveal();
    countAll();
  };
  // A time that is typed is the choice to use it.
  document.addEventListener("input", (e) => {
    if (!e.target.matches("[data-picks]") || !e.target.value) return;
    for (const radio of e.target.form.elements.lasts) radio.checked = radio.value === e.target.dataset.picks;
  });

  // A click in the picture of a day asks about that minute.
  document.addEventListener("click", (e) => {
    const drawing = closest(e, "svg.day");
    const ask = drawing && drawing.closest("[data-ask]");
    if (!ask) return;
    const box = drawing.getBoundingClientRect();
    const from = Number(drawing.dataset.from);
    const to = Number(drawing.dataset.to);
    const minute = Math.min(1439, Math.round(from + ((e.clientX - box.left) / box.width) * (to - from)));
    const two = (n) => String(n).padStart(2, "0");
    location.href = ask.dataset.ask + "&at=" + two(Math.floor(minute / 60)) + ":" + two(minute % 60) + "#why";
  });

  // A region that changes by itself does not change under someone's hands: while a
  // dialog in it is open, or a field has the focus, what comes is left out, and the
  // page is loaded again when the dialog is closed without an answer.
  document.addEventListener("htmx:sse:before:message", (e) => {
    if (!e.target.querySelector("dialog[open], input:focus")) return;
    e.detail.cancelled = true;
    e.target.dataset.stale = "true";
  });
  document.addEventListener("close", (e) => {
    if (e.target.closest("[data-stale]") && e.target.returnValue === "") location.reload();
  }, true);

  document.addEventListener("DOMContentLoaded", fresh);
  document.addEventListener("htmx:after:swap", fresh);
})();
