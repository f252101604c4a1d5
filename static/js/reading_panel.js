// Shows a reading: the word, what to know about it, the seven bars.

import Announcer from "./announcer.js"
import ExpressionBars from "./expression_bars.js"
import ReadingAdvice from "./reading_advice.js"
import { ADVICE, EXPRESSIONS, NO_FACE, READING } from "./words.js"

export default class ReadingPanel {
  #advice = null // of the camera that is on
  isFollowed = false // whether music plays that follows the reading

  constructor(root) {
    this.root = root
    this.word = root.querySelector("#expression")
    this.hint = root.querySelector("[data-hint]")
    this.bars = new ExpressionBars(root)
    this.spoken = { word: new Announcer(root.querySelector("[data-announce]")) }
    this.spoken.hint = new Announcer(root.querySelector("[data-announce-hint]"))
  }

  off() {
    this.#blank(READING.off)
  }

  starting() {
    this.#advice = new ReadingAdvice()
    this.#blank(READING.starting)
  }

  // The last reading stays, marked as old.
  lost() {
    this.root.toggleAttribute("data-stale", true)
    this.hint.textContent = READING.lost
  }

  // reading: a "reading" message of the server → whether a face is shown
  show(reading) {
    const { hasFace, condition } = this.#advice.of(reading)
    this.root.removeAttribute("data-stale")
    if (reading.expression === null) {
      if (!hasFace) this.#blank(NO_FACE[condition] ?? NO_FACE.other, condition)
      return hasFace // for a moment without a face the last reading stands
    }
    const [word, hint] =
      reading.expression === "unsure" ? READING.unsure : [EXPRESSIONS[reading.expression], this.#whatNext]
    this.#say(word, ADVICE[condition] ?? hint, condition in ADVICE ? condition : "")
    this.#colour(reading.expression)
    this.bars.show(reading.probabilities)
    return true
  }

  get #whatNext() {
    return this.isFollowed ? READING.followed : READING.clear
  }

  #blank([word, hint], condition = "") {
    this.root.removeAttribute("data-stale")
    this.#say(word, hint, condition)
    this.#colour(null)
    this.bars.clear()
  }

  // Each is spoken when it changes: the same advice is not heard again with every word.
  #say(word, hint, condition) {
    this.word.textContent = word
    this.hint.textContent = hint
    this.hint.dataset.condition = condition
    this.spoken.word.say(word)
    this.spoken.hint.say(hint === this.#whatNext ? "" : hint)
  }

  #colour(label) {
    this.root.dataset.mood = label ?? ""
    if (label) this.word.dataset.label = label
    else delete this.word.dataset.label
  }
}
