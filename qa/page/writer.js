// Who writes the answers: a choice of this window, sent along with each question.

const READER = "reader";
const choice = $("form.choice");
state.model = kept(sessionStorage, "footnote-model") || null; // null: as the program was started

/** Show who writes; `configured` is the chat model that the program was started with, or null. */
function showWriter(configured = state.configured) {
  state.configured = configured;
  const name = state.model ?? configured ?? READER;
  const none = name === READER;
  $(".by").firstChild.data = none ? "Answers are " : "Answers are written by ";
  $('[data-do="writer"]').textContent = none ? "the document’s own sentences" : name;
  $(".how").textContent = none
    ? "You get its own words, or are told that it does not answer."
    : `${name} writes; a sentence is shown only with the words that it was checked against.`;
}

function openWriter() {
  const { model, configured } = state;
  choice.querySelector(".configured").hidden = !configured;
  choice.querySelector(".configured .name").textContent = configured;
  const own = model === null || model === configured;
  choice.elements.writer.value = model === READER || (own && !configured) ? READER : own ? "configured" : "other";
  choice.elements.model.value = choice.elements.writer.value === "other" ? model : "";
  $("dialog.writer").showModal();
}

function chooseWriter() {
  const { writer, model } = choice.elements;
  const name = model.value.trim();
  if (writer.value === "other" && !name) return model.focus();
  state.model = { reader: READER, configured: null, other: name }[writer.value];
  keep(sessionStorage, "footnote-model", state.model ?? "");
  showWriter();
  $("dialog.writer").close();
  say(`${$(".by").textContent}.`);
}

choice.addEventListener("submit", (event) => {
  event.preventDefault();
  chooseWriter();
});
choice.elements.model.addEventListener("input", () => (choice.elements.writer.value = "other"));
