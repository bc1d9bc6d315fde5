// A letter in the inbox: subject, sender and text as text, whatever the letter holds.

import { copyOf, momentOf, timeOf } from "./dom.js";

/** Builds the element of a letter; `on.select()` and `on.unsubscribe(letter)` are called when the person does so. */
export function drawLetter(letter, on) {
  const node = copyOf("letter-template");
  const part = (name) => node.querySelector(`[data-${name}]`);
  node.dataset.id = letter.id;
  node.dataset.stage = "delivered";
  part("subject").textContent = letter.subject || "(no subject)";
  part("from").textContent = letter.from;
  part("body").textContent = letter.body;
  part("time").textContent = timeOf(letter.at);
  part("time").dateTime = letter.at ?? "";
  part("select").setAttribute("aria-label", `${timeOf(letter.at)} In the mailbox. Why was this sent this way?`);
  part("select").title = `Mail · ${momentOf(letter.at)}`;
  part("select").addEventListener("click", (event) => {
    event.stopPropagation();
    on.select();
  });
  node.querySelector(".bubble").addEventListener("click", () => {
    if (!String(getSelection())) on.select();
  });
  part("unsubscribe").hidden = !letter.unsubscribe;
  part("unsubscribe").addEventListener("click", (event) => {
    event.stopPropagation();
    on.unsubscribe(letter);
  });
  return node;
}
