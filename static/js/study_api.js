// The study's server. Each call resolves to {status, answer}; the answer is null where something else than the study's
// own JSON came back (an error page, a hotel's login page). It rejects when nothing came back.

const PATIENCE_MS = 20000

export default class StudyApi {
  constructor(stateUrl, fallbackToken) {
    this.stateUrl = stateUrl
    this.fallbackToken = fallbackToken
  }

  state() {
    return call(this.stateUrl, {})
  }

  // keepalive: an answer on its way arrives even if the page is left.
  send(url, body) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.#token() }
    return call(url, { method: "POST", headers, body: JSON.stringify(body), keepalive: true })
  }

  // Read anew each time: signing in or out in another window changes it.
  #token() {
    return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? this.fallbackToken
  }
}

async function call(url, options) {
  const response = await fetch(url, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) })
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json")
  return { status: response.status, answer: isJson ? await response.json() : null }
}
