// Fetches the files of the next items ahead, so that a lost network does not stop the session.

const PATIENCE_MS = 5000 // then the file is played from the network while it loads
const FETCH_MS = 120000

export default class MediaShelf {
  #fetched = new Map() // address → promise of an address on this device

  // Fetch the items' files if that is not done yet, and let go of all others.
  stock(items) {
    const wanted = new Set(items.map((item) => item.media).filter(Boolean))
    for (const url of this.#fetched.keys()) if (!wanted.has(url)) this.#drop(url)
    for (const url of wanted) this.#fetch(url).catch(() => {}) // whoever takes it hears of it
  }

  // Resolves to an address for `src`; rejects when the file cannot be had just now.
  take(item) {
    const patience = new Promise((resolve) => setTimeout(() => resolve(item.media), PATIENCE_MS))
    return Promise.race([this.#fetch(item.media), patience])
  }

  #fetch(url) {
    if (!this.#fetched.has(url)) {
      const file = fetchFile(url)
      this.#fetched.set(url, file)
      file.catch(() => this.#fetched.delete(url)) // so that it is tried again
    }
    return this.#fetched.get(url)
  }

  #drop(url) {
    this.#fetched.get(url).then(URL.revokeObjectURL, () => {})
    this.#fetched.delete(url)
  }
}

async function fetchFile(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) })
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return URL.createObjectURL(await response.blob())
}
