// The notes of live music as they pass: what was heard on the left, what comes next on the right of the line of now.
// With reduced motion the picture stands and is turned like a page.

const PAST_S = 6
const COMING_S = 4
const KEYS = [33, 93] // A1–A6: what live music plays, nearly always
const PALEST = 0.3 // opacity of the softest note
const ROUND_PX = 2

export default class LiveRoll {
  #notes = []

  constructor(canvas) {
    this.canvas = canvas
    this.calm = matchMedia("(prefers-reduced-motion: reduce)")
    new ResizeObserver(() => this.#resize()).observe(canvas)
  }

  // notes: [[pitch, start_s, end_s, velocity], …]
  add(notes) {
    this.#notes.push(...notes)
  }

  // Forget what was to begin at this second or after it.
  cut(seconds) {
    this.#notes = this.#notes.filter(([, start]) => start < seconds)
  }

  clear() {
    this.#notes = []
    this.#resize()
  }

  // The sound is here now.
  at(seconds) {
    const pen = this.canvas.getContext("2d")
    const view = this.#view(seconds)
    this.#notes = this.#notes.filter(([, , end]) => end > view.fromS)
    pen.clearRect(0, 0, view.width, view.height)
    for (const note of this.#notes) this.#draw(pen, view, note, seconds)
    pen.fillStyle = view.ink
    pen.fillRect(Math.round(view.x(seconds)), 0, 2, view.height)
  }

  #view(seconds) {
    const style = getComputedStyle(this.canvas)
    const { clientWidth: width, clientHeight: height } = this.canvas
    const spanS = PAST_S + COMING_S
    const fromS = this.calm.matches ? Math.floor(seconds / PAST_S) * PAST_S : seconds - PAST_S
    const keyPx = height / (KEYS[1] - KEYS[0] + 1)
    return {
      width,
      height,
      fromS,
      keyPx,
      x: (at) => ((at - fromS) / spanS) * width,
      y: (pitch) => (KEYS[1] - Math.min(Math.max(pitch, KEYS[0]), KEYS[1])) * keyPx,
      mood: style.getPropertyValue("--mood").trim(),
      soft: style.getPropertyValue("--ink-soft").trim(),
      ink: style.getPropertyValue("--ink").trim(),
    }
  }

  #draw(pen, view, [pitch, start, end, velocity], now) {
    pen.globalAlpha = PALEST + (1 - PALEST) * (velocity / 127)
    pen.fillStyle = start <= now ? view.mood : view.soft
    const height = Math.max(2, view.keyPx - 1)
    pen.beginPath()
    pen.roundRect(view.x(start), view.y(pitch), Math.max(3, view.x(end) - view.x(start) - 1), height, ROUND_PX)
    pen.fill()
    pen.globalAlpha = 1
  }

  #resize() {
    const density = window.devicePixelRatio || 1
    this.canvas.width = Math.round(this.canvas.clientWidth * density)
    this.canvas.height = Math.round(this.canvas.clientHeight * density)
    this.canvas.getContext("2d").scale(density, density)
  }
}
