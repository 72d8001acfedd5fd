/** Emoji by their names. */
import { test } from "vitest";
import { newPromptScene } from "../support/prompt.ts";
import { keys } from "../support/window.ts";

const scene = newPromptScene();

test("Tab puts in the emoji of a name, anywhere in what is said", async () => {
  const window = await scene.prompt();
  window.type(`@${scene.bob} bagus :thumbsup${keys.tab}`);
  await window.stands(`${scene.alice} › @${scene.bob} bagus 👍`);
  window.type(`! :slightly_sm${keys.tab}`);
  await window.stands(`${scene.alice} › @${scene.bob} bagus 👍! 🙂`);
  window.type(keys.enter);
  await window.shows(new RegExp(`${scene.alice} → ${scene.bob}: bagus 👍! 🙂 ✓$`));
});

test("of several that fit one is chosen", async () => {
  const window = await scene.prompt();
  window.type(`@${scene.bob} :smile${keys.tab}`);
  await window.shows(/^ {2}😄 +:smile:$/);
  window.type(keys.tab);
  await window.stands(`${scene.alice} › @${scene.bob} 😄`);
});

test("what is typed without Tab is sent as it is typed", async () => {
  const window = await scene.prompt();
  window.type(`@${scene.bob} :smile: 05:41${keys.tab}${keys.enter}`);
  await window.shows(/: :smile: 05:41 ✓$/);
});

test("a terminal that draws in ASCII gets none", async () => {
  const window = await scene.prompt({ args: ["--ascii"] });
  window.type(`@${scene.bob} :thumbsup${keys.tab}`);
  window.type(`${keys.enter}`);
  await window.shows(/: :thumbsup \[ok\]$/);
});
