// Rows of a table that are renewed in place: what has the focus, or is selected, stays as it is.

export default class KeyedRows {
  constructor(body, template) {
    this.body = body
    this.template = template
  }

  // rows: { key, state, value, max, fields: { name: text } }, in order
  update(rows) {
    const old = new Map([...this.body.children].map((row) => [row.dataset.key, row]))
    rows.forEach((row, i) => {
      const shown = old.get(row.key) ?? this.template.content.querySelector("tr").cloneNode(true)
      old.delete(row.key)
      this.#fill(shown, row)
      if (this.body.children[i] !== shown) this.body.insertBefore(shown, this.body.children[i] ?? null)
    })
    for (const gone of old.values()) gone.remove()
  }

  #fill(shown, { key, state, value, max, fields }) {
    shown.dataset.key = key
    if (state) shown.dataset.state = state
    Object.assign(shown.querySelector("progress"), { max: Math.max(max, 1), value })
    for (const [name, text] of Object.entries(fields)) {
      const place = shown.querySelector(`[data-field="${name}"]`)
      if (place.textContent !== text) place.textContent = text
    }
  }
}
