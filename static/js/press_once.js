// A form that begins something is sent once, however often its button is pressed.

const ONCE = "[data-press-once]"

document.addEventListener("submit", (event) => {
  if (!event.target.matches(ONCE)) return
  if (event.target.ariaBusy === "true") event.preventDefault()
  event.target.ariaBusy = "true"
})
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll(ONCE)) form.ariaBusy = "false" // back from the next page
})
