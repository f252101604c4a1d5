// One piece on the wall, played where it hangs; its sound is fetched when it is played for the first time.
// Fires "play", and "trouble" (detail: a sentence).

import { STATUS } from "./words.js"

const WIDTH = 320 // of the roll, in its own units

export default class WallCard extends EventTarget {
  constructor(root) {
    super()
    this.audio = root.querySelector("audio")
    this.button = root.querySelector("[data-play]")
    this.now = root.querySelector("[data-now]")
    this.audio.controls = false // the browser's own are for pages without script
    this.button.addEventListener("click", () => (this.audio.paused ? this.#play() : this.audio.pause()))
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.#update())
  }

  pause() {
    this.audio.pause()
  }

  async #play() {
    this.dispatchEvent(new Event("play"))
    try {
      await this.audio.play()
    } catch (error) {
      if (error.name !== "AbortError") this.dispatchEvent(new CustomEvent("trouble", { detail: STATUS.soundMissing }))
    }
  }

  // The button keeps its name: what it does is told by whether it is pressed in.
  #update() {
    this.button.dataset.play = this.audio.paused ? "play" : "pause"
    this.button.setAttribute("aria-pressed", !this.audio.paused)
    this.#follow()
  }

  #follow() {
    const { currentTime, duration, paused, ended } = this.audio
    const part = duration > 0 && !ended ? currentTime / duration : 0
    this.now.setAttribute("transform", `translate(${(WIDTH * part).toFixed(1)})`)
    this.now.toggleAttribute("data-shown", part > 0)
    if (!paused) requestAnimationFrame(() => this.#follow())
  }
}
