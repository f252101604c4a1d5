// A sound element with a level of its own under the listener's volume.

const STEP_MS = 5
const LOADING_MS = 4000 // then it is started even if the browser will not say that it could be

export default class Voice {
  #level = 1
  #volume = 1
  #moves = 0

  constructor(audio) {
    this.audio = audio
  }

  get level() {
    return this.#level
  }

  // 0–1
  set level(level) {
    this.#moves += 1 // a glide that is under way ends here
    this.#apply(level)
  }

  set volume(volume) {
    this.#volume = volume
    this.#apply(this.#level)
  }

  // Move evenly to a level; resolves when it is there, or when something else takes over.
  async glide(level, ms) {
    const move = ++this.#moves
    const [start, from] = [performance.now(), this.#level]
    for (let part = 0; part < 1; ) {
      await new Promise((resolve) => setTimeout(resolve, STEP_MS))
      if (move !== this.#moves) return
      part = Math.min(1, (performance.now() - start) / ms)
      this.#apply(from + (level - from) * part)
    }
  }

  // Take a file whole, so that it can be played even when the server no longer has it.
  async fetch(url) {
    const response = await fetch(url)
    if (!response.ok) throw new Error(`${url}: ${response.status}`)
    this.audio.src = URL.createObjectURL(await response.blob())
  }

  // Fall silent and let go of the file.
  clear() {
    this.audio.pause()
    URL.revokeObjectURL(this.audio.src)
    this.audio.removeAttribute("src")
    this.audio.load()
    this.level = 1
  }

  // Resolves once the sound could be started anywhere.
  loaded() {
    const { audio } = this
    audio.preload = "auto"
    if (audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) return Promise.resolve()
    const signal = AbortSignal.timeout(LOADING_MS)
    return new Promise((resolve) => {
      for (const name of ["canplay", "error"]) audio.addEventListener(name, resolve, { once: true, signal })
      signal.addEventListener("abort", resolve)
    })
  }

  #apply(level) {
    this.#level = level
    this.audio.volume = Math.min(1, Math.max(0, level * this.#volume))
  }
}
