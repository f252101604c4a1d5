// The piano roll: a canvas that follows the sound and can be sought in by click, drag and keys.
// Fires "seek" (detail: seconds) and "toggle" (space or Enter).

import { filled, gettext } from "./i18n.js"
import { noteName } from "./score.js"
import { clock } from "./words.js"

const GUTTER_PX = 34 // room for the names of the Cs
const MARGIN_PX = 8
const FEWEST_KEYS = 30 // a narrow piece is not blown up to fat bars
const SMALL_STEP_S = 2
const LARGE_STEP_S = 10
const GLOW_PX = 14
const PALEST = 0.3 // opacity of the softest note
const FOOT_PX = 14 // room under the notes for the pedal
const PEDAL_PX = 4
const DASH_PX = [3, 4] // of the line where the music goes on from another piece's

export default class PianoRoll extends EventTarget {
  #score = null
  #seconds = 0

  constructor(canvas) {
    super()
    this.canvas = canvas
    this.calm = matchMedia("(prefers-reduced-motion: reduce)")
    new ResizeObserver(() => this.#resize()).observe(canvas)
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw())
    canvas.addEventListener("pointerdown", (event) => this.#press(event))
    canvas.addEventListener("pointermove", (event) => event.buttons && this.#seekTo(event))
    canvas.addEventListener("keydown", (event) => this.#key(event))
  }

  show(score) {
    this.#score = score
    this.canvas.setAttribute("aria-valuemax", Math.round(score.seconds))
    this.#resize()
    this.at(0)
  }

  // The sound is here now.
  at(seconds) {
    this.#seconds = seconds
    const text = filled(gettext("{now} of {all}"), { now: clock(seconds), all: clock(this.#score?.seconds ?? 0) })
    if (this.canvas.getAttribute("aria-valuetext") !== text) {
      this.canvas.setAttribute("aria-valuenow", Math.floor(seconds))
      this.canvas.setAttribute("aria-valuetext", text)
    }
    this.draw()
  }

  draw() {
    if (!this.#score) return
    const pen = this.canvas.getContext("2d")
    const view = this.#view()
    pen.clearRect(0, 0, view.width, view.bottom)
    this.#drawOctaves(pen, view)
    this.#drawSeconds(pen, view)
    for (const note of this.#score.notes) this.#drawNote(pen, view, note)
    this.#drawPedal(pen, view)
    this.#drawSeam(pen, view)
    this.#drawPlayhead(pen, view)
  }

  #view() {
    const style = getComputedStyle(this.canvas)
    const colour = (name) => style.getPropertyValue(name).trim()
    const { clientWidth: width, clientHeight } = this.canvas
    const height = clientHeight - FOOT_PX
    const [low, high] = this.#score.span
    const spare = Math.max(2, Math.ceil((FEWEST_KEYS - (high - low)) / 2))
    const keyPx = height / (high - low + 1 + 2 * spare)
    return {
      width,
      height,
      bottom: clientHeight,
      keyPx,
      low: low - spare,
      high: high + spare,
      x: (seconds) => GUTTER_PX + (seconds / this.#score.seconds) * (width - GUTTER_PX - MARGIN_PX),
      y: (pitch) => height - (pitch - low + spare + 1) * keyPx,
      colours: { mood: colour("--mood"), lit: colour("--lit"), soft: colour("--ink-soft"), rule: colour("--rule"), ink: colour("--ink") },
      font: `12px ${colour("--sans")}`,
    }
  }

  #drawOctaves(pen, view) {
    pen.font = view.font
    pen.textBaseline = "middle"
    for (let pitch = 12 * Math.ceil(view.low / 12); pitch <= view.high; pitch += 12) {
      const y = view.y(pitch) + view.keyPx
      pen.fillStyle = view.colours.rule
      pen.fillRect(GUTTER_PX, Math.round(y), view.width - GUTTER_PX, 1)
      pen.fillStyle = view.colours.soft
      pen.fillText(noteName(pitch), 2, Math.min(Math.max(8, y - view.keyPx / 2), view.height - 8))
    }
  }

  #drawSeconds(pen, view) {
    pen.fillStyle = view.colours.rule
    for (let second = 0; second <= this.#score.seconds; second += 5) {
      pen.fillRect(Math.round(view.x(second)), view.bottom - 6, 1, 6)
    }
  }

  #drawNote(pen, view, [pitch, start, end, velocity]) {
    const now = this.#seconds
    const sounding = now > 0 && start <= now && now < end
    pen.globalAlpha = PALEST + (1 - PALEST) * (velocity / 127)
    pen.fillStyle = start <= now && now > 0 ? view.colours.mood : view.colours.soft
    if (sounding) this.#light(pen, view)
    const gap = Math.min(1, view.keyPx / 5)
    pen.beginPath()
    pen.roundRect(view.x(start), view.y(pitch) + gap, Math.max(2, view.x(end) - view.x(start) - 1), view.keyPx - gap, 2)
    pen.fill()
    pen.globalAlpha = 1
    pen.shadowBlur = 0
  }

  #light(pen, view) {
    pen.globalAlpha = Math.max(pen.globalAlpha, 0.8)
    pen.fillStyle = view.colours.lit
    pen.shadowColor = view.colours.mood
    pen.shadowBlur = this.calm.matches ? 0 : GLOW_PX
  }

  // Where two hands could not hold the notes.
  #drawPedal(pen, view) {
    pen.fillStyle = view.colours.soft
    for (const [from, to] of this.#score.pedal) {
      pen.fillRect(view.x(from), view.height + 2, Math.max(1, view.x(to) - view.x(from)), PEDAL_PX)
    }
  }

  // Up to where the notes are those of the piece that this one goes on from.
  #drawSeam(pen, view) {
    if (!this.#score.primerSeconds) return
    const x = Math.round(view.x(this.#score.primerSeconds)) + 0.5
    pen.strokeStyle = view.colours.soft
    pen.setLineDash(DASH_PX)
    pen.beginPath()
    pen.moveTo(x, 0)
    pen.lineTo(x, view.height)
    pen.stroke()
    pen.setLineDash([])
  }

  #drawPlayhead(pen, view) {
    pen.fillStyle = view.colours.ink
    pen.fillRect(Math.round(view.x(Math.min(this.#seconds, this.#score.seconds))) - 1, 0, 2, view.bottom)
  }

  #resize() {
    const density = window.devicePixelRatio || 1
    this.canvas.width = Math.round(this.canvas.clientWidth * density)
    this.canvas.height = Math.round(this.canvas.clientHeight * density)
    this.canvas.getContext("2d").scale(density, density)
    this.draw()
  }

  #press(event) {
    this.canvas.setPointerCapture(event.pointerId)
    this.#seekTo(event)
  }

  #seekTo(event) {
    if (!this.#score) return
    const width = this.canvas.clientWidth - GUTTER_PX - MARGIN_PX
    this.#seek(((event.offsetX - GUTTER_PX) / width) * this.#score.seconds)
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.#score) return
    const now = this.#seconds
    const moves = {
      ArrowRight: now + SMALL_STEP_S,
      ArrowUp: now + SMALL_STEP_S,
      ArrowLeft: now - SMALL_STEP_S,
      ArrowDown: now - SMALL_STEP_S,
      PageUp: now + LARGE_STEP_S,
      PageDown: now - LARGE_STEP_S,
      Home: 0,
      End: this.#score.seconds,
    }
    const isToggle = event.key === " " || event.key === "Enter"
    if (!isToggle && !(event.key in moves)) return
    event.preventDefault()
    if (isToggle) this.dispatchEvent(new Event("toggle"))
    else this.#seek(moves[event.key])
  }

  #seek(seconds) {
    const detail = Math.min(Math.max(0, seconds), this.#score.seconds)
    this.dispatchEvent(new CustomEvent("seek", { detail }))
  }
}
