// The photo form: checks the chosen file before it travels, and shows it.

import PieceForm from "./piece_form.js"
import { STATUS } from "./words.js"

const MAX_BYTES = 10 * 2 ** 20 // as the server
const KINDS = ["image/jpeg", "image/png", "image/webp"]

export default class PhotoForm extends PieceForm {
  constructor(form) {
    super(form)
    this.input = form.querySelector("#photo-input")
    this.picture = form.querySelector("[data-preview]")
    this.input.addEventListener("change", () => this.#preview())
    this.#preview()
  }

  problem() {
    const photo = this.input.files[0]
    if (!photo) return STATUS.photoMissing
    if (!KINDS.includes(photo.type)) return STATUS.photoKind
    return photo.size > MAX_BYTES ? STATUS.photoTooLarge : null
  }

  #preview() {
    URL.revokeObjectURL(this.picture.src)
    const usable = this.problem() === null
    this.picture.hidden = !usable
    if (usable) this.picture.src = URL.createObjectURL(this.input.files[0])
  }
}
