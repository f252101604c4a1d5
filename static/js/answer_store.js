// Keeps answers on this device, one entry each, so that two windows never write over each other's. Where the browser
// allows no storage they are kept in memory, for as long as the page is open.

export const ERASED = "sentimozart-study-erased" // the channel on which an erasure is told to other windows
const PREFIX = "sentimozart-study"
const MARK = "is-"

export default class AnswerStore {
  #memory = new Map()

  constructor(study, participant) {
    this.prefix = `${PREFIX}:${study}:${participant}:`
  }

  // The first answer to an item stands, here as on the server.
  put(key, entry) {
    if (!this.has(key)) this.#write(key, JSON.stringify({ key, at: Date.now(), ...entry }))
  }

  // Something to remember about this device.
  mark(name) {
    this.#write(MARK + name, "yes")
  }

  isMarked(name) {
    return this.#names().includes(MARK + name)
  }

  has(key) {
    return this.all().some((entry) => entry.key === key)
  }

  remove(key) {
    this.#memory.delete(this.prefix + key)
    if (isAllowed()) localStorage.removeItem(this.prefix + key)
  }

  // Everything, marks too.
  clear() {
    for (const name of this.#names()) this.remove(name)
  }

  // In the order in which they were given.
  all() {
    return this.#names()
      .filter((name) => !name.startsWith(MARK))
      .map((name) => JSON.parse(this.#read(name)))
      .sort((a, b) => a.at - b.at)
  }

  #names() {
    const stored = isAllowed() ? Object.keys(localStorage) : []
    return [...stored, ...this.#memory.keys()]
      .filter((name) => name.startsWith(this.prefix))
      .map((name) => name.slice(this.prefix.length))
  }

  #read(name) {
    return this.#memory.get(this.prefix + name) ?? localStorage.getItem(this.prefix + name)
  }

  #write(name, text) {
    try {
      localStorage.setItem(this.prefix + name, text)
    } catch {
      this.#memory.set(this.prefix + name, text) // full, or not allowed
    }
  }
}

function isAllowed() {
  try {
    return Boolean(localStorage)
  } catch {
    return false
  }
}
