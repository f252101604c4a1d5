// One item on the screen: a picture, a clip or an attention check, the line below it, and Next.

import Circumstances from "./circumstances.js"
import ClipPlayer from "./clip_player.js"
import RatingSlider from "./rating_slider.js"
import { NEXT, QUESTIONS, SAVING, check, place } from "./rating_words.js"

const RETRY_MS = 3000

export default class ItemScreen {
  #item = null
  #isReady = false
  #resolve = null

  constructor(root, shelf, message) {
    this.root = root
    this.shelf = shelf
    this.message = message
    this.picture = root.querySelector("[data-picture]")
    this.clip = root.querySelector("[data-clip]")
    this.next = root.querySelector("[data-next]")
    this.reason = root.querySelector("[data-reason]")
    this.player = new ClipPlayer(this.clip)
    this.slider = new RatingSlider(root.querySelector("[data-slider]"))
    this.circumstances = new Circumstances()
    root.querySelector("form").addEventListener("submit", (event) => this.#submitted(event))
    this.slider.addEventListener("enter", () => this.#answer())
    this.slider.addEventListener("change", () => this.#explain())
    this.player.addEventListener("heard", () => this.#explain())
  }

  // Resolves to the answer; to null when the item was left without one.
  show(item, number, total) {
    this.#item = item
    this.#isReady = false
    this.slider.clear()
    this.player.clear()
    this.#write(item, number, total)
    this.#explain()
    this.#load(item)
    return new Promise((resolve) => (this.#resolve = resolve))
  }

  leave() {
    this.#settle(null)
  }

  #write({ kind, role, asked }, number, total) {
    const isCheck = role === "attention"
    this.root.dataset.role = role
    this.root.querySelector("[data-place]").textContent = place(number, total)
    this.root.querySelector("[data-question]").textContent = isCheck ? check(asked) : QUESTIONS[kind]
    this.root.querySelector("[data-practice]").hidden = role !== "practice"
    this.picture.hidden = isCheck || kind !== "image"
    this.clip.hidden = isCheck || kind !== "music"
    this.picture.removeAttribute("src")
  }

  // What cannot be loaded now is tried again until it can, or the item is left.
  async #load(item) {
    while (item === this.#item && !this.#isReady) {
      try {
        if (item.media) await this.#place(item, await this.shelf.take(item))
        if (item === this.#item) this.#begin()
      } catch {
        this.message.error(SAVING.noMedia)
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  async #place(item, url) {
    if (item !== this.#item) return
    if (item.kind === "music") return this.player.load(url)
    this.picture.src = url
    await this.picture.decode()
  }

  #begin() {
    this.#isReady = true
    this.message.clear(SAVING.noMedia)
    this.circumstances.begin()
    this.#explain()
  }

  get #needsHearing() {
    return Boolean(this.#item?.media) && this.#item.kind === "music" && !this.player.isHeard
  }

  // Why Next does nothing yet; empty when it does.
  get #hindrance() {
    if (!this.#isReady) return NEXT.needsFile
    const needsScore = this.slider.value === null
    if (this.#needsHearing) return needsScore ? NEXT.needsBoth : NEXT.needsHearing
    return needsScore ? NEXT.needsScore : ""
  }

  #explain() {
    const hindrance = this.#hindrance
    this.next.setAttribute("aria-disabled", hindrance !== "")
    this.reason.textContent = hindrance
  }

  #submitted(event) {
    event.preventDefault()
    this.#answer()
  }

  #answer() {
    if (this.#item === null) return
    const hindrance = this.#hindrance
    if (hindrance) return this.message.show(hindrance)
    const { plays, stalls } = this.player
    this.message.clear()
    this.#settle({ item: this.#item.id, score: this.slider.value, plays, stalls, ...this.circumstances.facts })
  }

  #settle(answer) {
    this.#item = null
    this.player.clear()
    this.#resolve?.(answer)
  }
}
