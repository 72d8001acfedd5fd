/** Links have numbers, by which a browser is given them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ok } from "../support/people.ts";
import { newPromptScene } from "../support/prompt.ts";
import { until } from "../support/until.ts";
import { keys, type Window } from "../support/window.ts";

const scene = newPromptScene();

/** Alice's prompt with a browser that writes down what it is given, a line each. */
async function opened(more: Readonly<Record<string, string>> = {}): Promise<Window> {
  const browser = join(scene.folder, "browser");
  writeFileSync(browser, '#!/bin/sh\nprintf "%s\\n" "$@" >> opened.part && mv opened.part opened\n', { mode: 0o755 });
  return scene.prompt({ columns: 120, env: { BROWSER: `${browser} --new`, ...more } });
}

async function given(): Promise<string> {
  const path = join(scene.folder, "opened");
  return until("the browser is given something", () => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  });
}

function says(text: string): Promise<unknown> {
  return ok(scene.bobSession.client.request(`send ${scene.alice} ${text}`));
}

test("`o 1` opens the link with that number, as one argument, and says which", async () => {
  const window = await opened();
  await says("lihat https://example.org/a?b=1&c=$(touch_x);-d dan https://example.org/z");
  await window.shows(/;-d \[1\] dan https:\/\/example\.org\/z \[2\]$/);
  window.type(`o 1${keys.enter}`);
  const link = "https://example.org/a?b=1&c=$(touch_x);-d";
  await window.shows(`opens ${link}`);
  expect(await given()).toBe(`--new\n${link}\n`);
});

test("`o` alone opens the last, with a conversation open `/o`: there it is what people say, too", async () => {
  const window = await opened();
  await says("https://example.org/a https://example.org/b");
  window.type(`open ${scene.bob}${keys.enter}`);
  await window.shows(/\/a \[1\] https:\/\/example\.org\/b \[2\]$/);
  window.type(`o${keys.enter}`);
  await window.shows(new RegExp(`${scene.alice}: o ✓$`));
  window.type(`/o${keys.enter}`);
  await window.shows("opens https://example.org/b");
  expect(await given()).toBe("--new\nhttps://example.org/b\n");
});

test("what looks like another address is opened, and said, as it really is", async () => {
  const window = await opened();
  await says("https://раypal.example/masuk");
  await window.shows(/masuk \[1\]$/);
  window.type(`o${keys.enter}`);
  await window.shows(/^opens https:\/\/xn--\S+\/masuk$/);
  expect(await given()).toMatch(/^--new\nhttps:\/\/xn--/);
});

test("a browser that cannot open it is told of, and so is the link", async () => {
  const window = await opened({ BROWSER: "/nowhere/browser" });
  await says("https://example.org/a");
  await window.shows(/\/a \[1\]$/);
  window.type(`o 1${keys.enter}`);
  await window.shows("no browser has opened https://example.org/a");
});
