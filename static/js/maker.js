// Remembers that this browser had a piece made, as the server does where a form asked for it: a cookie for its pages.

const A_YEAR_S = 365 * 24 * 3600

// url: the piece's own path; maker: the key that the server gave with it
export function rememberMaker({ url, maker }) {
  if (!maker) return
  const secure = location.protocol === "https:" ? "; Secure" : ""
  document.cookie = `maker=${maker}; Path=${url}; Max-Age=${A_YEAR_S}; SameSite=Lax${secure}`
}
