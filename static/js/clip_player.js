// Plays one clip, which is to be heard to its end once; then it fires "heard".

import { CLIP } from "./rating_words.js"

const SLACK_S = 0.3 // a jump smaller than this is none

export default class ClipPlayer extends EventTarget {
  // How often it was started from its beginning, and how often the sound had to wait for the network.
  plays = 0
  stalls = 0
  isHeard = false
  #at = 0
  #isSounding = false

  constructor(root) {
    super()
    this.root = root
    this.audio = root.querySelector("audio")
    this.button = root.querySelector("[data-play]")
    this.bar = root.querySelector("progress")
    this.words = root.querySelector("[data-clip-state]")
    this.button.addEventListener("click", () => this.#toggle())
    this.#listen()
    this.clear()
  }

  clear() {
    this.audio.pause()
    this.button.disabled = true
    Object.assign(this, { plays: 0, stalls: 0, isHeard: false })
    this.#at = 0
    this.bar.value = 0
    this.#say("play", CLIP.loading)
  }

  // Not waiting for the sound to be there: phones load none before Play is pressed.
  load(url) {
    this.clear()
    this.audio.src = url
    this.button.disabled = false
    this.#say("play", CLIP.ready)
  }

  pause() {
    this.audio.pause()
  }

  #listen() {
    const on = (name, react) => this.audio.addEventListener(name, react)
    on("play", () => this.#started())
    on("playing", () => (this.#isSounding = true))
    on("waiting", () => this.#waited())
    on("pause", () => this.#paused())
    on("timeupdate", () => this.#moved())
    on("seeking", () => this.#jumped())
    on("ended", () => this.#ended())
    on("error", () => this.#fail())
  }

  async #toggle() {
    if (!this.audio.paused) return this.audio.pause()
    if (this.audio.error) this.audio.load()
    try {
      await this.audio.play()
    } catch (error) {
      if (error.name !== "AbortError") this.#fail()
    }
  }

  #started() {
    if (this.audio.currentTime < SLACK_S || this.audio.ended) this.plays += 1
    this.#say("pause", this.isHeard ? CLIP.heard : CLIP.playing)
  }

  #paused() {
    if (this.audio.ended || this.button.disabled) return
    if (this.isHeard) this.#say("again", CLIP.heard)
    else this.#say("play", CLIP.paused)
  }

  #waited() {
    if (this.#isSounding && !this.audio.seeking) this.stalls += 1
    this.#isSounding = false
  }

  #moved() {
    if (this.audio.seeking) return
    this.#at = this.audio.currentTime
    this.bar.value = this.audio.duration ? this.#at / this.audio.duration : 0
  }

  // A keyboard's or headset's media keys can seek too: not before the first full hearing.
  #jumped() {
    this.#isSounding = false
    if (!this.isHeard && this.audio.currentTime > this.#at + SLACK_S) this.audio.currentTime = this.#at
  }

  #ended() {
    this.#isSounding = false
    this.#at = 0
    const { played } = this.audio
    const isWhole = played.length === 1 && played.start(0) < SLACK_S
    if (!isWhole && !this.isHeard) return this.#say("play", CLIP.skipped)
    const isFirst = !this.isHeard
    this.isHeard = true
    this.bar.value = 1
    this.#say("again", CLIP.heard)
    if (isFirst) this.dispatchEvent(new Event("heard"))
  }

  #fail() {
    this.#say("play", CLIP.unheard)
  }

  #say(button, words) {
    this.button.dataset.play = button === "pause" ? "pause" : "play"
    this.button.querySelector("span").textContent = CLIP[button]
    this.words.textContent = words
  }
}
