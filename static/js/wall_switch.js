// Hangs a piece on the wall or takes it down, without leaving the page.
// Fires "changed" and "trouble" (detail: a sentence).

import { STATUS } from "./words.js"

export default class WallSwitch extends EventTarget {
  constructor(form) {
    super()
    this.form = form
    form.addEventListener("submit", (event) => this.#submit(event))
  }

  async #submit(event) {
    event.preventDefault()
    if (this.form.ariaBusy === "true") return
    this.form.ariaBusy = "true"
    const body = new FormData(this.form, event.submitter)
    try {
      const response = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" } })
      const answer = await response.json().catch(() => ({}))
      if (response.ok) this.dispatchEvent(new Event("changed"))
      else this.#trouble(answer.detail || STATUS.refused)
    } catch (error) {
      console.info("the wall could not be asked", error)
      this.#trouble(STATUS.requestFailed)
    } finally {
      this.form.ariaBusy = "false"
    }
  }

  #trouble(detail) {
    this.dispatchEvent(new CustomEvent("trouble", { detail }))
  }
}
