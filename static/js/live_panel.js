// The live mode on the page: its button, what passes while it sounds, and the piece that is left of it.
// Fires "start" and "stop".

import LiveRoll from "./live_roll.js"
import { LIVE, followed, played } from "./live_words.js"
import { clock } from "./words.js"

export default class LivePanel extends EventTarget {
  constructor(root) {
    super()
    this.root = root
    this.start = root.querySelector("#live-start")
    this.stop = root.querySelector("#live-stop")
    this.hint = root.querySelector("[data-live-hint]")
    this.idle = root.querySelector("[data-live-idle]")
    this.sounding = root.querySelector("[data-live-sounding]")
    this.status = root.querySelector("[data-live-status]")
    this.piece = root.querySelector("[data-live-piece]")
    this.roll = new LiveRoll(root.querySelector("#live-roll"))
    this.start.addEventListener("click", () => this.dispatchEvent(new Event("start")))
    this.stop.addEventListener("click", () => this.dispatchEvent(new Event("stop")))
  }

  // Whether there is a face that could be followed.
  set ready(isReady) {
    if (this.start.disabled === !isReady) return
    this.start.disabled = !isReady
    this.hint.textContent = isReady ? LIVE.ready : LIVE.needsFace
  }

  begin() {
    this.idle.hidden = true
    this.sounding.hidden = false
    this.piece.hidden = true
    this.stop.disabled = false
    this.roll.clear()
    this.#write("[data-live-clock]", clock(0))
    this.#write("[data-live-played]", "")
    this.say(LIVE.beginning)
    this.stop.focus({ preventScroll: true })
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text
  }

  // reading: as in the server's message
  follow(reading) {
    this.root.dataset.mood = reading.expression ?? "neutral"
    this.#write("[data-live-followed]", followed(reading.expression))
  }

  // The sound is here now, in a phrase of this emotion.
  at(seconds, emotion) {
    this.#write("[data-live-clock]", clock(seconds))
    if (emotion) this.#write("[data-live-played]", played(emotion))
    this.roll.at(seconds)
  }

  ending() {
    this.stop.disabled = true
  }

  // url: of the piece's own page, or null
  end(url, sentence) {
    const hadFocus = this.sounding.contains(document.activeElement) || document.activeElement === document.body
    this.idle.hidden = false
    this.sounding.hidden = true
    this.piece.hidden = url === null
    if (url) this.piece.querySelector("a").href = url
    if (hadFocus) (url ? this.piece.querySelector("a") : this.start).focus({ preventScroll: true })
    this.say(sentence)
  }

  #write(selector, text) {
    const place = this.root.querySelector(selector)
    if (place.textContent !== text) place.textContent = text
  }
}
