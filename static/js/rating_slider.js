// A line from 0 to 10 that has no value until someone gives it one. A native range input lies underneath, for keyboards
// and screen readers. Fires "change" and, on Enter, "enter".

import { SLIDER, score } from "./rating_words.js"

const LOWEST = 0
const HIGHEST = 10
const MIDDLE = 5
const STEPS = { ArrowRight: 0.5, ArrowUp: 0.5, ArrowLeft: -0.5, ArrowDown: -0.5, PageUp: 1, PageDown: -1 }
const FINE_STEP = 0.1 // with Shift

export default class RatingSlider extends EventTarget {
  #value = null
  #before = null // what stood there when a finger came down

  constructor(root) {
    super()
    this.root = root
    this.input = root.querySelector("input")
    this.output = root.querySelector("[data-score]")
    this.line = root.querySelector("[data-line]")
    this.input.addEventListener("keydown", (event) => this.#keyed(event))
    this.input.addEventListener("input", () => this.#set(Number(this.input.value))) // a screen reader's own gestures
    this.line.addEventListener("pointerdown", (event) => this.#pressed(event))
    this.line.addEventListener("pointermove", (event) => this.#dragged(event))
    this.line.addEventListener("pointercancel", () => this.#show(this.#before)) // it became a scroll
  }

  // null while there is none
  get value() {
    return this.#value
  }

  clear() {
    this.#show(null)
  }

  #pressed(event) {
    if (event.button !== 0) return
    event.preventDefault()
    this.#before = this.#value
    this.line.setPointerCapture(event.pointerId)
    this.input.focus({ preventScroll: true })
    this.#set(this.#valueAt(event.clientX))
  }

  #dragged(event) {
    if (this.line.hasPointerCapture(event.pointerId)) this.#set(this.#valueAt(event.clientX))
  }

  // The thumb's middle travels from half its width to half its width before the end.
  #valueAt(x) {
    const { left, width } = this.line.getBoundingClientRect()
    const thumb = parseFloat(getComputedStyle(this.line).getPropertyValue("--thumb-px"))
    return LOWEST + ((x - left - thumb / 2) / (width - thumb)) * (HIGHEST - LOWEST)
  }

  #keyed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const wanted = this.#wanted(event)
    if (event.key === "Enter") this.dispatchEvent(new Event("enter"))
    else if (wanted === null) return
    else this.#set(wanted)
    event.preventDefault()
  }

  #wanted({ key, shiftKey }) {
    if (key === "Home") return LOWEST
    if (key === "End") return HIGHEST
    if (/^[0-9]$/.test(key)) return Number(key)
    if (!(key in STEPS)) return null
    const step = shiftKey ? Math.sign(STEPS[key]) * FINE_STEP : STEPS[key]
    return (this.#value ?? MIDDLE) + step
  }

  #set(value) {
    const inside = Math.min(Math.max(value, LOWEST), HIGHEST)
    this.#show(Math.round(inside * 10) / 10)
  }

  #show(value) {
    const isNew = value !== this.#value
    this.#value = value
    this.root.toggleAttribute("data-empty", value === null)
    this.input.value = value ?? MIDDLE
    this.input.setAttribute("aria-valuetext", value === null ? SLIDER.empty : score(value))
    this.output.textContent = value === null ? SLIDER.empty : score(value)
    if (isNew) this.dispatchEvent(new Event("change"))
  }
}
