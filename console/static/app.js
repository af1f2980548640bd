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
