import { createHash } from 'node:crypto';

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem;color:#1b1b1f}' +
  'input,button{font:inherit;padding:.5rem .7rem;width:100%;box-sizing:border-box;margin-top:.5rem}' +
  '.wrong{color:#b3261e}@media(prefers-color-scheme:dark){body{background:#1b1b1f;color:#e6e1e5}.wrong{color:#f2b8b5}}';

/** Policy of these pages: no script at all, the one style, forms to this origin. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The form. @param message what was wrong with the last try; a constant text, never something sent. */
export function loginPage(message?: string): string {
  return page(`<h1>Decode payloads</h1>
<p>Temporal’s UI shows the contents of calls in clear while you are logged in here.</p>
${message === undefined ? '' : `<p class="wrong" role="alert">${message}</p>\n`}<form method="post" action="/codec/login">
<label for="key">Admin key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
<button>Log in</button>
</form>`);
}

/** Shown while a session is open. */
export function loggedInPage(): string {
  return page(`<h1>You are logged in</h1>
<p>Go back to Temporal’s UI; the session lasts an hour.</p>
<p>If payloads stay encrypted there, open its codec server settings and switch on
“Include cross-origin credentials”.</p>
<form method="post" action="/codec/logout"><button>Log out</button></form>`);
}

function page(content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Decode payloads</title>
<style>${style}</style>
</head>
<body>
${content}
</body>
</html>
`;
}
