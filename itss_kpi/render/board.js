(function () {
  "use strict";
  var form = document.getElementById("filter"), found = document.getElementById("found");
  var details = Array.prototype.slice.call(document.querySelectorAll("details"));
  var lines = {};
  document.querySelectorAll("tr[data-id]").forEach(function (row) { lines[row.dataset.id] = row; });
  function has(listed, wanted) { return !wanted || listed.split("|").indexOf(wanted) >= 0; }
  function filter() {
    var text = form.text.value.trim().toLowerCase(), shown = 0;
    details.forEach(function (one) {
      var data = one.dataset;
      var fits = has(data.domain, form.domain.value) && has(data.departments, form.department.value) &&
        has(data.verdicts, form.verdict.value) && (!text || one.textContent.toLowerCase().indexOf(text) >= 0);
      one.hidden = !fits;
      if (lines[data.id]) { lines[data.id].hidden = !fits; }
      if (fits) { shown += 1; }
    });
    found.textContent = shown < details.length ? shown + " / " + details.length + " 项" : "";
  }
  function open() {
    var one = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (one && one.tagName === "DETAILS") { one.hidden = false; one.open = true; one.scrollIntoView(); one.querySelector("summary").focus(); }
  }
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", open);
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && event.target.tagName !== "INPUT") { event.preventDefault(); form.text.focus(); }
    if (event.key === "Escape" && event.target === form.text) { form.text.value = ""; filter(); }
  });
  open();
}());
