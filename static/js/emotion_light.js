// The light around the stage: it comes from where the feeling lies in the plane (valence from left to right, arousal
// from bottom to top), and moves the faster, the more excited the feeling is. What sounds goes before what is seen.

const FASTER = 1.3 // the movement's tempo is doubled so often from arousal 0 to 1, and halved as often to −1
const LEAST_CHANGE = 0.05 // of the tempo: less is not seen

export default class EmotionLight {
  #seen = null
  #heard = null
  #tempo = 1

  // stage: gets --valence and --arousal; lights: what shines, its children drift
  constructor(stage, lights) {
    this.stage = stage
    this.lights = lights
  }

  // point: { valence, arousal }, each −1…1, or null when there is nothing to be seen
  seen(point) {
    this.#seen = point
    this.#shine()
  }

  heard(point) {
    this.#heard = point
    this.#shine()
  }

  #shine() {
    const point = this.#heard ?? this.#seen
    this.stage.toggleAttribute("data-lit", point !== null)
    if (point === null) return
    this.stage.style.setProperty("--valence", point.valence.toFixed(3))
    this.stage.style.setProperty("--arousal", point.arousal.toFixed(3))
    this.#move(2 ** (FASTER * point.arousal))
  }

  // The animations keep their place: only their tempo changes.
  #move(tempo) {
    if (Math.abs(tempo - this.#tempo) < LEAST_CHANGE) return
    this.#tempo = tempo
    for (const light of this.lights.children) {
      for (const drift of light.getAnimations()) {
        if (drift instanceof CSSAnimation) drift.updatePlaybackRate(tempo)
      }
    }
  }
}
