// Plays one piece: sound, piano roll, notes in words, links. Fires "trouble" (detail: a sentence)
// and "fine" (detail: the sentence that no longer holds).

import PianoRoll from "./piano_roll.js"
import Score from "./score.js"
import { STATUS, clock, pieceTitle } from "./words.js"

export default class Player extends EventTarget {
  #piece = null

  constructor(root) {
    super()
    this.root = root
    this.audio = root.querySelector("#player-audio")
    this.button = root.querySelector("[data-play]")
    this.roll = new PianoRoll(root.querySelector("#piano-roll"))
    this.audio.controls = false // the browser's own controls are for pages without script
    this.#wire()
  }

  // piece: as in the server's "ready" message
  async show(piece, { autoplay = false } = {}) {
    this.#piece = piece
    this.root.hidden = false
    this.#label(piece)
    this.#follow()
    if (this.audio.getAttribute("src") !== piece.audio_url) this.audio.src = piece.audio_url
    await Promise.all([autoplay ? this.play() : null, this.#showNotes(piece)])
  }

  async play() {
    try {
      await this.audio.play()
    } catch (error) {
      if (error.name === "NotAllowedError") this.#waitForPlay()
      else if (error.name !== "AbortError") this.#fire("trouble", STATUS.soundMissing)
    }
  }

  pause() {
    this.audio.pause()
  }

  #wire() {
    this.button.addEventListener("click", () => this.#toggle())
    this.roll.addEventListener("toggle", () => this.#toggle())
    this.roll.addEventListener("seek", ({ detail }) => this.#seek(detail))
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.#update())
    for (const name of ["seeked", "loadedmetadata"]) this.audio.addEventListener(name, () => this.#follow())
    this.audio.addEventListener("play", () => this.#followWhilePlaying())
    this.audio.addEventListener("error", () => this.#piece && this.#fire("trouble", STATUS.soundMissing))
    const volume = this.root.querySelector("[data-volume]")
    volume.addEventListener("input", () => (this.audio.volume = volume.value / 100))
  }

  #toggle() {
    if (this.audio.paused) this.play()
    else this.pause()
  }

  #seek(seconds) {
    this.audio.currentTime = seconds
    this.#follow()
  }

  #update() {
    const word = this.audio.paused ? "Play" : "Pause"
    this.button.dataset.play = word.toLowerCase()
    this.button.querySelector("span").textContent = word
    if (!this.audio.paused) this.#stopWaiting()
    this.#follow()
  }

  #followWhilePlaying() {
    this.#follow()
    if (!this.audio.paused) requestAnimationFrame(() => this.#followWhilePlaying())
  }

  #follow() {
    const total = this.audio.duration || this.#piece?.seconds || 0
    const text = `${clock(this.audio.currentTime)} / ${clock(total)}`
    const place = this.root.querySelector("[data-clock]")
    if (place.textContent !== text) place.textContent = text
    this.roll.at(this.audio.currentTime)
  }

  #waitForPlay() {
    this.button.toggleAttribute("data-waiting", true)
    this.#fire("trouble", STATUS.pressPlay)
  }

  #stopWaiting() {
    this.button.removeAttribute("data-waiting")
    this.#fire("fine", STATUS.pressPlay)
  }

  #label(piece) {
    this.root.dataset.mood = piece.emotion
    const title = this.root.querySelector("[data-title]")
    if (title) title.textContent = pieceTitle(piece)
    const links = { "#piece-link": piece.url, "#midi-link": `${piece.midi_url}?download`, "#audio-link": `${piece.audio_url}?download` }
    for (const [selector, url] of Object.entries(links)) {
      const link = this.root.querySelector(selector)
      if (link) link.href = url
    }
  }

  async #showNotes(piece) {
    try {
      const score = await Score.load(piece.notes_url)
      if (piece !== this.#piece) return // another piece came meanwhile
      this.roll.show(score)
      this.#describe(score)
    } catch (error) {
      console.error(error)
      this.#fire("trouble", STATUS.notesMissing)
    }
  }

  #describe(score) {
    this.root.querySelector("[data-notes-summary]").textContent = score.summary
    const list = this.root.querySelector("[data-notes-list]")
    list.replaceChildren(...score.lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })))
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}
