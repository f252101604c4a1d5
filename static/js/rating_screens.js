// The page's screens: one is shown at a time, and its heading gets the focus.

export default class RatingScreens {
  constructor(root) {
    this.screens = [...root.querySelectorAll("[data-screen]")]
  }

  show(name) {
    for (const screen of this.screens) screen.hidden = screen.dataset.screen !== name
    const screen = this.get(name)
    scrollTo(0, 0)
    screen.querySelector("h1").focus({ preventScroll: true })
    return screen
  }

  // Show a screen that only has a button; resolves when it is pressed.
  ask(name) {
    const screen = this.show(name)
    return new Promise((resolve) => screen.querySelector("[data-go]").addEventListener("click", resolve, { once: true }))
  }

  get(name) {
    return this.screens.find((screen) => screen.dataset.screen === name)
  }
}
