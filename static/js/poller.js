// Asks for a JSON again and again while the page is in sight. Fires "news" (detail: the JSON) and "lost".

export default class Poller extends EventTarget {
  #timer = null

  constructor(url, everyMs) {
    super()
    this.url = url
    this.everyMs = everyMs
    document.addEventListener("visibilitychange", () => document.hidden || this.look())
  }

  start() {
    this.#later()
  }

  async look() {
    clearTimeout(this.#timer)
    try {
      const answer = await fetch(this.url, { headers: { Accept: "application/json" } })
      if (!answer.ok || answer.redirected) throw new Error(`${answer.status} ${answer.url}`) // signed out: redirected
      this.#fire("news", await answer.json())
    } catch (error) {
      this.#fire("lost", error)
    }
    this.#later()
  }

  #later() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => (document.hidden ? this.#later() : this.look()), this.everyMs)
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }))
  }
}
