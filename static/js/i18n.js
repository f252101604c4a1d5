// The words of the page's language. Its catalogue is a script of its own that English pages do without.

const catalogue = window.django ?? {}

export const LANGUAGE = document.documentElement.lang

export function gettext(text) {
  return catalogue.gettext ? catalogue.gettext(text) : text
}

export function ngettext(one, many, n) {
  return catalogue.ngettext ? catalogue.ngettext(one, many, n) : n === 1 ? one : many
}

// filled("{n} of {all}", { n: 1, all: 3 }) → "1 of 3"
export function filled(text, values) {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
}
