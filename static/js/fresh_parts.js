// Brings parts of a page up to date with what the server would send now, without leaving the page: the music goes on.

export default class FreshParts {
  // root: holds elements with an id and data-fresh
  constructor(root) {
    this.root = root
  }

  // Resolves once every such part, the page's title too, is as the server has it.
  async renew() {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } })
    if (!response.ok) throw new Error(`${location.href}: ${response.status}`)
    const page = new DOMParser().parseFromString(await response.text(), "text/html")
    for (const part of this.root.querySelectorAll("[data-fresh]")) {
      const renewed = page.getElementById(part.id)
      if (renewed) part.replaceWith(document.adoptNode(renewed))
    }
    document.title = page.title
  }
}
