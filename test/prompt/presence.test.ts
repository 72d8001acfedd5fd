/** What stands at the prompt of who types, who is away, and who was there. */
import { expect, test } from "vitest";
import { ok } from "../support/people.ts";
import { newPromptScene, prompted } from "../support/prompt.ts";
import { until } from "../support/until.ts";
import { keys } from "../support/window.ts";

const scene = newPromptScene();

test("that the other types stands above the line, until his message comes", async () => {
  const { alice, bob, server } = scene;
  const hers = await scene.prompt();
  const his = await prompted({ port: server.port, user: bob });
  his.type(`@${alice}${keys.enter}`);
  await his.stands(`${bob} ${alice} ›`);
  // It may be that nothing is told for three seconds: he types on.
  await until("it is seen", async () => {
    his.type("a");
    return (await hers.lines()).some((line) => line === `${bob} is typing …`);
  });
  his.type(keys.enter);
  const lines = await hers.shows(/: a+$/);
  expect(lines).not.toContain(`${bob} is typing …`);
});

test("one is away by /away, is told so of others where their conversation is opened, and of what changes there", async () => {
  const { alice, bob, bobSession } = scene;
  await ok(bobSession.client.request(`send ${alice} halo`));
  await ok(bobSession.client.request("watch on"));
  await ok(bobSession.client.request("away makan siang"));
  const window = await scene.prompt();
  window.type(`/away sebentar${keys.enter}`);
  await window.shows("you are away, until back");
  window.type(`open ${bob}${keys.enter}`);
  await window.shows(`* ${bob} is away: makan siang`);
  await ok(bobSession.client.request("back"));
  await window.shows(`* ${bob} is back`);
  await ok(bobSession.client.request("status belajar"));
  await window.shows(`* the status of ${bob}: belajar`);
  // Words that people say to each other are said.
  window.type(`back${keys.enter}`);
  await window.shows(/: back ✓$/);
  expect((await ok(bobSession.client.request(`info ${alice}`))).data).toMatchObject({ away: "sebentar" });
  window.type(`/back${keys.enter}`);
  await window.shows("you are back");
  window.type(`/status sibuk${keys.enter}`);
  await window.shows("what others see of you is changed");
  expect((await ok(bobSession.client.request(`info ${alice}`))).data).toMatchObject({ status: "sibuk" });
});

test("info says when somebody was there", async () => {
  const { bob, bobSession } = scene;
  await ok(bobSession.client.request("watch on"));
  await ok(bobSession.client.request("logout"));
  const window = await scene.prompt();
  window.type(`info ${bob}${keys.enter}`);
  await window.shows(/offline, seen /);
});
