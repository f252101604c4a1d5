// The monitor: numbers and rows renewed in place every few seconds.

import KeyedRows from "./keyed_rows.js"
import Poller from "./poller.js"
import { SAID, clockTime } from "./researcher_words.js"

const EVERY_MS = 4000

const page = document.querySelector("#monitor")
const freshness = page.querySelector("[data-freshness]")
let lastSeen = clockTime()

function half(name) {
  const root = page.querySelector(`[data-half="${name}"]`)
  const rows = (kind) => {
    const template = page.querySelector(`[data-template="${kind}"]`)
    return new KeyedRows(root.querySelector(`[data-rows="${kind}"] tbody`), template)
  }
  return { root, people: rows("people"), stimuli: rows("stimuli") }
}

function show({ root, people, stimuli }, news) {
  for (const [name, n] of Object.entries(news.counts)) root.querySelector(`[data-count="${name}"]`).textContent = n
  people.update(news.people)
  stimuli.update(news.stimuli)
  root.querySelector("[data-nobody]").hidden = news.people.length > 0
  root.querySelector('[data-rows="people"]').hidden = news.people.length === 0
}

const halves = { real: half("real"), simulated: half("simulated") }
const poller = new Poller(page.dataset.source, EVERY_MS)
poller.addEventListener("news", ({ detail }) => {
  for (const [name, parts] of Object.entries(halves)) show(parts, detail[name])
  page.querySelector("[data-simulated]").hidden = detail.simulated.people.length === 0
  page.querySelector("[data-withdrawn]").textContent = detail.withdrawn
  lastSeen = clockTime()
  freshness.textContent = SAID.fresh(lastSeen)
})
poller.addEventListener("lost", () => (freshness.textContent = SAID.lostAt(lastSeen)))
poller.start()
