// Every sentence that the researcher's scripts say, in one place.

import { LANGUAGE, filled, gettext } from "./i18n.js"

export const SAID = {
  uploading: gettext("Uploading… Stay on this page until it is done."),
  lost: gettext("The connection to the server is lost. What is shown here stands still until it is back."),
  lostAt: (time) => filled(gettext("The connection is lost; this is how it stood at {time}."), { time }),
  fresh: (time) => filled(gettext("Up to date at {time}; this page renews itself."), { time }),
  ready: (done, all) => filled(gettext("{done} of {all} ready"), { done, all }),
  copied: gettext("Copied"),
  copy: gettext("Copy"),
}

export const clockTime = () => new Date().toLocaleTimeString(LANGUAGE)
