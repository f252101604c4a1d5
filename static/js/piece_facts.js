// Fills in what is known about a piece once it has been composed.

import { keyName } from "./words.js"

export default class PieceFacts {
  constructor(root) {
    this.root = root
  }

  // piece: as in the server's "ready" message
  show(piece) {
    const facts = {
      key: keyName(piece),
      length: `${Math.round(piece.seconds)} seconds`,
      notes: String(piece.n_notes),
      heard: piece.missed ? `${piece.heard_as}: the target was missed` : piece.heard_as,
      seed: String(piece.seed),
      model: piece.model,
    }
    for (const [name, text] of Object.entries(facts)) this.#fill(name, text)
  }

  #fill(name, text) {
    const row = this.root.querySelector(`[data-fact="${name}"]`)
    if (!row || !text) return
    row.hidden = false
    row.querySelector("dd").textContent = text
  }
}
