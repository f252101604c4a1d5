// The seven expression bars: each a meter with a name, a bar and a number.

export default class ExpressionBars {
  constructor(root) {
    this.rows = [...root.querySelectorAll("[data-expression]")]
  }

  // probabilities: {label: 0–1}
  show(probabilities) {
    const first = Math.max(...Object.values(probabilities))
    for (const row of this.rows) {
      const probability = probabilities[row.dataset.expression] ?? 0
      this.#draw(row, Math.round(100 * probability))
      row.toggleAttribute("data-first", probability > 0 && probability === first)
    }
  }

  clear() {
    this.show({})
  }

  #draw(row, percent) {
    row.setAttribute("aria-valuenow", percent)
    row.setAttribute("aria-valuetext", `${percent} %`)
    row.querySelector(".bar-fill").setAttribute("width", percent)
    row.querySelector(".bar-value").textContent = `${percent} %`
  }
}
