// A plain form that asks for a piece, sent without leaving the page.
// Fires "composing" (detail: {piece, url}) and "trouble" (detail: a sentence).

import { STATUS } from "./words.js"

export default class PieceForm extends EventTarget {
  #pressed = null
  #isSending = false

  constructor(form) {
    super()
    this.form = form
    form.addEventListener("submit", (event) => this.#submit(event))
  }

  // The same request once more.
  again() {
    return this.#send(this.#pressed)
  }

  // Overridden where there is something to check: a sentence when the form cannot be sent yet.
  problem() {
    return null
  }

  #submit(event) {
    event.preventDefault()
    this.#pressed = event.submitter
    this.#send(event.submitter)
  }

  async #send(submitter) {
    if (this.#isSending) return
    const problem = this.problem()
    if (problem) return this.#fire("trouble", problem)
    const data = new FormData(this.form)
    if (submitter?.name) data.set(submitter.name, submitter.value)
    this.#sending(true)
    try {
      const piece = await post(this.form.action, data)
      this.#fire("composing", piece)
    } catch (error) {
      this.#fire("trouble", error.message)
    } finally {
      this.#sending(false)
    }
  }

  #sending(isSending) {
    this.#isSending = isSending
    this.form.setAttribute("aria-busy", isSending)
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}

// Rejects with an Error whose message is a sentence for the person.
async function post(url, data) {
  const response = await fetch(url, { method: "POST", body: data, headers: { Accept: "application/json" } }).catch(() => {
    throw new Error(STATUS.requestFailed)
  })
  const answer = await response.json().catch(() => ({}))
  if (!response.ok || !answer.piece) throw new Error(answer.detail || STATUS.refused)
  return answer
}
