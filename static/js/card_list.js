// The cards of a study's pairs: shows a card anew when it has changed, and how far its piece is meanwhile.

import PieceFollower from "./piece_follower.js"

export default class CardList {
  #followers = new Map()

  // onEnd: called when a piece is ready or has failed
  constructor(root, socketPath, onEnd) {
    this.root = root
    this.socketPath = socketPath
    this.onEnd = onEnd
  }

  // cards: as in stimuli.json
  async update(cards) {
    for (const card of cards) this.#follow(card)
    await Promise.all(cards.map((card) => this.#renew(card)))
  }

  #find(card) {
    return this.root.querySelector(`[data-card="${card.id}"]`)
  }

  async #renew(card) {
    const old = this.#find(card)
    if (!old || old.dataset.mark === card.mark || isInUse(old)) return
    const answer = await fetch(card.url)
    if (!answer.ok || answer.redirected) return // the next look tries again
    const template = document.createElement("template")
    template.innerHTML = await answer.text()
    if (old.isConnected && !isInUse(old)) old.replaceWith(template.content.querySelector("[data-card]"))
  }

  #follow(card) {
    if (!["composing", "rendering"].includes(card.state) || this.#followers.has(card.piece)) return
    const follower = new PieceFollower(card.piece, this.socketPath)
    this.#followers.set(card.piece, follower)
    follower.addEventListener("progress", ({ detail }) => this.#show(card, detail.part))
    for (const end of ["ready", "failed"]) follower.addEventListener(end, () => this.onEnd())
    follower.start()
  }

  #show(card, part) {
    const bar = this.#find(card)?.querySelector("progress")
    if (bar && part > 0) bar.value = part
  }
}

// Never under somebody's fingers, nor while its clip is heard.
function isInUse(card) {
  const audio = card.querySelector("audio")
  return card.contains(document.activeElement) || (audio !== null && !audio.paused)
}
