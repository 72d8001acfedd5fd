/** Groups of other realms in the prompt: what one has said there is one's own as here. */
import { expect, test } from "vitest";
import { history, ok } from "../support/people.ts";
import { prompted } from "../support/prompt.ts";
import { link, pair } from "../support/realms.ts";
import { until } from "../support/until.ts";
import { keys } from "../support/window.ts";

test("what one has just said in a group of another realm can be edited, reacted to and deleted", async () => {
  const { kampus, rumah, alice } = await pair();
  await link(kampus, rumah);
  await ok(alice.client.request("addgroup kelas"));
  const window = await prompted({ port: rumah.port, user: "bob" });
  window.type(`joingroup kelas@kampus${keys.enter}`);
  await window.shows("you are in #kelas@kampus now");
  window.type(`#kelas@kampus${keys.enter}`);
  await window.stands("bob #kelas@kampus ›");
  window.type(`satu${keys.enter}`);
  await window.shows(/ bob: satu ✓$/);
  await until("it has come", async () => (await history(alice.client, "#kelas")).length === 1);
  window.type(`1 +1${keys.enter}`);
  await window.shows('* bob reacted to "satu": 👍');
  window.type(`/edit${keys.enter}`);
  await window.stands(/ satu$/);
  window.type(` dua${keys.enter}`);
  await window.shows("the message is edited");
  await until("it is edited there", async () => (await history(alice.client, "#kelas"))[0] === "satu dua");
  window.type(`/delete${keys.enter}`);
  await window.stands(/\/delete \S+$/);
  window.type(keys.enter);
  await window.shows("the message is deleted");
  expect(await history(alice.client, "#kelas")).not.toContain("satu dua");
});
