// The place at which a continuation begins: it follows the player, save where someone has typed another one.

export default class GoOnPlace {
  #isTyped = false

  // input: seconds, with its min and max; sounds: the audio elements that may play the piece
  constructor(input, sounds) {
    this.input = input
    input.addEventListener("input", () => (this.#isTyped = true))
    for (const sound of sounds) {
      sound.addEventListener("play", () => (this.#isTyped = false))
      sound.addEventListener("timeupdate", () => this.#follow(sound))
      sound.addEventListener("seeked", () => {
        this.#isTyped = false
        this.#follow(sound)
      })
    }
  }

  #follow(sound) {
    if (this.#isTyped || document.activeElement === this.input || sound.currentTime === 0) return
    const { min, max } = this.input
    this.input.value = Math.min(Number(max), Math.max(Number(min), sound.currentTime)).toFixed(1)
  }
}
