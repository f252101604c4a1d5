// A form that begins something is sent once, however often its button is pressed.

for (const form of document.querySelectorAll("[data-press-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.ariaBusy === "true") event.preventDefault()
    form.ariaBusy = "true"
  })
  addEventListener("pageshow", () => (form.ariaBusy = "false")) // back from the next page
}
