/** What opens links. */
import { expect, test } from "vitest";
import { browserIn, openInBrowser } from "../../src/client/browser.ts";

test.each([
  [{ BROWSER: "firefox" }, "linux", ["firefox"]],
  [{ BROWSER: "firefox --new-window:lynx" }, "linux", ["firefox", "--new-window"]],
  [{ BROWSER: '"/opt/my browser" %s', SSH_CONNECTION: "1 2 3 4" }, "darwin", ["/opt/my browser", "%s"]],
  [{ DISPLAY: ":0" }, "linux", ["xdg-open"]],
  [{ WAYLAND_DISPLAY: "wayland-0" }, "linux", ["xdg-open"]],
  [{}, "linux", undefined],
  [{ SSH_CONNECTION: "1 2 3 4" }, "linux", undefined],
  [{}, "darwin", ["open"]],
  [{ SSH_CONNECTION: "1 2 3 4" }, "darwin", undefined],
  [{}, "win32", ["rundll32", "url.dll,FileProtocolHandler"]],
] as const)("in %j on %s it is %j", (env, platform, browser) => {
  expect(browserIn(env, platform)).toEqual(browser);
});

test("it is said whether a link is open", async () => {
  const node = process.execPath;
  const link = "https://example.org/?a=1&b=$(x)";
  const isLink = `process.exit(process.argv[1] === ${JSON.stringify(link)} ? 0 : 1)`;
  expect(await openInBrowser([node, "-e", isLink], link)).toBe(true);
  expect(await openInBrowser([node, "-e", isLink, "%s"], link)).toBe(true);
  expect(await openInBrowser([node, "-e", isLink, "x"], link)).toBe(false);
  expect(await openInBrowser(["/nowhere/browser"], link)).toBe(false);
});
