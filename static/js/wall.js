// The wall: its pieces are played where they hang, one at a time.

import MessageLine from "./message_line.js"
import WallCard from "./wall_card.js"

const message = new MessageLine(document.querySelector("#message"))
const cards = [...document.querySelectorAll("[data-card]")].map((root) => new WallCard(root))

for (const card of cards) {
  card.addEventListener("trouble", ({ detail }) => message.error(detail))
  card.addEventListener("play", () => {
    message.clear()
    for (const other of cards) if (other !== card) other.pause()
  })
}
