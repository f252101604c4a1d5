// "Follow my face": music that goes on phrase by phrase until it is stopped; then it is a piece.
// Fires "change" when it begins and when it has ended.

import LivePanel from "./live_panel.js"
import LiveSchedule from "./live_schedule.js"
import LiveSession from "./live_session.js"
import LiveSound from "./live_sound.js"
import { LIVE, refusal } from "./live_words.js"
import { rememberMaker } from "./maker.js"

const LOOK_MS = 100 // how often it is seen whether the next phrase is needed
const FRESH_MS = 2000 // a face that looks away for a moment does not take the button away
const GIVE_UP_MS = 45000 // waiting for a beginning or an ending; what was heard is kept by the server all the same
const GIVE_WAY_S = 1.2 // in which the music fades where something else begins to sound

export default class LiveMode extends EventTarget {
  #sound = null // while it sounds
  #schedule = null
  #asked = -1 // number of the phrase that was asked for last,
  #askedS = 0 // and when
  #needsFace = false // to begin, with the next reading
  #phrases = [] // [begin on the music's clock, emotion], the latest last
  #state = "idle" // "following", then "ending"
  #piece = null // { url }, once the server has said which
  #timers = { look: null, fresh: null, end: null }

  // root: the panel; camera: the CameraSession; isFiner: a function that tells whether "finer feelings" is on
  constructor(root, camera, isFiner) {
    super()
    this.camera = camera
    this.isFiner = isFiner
    this.panel = new LivePanel(root)
    this.session = new LiveSession(camera.socket)
    this.panel.addEventListener("start", () => this.start())
    this.panel.addEventListener("stop", () => this.stop())
    this.#watchCamera()
    this.#watchServer()
    // Two pieces at once are none: whatever else begins to play, the music gives way.
    document.addEventListener("play", () => this.giveWay(), { capture: true })
    addEventListener("pagehide", () => this.giveWay())
  }

  // True from the press of the button until the last note.
  get isOn() {
    return this.#state !== "idle"
  }

  start() {
    if (this.isOn) return
    for (const audio of document.querySelectorAll("audio")) audio.pause()
    this.#sound = new LiveSound()
    this.#schedule = new LiveSchedule(this.#sound.context.sampleRate)
    this.#phrases = []
    this.#asked = -1
    this.#needsFace = false
    this.#piece = null
    this.#turn("following")
    this.#timers.end = setTimeout(() => this.#fail(), GIVE_UP_MS)
    this.panel.begin()
    this.session.start(this.isFiner())
    this.#timers.look = setInterval(() => this.#look(), LOOK_MS)
    this.#draw()
  }

  // With a cadence, soon.
  stop(sentence = LIVE.ending) {
    if (this.#state !== "following") return
    if (!this.session.hasBegun) return this.#ended(LIVE.endedUnheard)
    this.#turn("ending")
    this.panel.ending()
    this.panel.say(sentence)
    this.session.stop(this.#schedule.lastToKeep(this.#sound.nowS))
    clearTimeout(this.#timers.end)
    this.#timers.end = setTimeout(() => this.#ended(), GIVE_UP_MS)
  }

  // Silent at once; the server ends the music and keeps it.
  giveWay() {
    if (!this.isOn) return
    this.#sound.fade(GIVE_WAY_S)
    this.stop()
  }

  #watchCamera() {
    this.camera.addEventListener("reading", ({ detail }) => {
      if (detail.expression !== null) this.#seen()
      if (this.isOn) this.panel.follow(detail)
    })
    this.camera.addEventListener("off", () => {
      this.panel.ready = false
      this.session.leaveCamera()
      this.stop()
    })
  }

  #watchServer() {
    const on = (name, react) => this.session.addEventListener(name, ({ detail }) => this.isOn && react(detail))
    on("following", () => this.#ask())
    on("phrase", (phrase) => this.#add(phrase))
    on("last", (phrase) => this.#close(phrase))
    on("followed", (piece) => this.#followed(piece))
    on("refused", (code) => this.#fail(code))
  }

  #seen() {
    clearTimeout(this.#timers.fresh)
    this.panel.ready = true
    this.#timers.fresh = setTimeout(() => (this.panel.ready = false), FRESH_MS)
    if (this.#needsFace && this.#state === "following") this.session.start(this.isFiner())
    this.#needsFace = false
  }

  #ask() {
    this.#asked = this.#schedule.next
    this.#askedS = performance.now() / 1000
    this.session.ask(this.#asked, this.isFiner())
  }

  async #add(phrase) {
    const buffer = await this.#sound.fetch(phrase.url)
    if (this.#state !== "following") return
    if (!buffer) return this.#fail()
    clearTimeout(this.#timers.end)
    this.#schedule.took(performance.now() / 1000 - this.#askedS)
    const startS = this.#schedule.place(phrase, this.#sound.nowS)
    this.#sound.play(buffer, startS)
    this.#show(phrase)
    this.panel.say(LIVE.begun)
  }

  // The ending takes the place of what was composed ahead.
  async #close(phrase) {
    if (this.#state === "following") this.stop(LIVE.longest)
    clearTimeout(this.#timers.end)
    const buffer = await this.#sound.fetch(phrase.url)
    if (!this.isOn) return
    if (!buffer) return this.#ended()
    const startS = this.#schedule.end(phrase, this.#sound.nowS)
    this.#sound.clearFrom(startS)
    this.#sound.play(buffer, startS)
    this.panel.roll.cut(phrase.begin_s)
    this.#show(phrase)
    const leftS = startS - this.#sound.nowS + buffer.duration
    this.#timers.end = setTimeout(() => this.#ended(), 1000 * leftS)
  }

  #show(phrase) {
    this.panel.roll.add(phrase.notes)
    this.#phrases = [...this.#phrases.filter(([beginS]) => beginS < phrase.begin_s), [phrase.begin_s, phrase.emotion]]
  }

  #followed(piece) {
    rememberMaker(piece)
    this.#piece = piece
    if (!this.#schedule.next) this.#ended()
  }

  #look() {
    const { nowS } = this.#sound
    if (this.#state !== "following" || !this.#schedule.next) return
    if (this.#asked < this.#schedule.next && this.#schedule.wantsMore(nowS)) this.#ask()
    if (this.#schedule.isPlayed(nowS)) this.panel.say(LIVE.waiting)
  }

  #draw() {
    if (!this.isOn) return
    const seconds = this.#schedule.position(this.#sound.heardS)
    this.panel.at(seconds, this.#phrases.findLast(([beginS]) => beginS <= seconds)?.[1])
    requestAnimationFrame(() => this.#draw())
  }

  #fail(code) {
    // On a slow server the last face may be too long ago: the next reading will do.
    this.#needsFace = code === "no-face" && !this.panel.start.disabled
    if (this.#needsFace) return
    this.#piece = null
    this.#ended(refusal(code))
  }

  #ended(sentence = this.#sentence()) {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer)
    this.session.end()
    this.#sound.close()
    this.#turn("idle")
    this.panel.end(this.#piece?.url ?? null, sentence)
  }

  #sentence() {
    if (!this.#piece) return LIVE.gone
    return this.#piece.url ? LIVE.ended : LIVE.endedUnheard
  }

  #turn(state) {
    this.#state = state
    this.dispatchEvent(new Event("change"))
  }
}
