// Before the music: some notes are played, and who hears them can say how many. Shows one example after the other until
// an answer is right.

import ClipPlayer from "./clip_player.js"
import { SOUND_CHECK } from "./rating_words.js"

const NOTES = [3, 4, 5]
const RETRY_MS = 3000
const PATIENT_TRIES = 2 // then more advice

export default class SoundCheck {
  #notes = 0
  #tries = 0
  #resolve = null

  constructor(root) {
    this.root = root
    this.words = root.querySelector("[data-verdict]")
    this.answers = [...root.querySelectorAll("[data-notes]")]
    this.player = new ClipPlayer(root.querySelector("[data-clip]"))
    this.player.addEventListener("heard", () => this.#enable(true))
    for (const button of this.answers) button.addEventListener("click", () => this.#judge(Number(button.dataset.notes)))
  }

  // Resolves to the number of tries it took.
  run() {
    this.#tries = 0
    this.words.textContent = ""
    this.#another()
    return new Promise((resolve) => (this.#resolve = resolve))
  }

  // Fetched whole, so that it plays even if the network is lost meanwhile.
  async #another() {
    this.#enable(false)
    const others = NOTES.filter((n) => n !== this.#notes)
    this.#notes = others[Math.floor(Math.random() * others.length)]
    try {
      this.player.load(await fetchClip(`${this.root.dataset.clips}sound-check-${this.#notes}.mp3`))
    } catch {
      this.words.textContent = SOUND_CHECK.missing
      setTimeout(() => this.#another(), RETRY_MS)
    }
  }

  #enable(isHeard) {
    for (const button of this.answers) button.disabled = !isHeard
  }

  #judge(n) {
    this.#tries += 1
    if (n === this.#notes) return this.#end()
    this.words.textContent = this.#tries > PATIENT_TRIES ? SOUND_CHECK.stillWrong : SOUND_CHECK.wrong
    this.player.button.focus()
    this.#another()
  }

  #end() {
    this.player.clear()
    this.#resolve(this.#tries)
  }
}

async function fetchClip(url) {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return URL.createObjectURL(await response.blob())
}
