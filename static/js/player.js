// Plays one piece: sound, piano roll, notes in words, links; its opening first, where that comes before the rest.
// Fires "trouble" (detail: a sentence) and "fine" (detail: the sentence that no longer holds).

import handOver from "./hand_over.js"
import { gettext } from "./i18n.js"
import PianoRoll from "./piano_roll.js"
import Score from "./score.js"
import Voice from "./voice.js"
import { STATUS, clock } from "./words.js"

export default class Player extends EventTarget {
  #piece = null
  #opening = null // as in the server's "opening" message, for as long as it is what sounds

  constructor(root) {
    super()
    this.root = root
    this.whole = new Voice(root.querySelector("#player-audio"))
    this.first = new Voice(root.querySelector("#opening-audio"))
    this.button = root.querySelector("[data-play]")
    this.roll = new PianoRoll(root.querySelector("#piano-roll"))
    this.whole.audio.controls = false // the browser's own controls are for pages without script
    this.#wire()
  }

  // What sounds, or would.
  get audio() {
    return this.#opening ? this.first.audio : this.whole.audio
  }

  // opening: as in the server's "opening" message
  async showOpening(opening) {
    if (this.#opening) return // told once more after a lost connection
    this.#opening = opening
    this.root.hidden = false
    this.#label(opening)
    this.roll.show(new Score(opening))
    this.#follow()
    try {
      await this.first.fetch(opening.audio_url)
      this.first.audio.currentTime = opening.begin_s ?? 0
    } catch (error) {
      console.info("the opening is gone already", error)
      if (opening === this.#opening) this.#opening = null
    }
    if (opening === this.#opening && !this.#piece) await this.play()
  }

  // piece: as in the server's "ready" message
  async show(piece, { autoplay = false } = {}) {
    this.#piece = piece
    this.root.hidden = false
    this.#label(piece)
    this.#follow()
    if (this.whole.audio.getAttribute("src")?.split("#")[0] !== piece.audio_url) this.whole.audio.src = piece.audio_url
    await Promise.all([this.#sound(piece, autoplay), this.#showNotes(piece)])
  }

  // Forget the piece: another one is coming.
  clear() {
    this.first.clear()
    this.whole.audio.pause()
    this.whole.level = 1
    this.#opening = this.#piece = null
  }

  async play() {
    try {
      await this.audio.play()
    } catch (error) {
      if (error.name === "NotAllowedError") this.#waitForPlay()
      else if (error.name !== "AbortError") this.#fire("trouble", STATUS.soundMissing)
    }
  }

  #wire() {
    this.button.addEventListener("click", () => this.#toggle())
    this.roll.addEventListener("toggle", () => this.#toggle())
    this.roll.addEventListener("seek", ({ detail }) => this.#seek(detail))
    for (const { audio } of [this.first, this.whole]) this.#listen(audio)
    this.whole.audio.addEventListener("error", () => this.#piece && this.#fire("trouble", STATUS.soundMissing))
    const volume = this.root.querySelector("[data-volume]")
    volume.addEventListener("input", () => {
      for (const voice of [this.first, this.whole]) voice.volume = volume.value / 100
    })
  }

  #listen(audio) {
    const on = (name, react) => audio.addEventListener(name, () => audio === this.audio && react())
    for (const name of ["play", "pause", "ended"]) on(name, () => this.#update())
    for (const name of ["seeked", "loadedmetadata"]) on(name, () => this.#follow())
    on("play", () => this.#followWhilePlaying())
  }

  async #sound(piece, autoplay) {
    const opening = this.#opening
    if (opening && this.first.audio.played.length) await this.#goOn(piece)
    if (piece !== this.#piece) return // another piece came meanwhile
    this.#opening = null
    if (piece.begin_s && !opening?.isHeard) this.whole.audio.currentTime = piece.begin_s
    if (autoplay && !opening?.isHeard) await this.play()
    this.#update()
    if (!this.audio.paused) this.#followWhilePlaying()
  }

  // From the opening to the whole piece, wherever the music is; silent if the listener stopped it.
  async #goOn(piece) {
    const opening = this.#opening
    opening.isHeard = true
    const places = { louderDb: piece.opening_db ?? 0, untilS: piece.opening_until_s ?? 0 }
    try {
      await this.whole.loaded()
      if (piece !== this.#piece) return
      const goesOn = await handOver(this.first, this.whole, places)
      const { soughtS } = opening // which may be past the opening's end, or came after the two had met
      const reachedS = Math.min(this.first.audio.currentTime, places.untilS)
      if (!goesOn || soughtS !== undefined) this.whole.audio.currentTime = Math.max(soughtS ?? 0, reachedS)
    } catch (error) {
      if (error.name === "NotAllowedError") this.#waitForPlay()
      else if (error.name !== "AbortError") this.#fire("trouble", STATUS.soundMissing)
    }
  }

  #toggle() {
    if (this.audio.paused) this.play()
    else this.audio.pause()
  }

  #seek(seconds) {
    this.audio.currentTime = seconds
    if (this.#opening?.isHeard) this.#opening.soughtS = seconds // the whole, about to take over, is to hear of it
    this.#follow()
  }

  #update() {
    this.button.dataset.play = this.audio.paused ? "play" : "pause"
    this.button.querySelector("span").textContent = this.audio.paused ? gettext("Play") : gettext("Pause")
    if (!this.audio.paused) this.#stopWaiting()
    this.#follow()
  }

  #followWhilePlaying() {
    this.#follow()
    if (!this.audio.paused) requestAnimationFrame(() => this.#followWhilePlaying())
  }

  #follow() {
    const total = this.#opening?.seconds || this.audio.duration || this.#piece?.seconds || 0
    const text = `${clock(this.audio.currentTime)} / ${clock(total)}`
    const place = this.root.querySelector("[data-clock]")
    if (place.textContent !== text) place.textContent = text
    this.roll.at(this.audio.currentTime)
  }

  #waitForPlay() {
    this.button.toggleAttribute("data-waiting", true)
    this.#fire("trouble", this.#piece ? STATUS.pressPlay : STATUS.pressPlayOpening)
  }

  #stopWaiting() {
    this.button.removeAttribute("data-waiting")
    for (const sentence of [STATUS.pressPlay, STATUS.pressPlayOpening]) this.#fire("fine", sentence)
  }

  #label(piece) {
    this.root.toggleAttribute("data-opening", !this.#piece)
    this.root.dataset.mood = piece.emotion
    const title = this.root.querySelector("[data-title]")
    if (title) title.textContent = piece.title
    const heard = this.root.querySelector("[data-heard]")
    if (heard) heard.textContent = piece.heard ?? ""
    if (!this.#piece) return // the rest is still being composed: nothing to link to
    const links = {
      "#piece-link": piece.url,
      "#midi-link": `${piece.midi_url}?download`,
      "#audio-link": `${piece.audio_url}?download`,
      "#picture-link": `${piece.picture_url}?download`,
    }
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
    this.root.querySelector("[data-roll-key]").hidden = false
    list.replaceChildren(...score.lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })))
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}
