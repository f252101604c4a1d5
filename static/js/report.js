// The report: says when newer ratings are there, and copies the methods paragraph.

import CopyButton from "./copy_button.js"
import Poller from "./poller.js"

const EVERY_MS = 10000

const page = document.querySelector("#report")
const poller = new Poller(page.dataset.counts, EVERY_MS)
poller.addEventListener("news", ({ detail }) => {
  page.querySelector("[data-newer]").hidden = detail.key === page.dataset.key
})
poller.start()
CopyButton.all()
