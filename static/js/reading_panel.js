// Shows a reading: the word, what to know about it, the seven bars.

import Announcer from "./announcer.js"
import ExpressionBars from "./expression_bars.js"
import { READING } from "./words.js"

export default class ReadingPanel {
  constructor(root) {
    this.root = root
    this.word = root.querySelector("#expression")
    this.hint = root.querySelector("[data-hint]")
    this.bars = new ExpressionBars(root)
    this.announcer = new Announcer(root.querySelector("[data-announce]"))
  }

  off() {
    this.#blank(READING.off)
  }

  starting() {
    this.#blank(READING.starting)
  }

  // The last reading stays, marked as old.
  lost() {
    this.root.toggleAttribute("data-stale", true)
    this.hint.textContent = READING.lost
  }

  // reading: a "reading" message of the server
  show(reading) {
    if (reading.expression === null) return this.#blank(READING.noFace)
    const [word, hint] = reading.expression === "unsure" ? READING.unsure : [reading.expression, READING.clear]
    this.#say(word, reading.faces.length > 1 ? READING.several : hint)
    this.#colour(reading.expression)
    this.bars.show(reading.probabilities)
  }

  #blank([word, hint]) {
    this.#say(word, hint)
    this.#colour(null)
    this.bars.clear()
  }

  #say(word, hint) {
    this.root.removeAttribute("data-stale")
    this.word.textContent = word
    this.hint.textContent = hint
    this.announcer.say(hint === READING.clear ? word : `${word}. ${hint}`)
  }

  #colour(label) {
    this.root.dataset.mood = label ?? ""
    if (label) this.word.dataset.label = label
    else delete this.word.dataset.label
  }
}
