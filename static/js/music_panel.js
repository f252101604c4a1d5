// The music's place on a page: progress while a piece is made, then its player.
// Fires "ready" (detail: the piece), "failed" (detail: a sentence), "sounding" (detail: what sounds now, with its
// valence and arousal, or null), "trouble" and "fine" (detail: a sentence).

import PieceFollower from "./piece_follower.js"
import Player from "./player.js"
import ProgressBar from "./progress_bar.js"
import { STATUS } from "./words.js"

export default class MusicPanel extends EventTarget {
  #follower = null
  #shown = null // the opening or piece in the player

  // root carries data-piece-socket: where pieces are followed
  constructor(root) {
    super()
    this.root = root
    this.empty = root.querySelector("[data-empty]")
    this.waiting = root.querySelector("[data-waiting-for-piece]")
    this.progress = new ProgressBar(root.querySelector("#progress"))
    this.player = new Player(root.querySelector("#player"))
    for (const name of ["trouble", "fine"]) this.player.addEventListener(name, ({ detail }) => this.#fire(name, detail))
    for (const name of ["play", "pause", "ended"]) root.addEventListener(name, () => this.#sounding(), { capture: true })
  }

  follow(id) {
    this.#follower?.stop()
    this.player.clear()
    this.#reveal(this.waiting)
    this.progress.show("queued", 0)
    const follower = new PieceFollower(id, this.root.dataset.pieceSocket)
    follower.addEventListener("progress", ({ detail }) => this.#progressed(detail))
    follower.addEventListener("opening", ({ detail }) => this.#opened(detail.opening))
    follower.addEventListener("ready", ({ detail }) => this.#ready(detail.piece))
    follower.addEventListener("failed", ({ detail }) => this.#failed(detail.detail))
    follower.addEventListener("lost", () => this.#fire("trouble", STATUS.followLost))
    follower.start()
    this.#follower = follower
  }

  showReady(piece) {
    this.#reveal(this.player.root)
    this.#shown = piece
    return this.player.show(piece)
  }

  // True while a piece is being made.
  get isBusy() {
    return this.#follower !== null
  }

  scrollIntoView() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
    this.root.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" })
  }

  #progressed({ state, part, ahead }) {
    this.#fire("fine", STATUS.followLost)
    this.progress.show(state, part, ahead)
  }

  // The music begins beside the progress of its rest.
  #opened(opening) {
    this.#reveal(this.waiting, this.player.root)
    this.#shown = opening
    this.player.showOpening(opening)
  }

  #ready(piece) {
    this.#follower = null
    this.#fire("fine", STATUS.followLost)
    this.#reveal(this.player.root)
    this.#fire("ready", piece)
    this.#shown = piece
    this.player.show(piece, { autoplay: true })
  }

  #failed(detail) {
    this.#follower = null
    this.player.clear()
    this.#reveal(this.empty)
    this.#fire("failed", detail)
  }

  #sounding() {
    this.#fire("sounding", this.player.audio.paused ? null : this.#shown)
  }

  #reveal(...shown) {
    for (const part of [this.empty, this.waiting, this.player.root]) if (part) part.hidden = !shown.includes(part)
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}
