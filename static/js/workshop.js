// A study's workshop: its cards and what is missing renew themselves while pictures are read and pieces composed.

import CardList from "./card_list.js"
import CopyButton from "./copy_button.js"
import MessageLine from "./message_line.js"
import Poller from "./poller.js"
import ReadinessPanel from "./readiness_panel.js"
import { SAID } from "./researcher_words.js"

const BUSY_MS = 1500 // while something is on its way
const IDLE_MS = 15_000 // another tab may change the draft
const ON_THE_WAY = ["reading", "queued", "composing", "rendering"]

const page = document.querySelector("#workshop")
const message = new MessageLine(document.querySelector("#message"))
CopyButton.all()

if ("draft" in page.dataset) {
  const poller = new Poller(page.dataset.stimuli, BUSY_MS)
  const cards = new CardList(page, page.dataset.pieceSocket, () => poller.look())
  const readiness = new ReadinessPanel(page)
  poller.addEventListener("news", ({ detail }) => {
    message.clear(SAID.lost)
    poller.everyMs = detail.cards.some((card) => ON_THE_WAY.includes(card.state)) ? BUSY_MS : IDLE_MS
    readiness.show(detail.readiness)
    cards.update(detail.cards)
  })
  poller.addEventListener("lost", () => message.error(SAID.lost))
  poller.start()

  page.querySelector("[data-upload]").addEventListener("submit", ({ target }) => {
    target.setAttribute("aria-busy", "true")
    message.show(SAID.uploading)
  })
}
