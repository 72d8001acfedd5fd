/** How many of a thing there may be, and what becomes of one more. */
import { expect, it } from "vitest";
import { inbox, loggedIn, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { started } from "../support/started.ts";

const DAY_MS = 24 * 3600_000;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

it("of a thousand sessions the one unused longest ends when its user logs in once more, and the log says so", async () => {
  const server = await started("--memory");
  const { token: first } = await newUser(server, "alice");
  const { token: second } = await loggedIn(server, "alice");
  const { client } = await loggedIn(server, "alice");
  await Promise.all(numbers(997).map(() => ok(client.request(`auth alice ${PASSWORD}`))));
  for (const token of [first, second]) await ok(client.request(`whoami ${token}`));
  expect(server.log()).not.toContain("session-ended");
  await ok(client.request(`auth alice ${PASSWORD}`));
  expect((await ok(client.request("sessions"))).data).toHaveLength(1000);
  expect(await refused(client.request(`whoami ${first}`))).toBe("no-session");
  await ok(client.request(`whoami ${second}`));
  expect(server.log()).toContain(" info session-ended user=alice ");
});

it("a user owns a thousand groups, also if he has left them; others go on making theirs", async () => {
  const server = await started("--memory");
  const { client: alice } = await newUser(server, "alice");
  const { client: bob } = await newUser(server, "bob");
  await Promise.all(numbers(1000).map((i) => ok(alice.request(`addgroup g${i}`))));
  await ok(alice.request("leave g0"));
  expect(await refused(alice.request("addgroup lagi"))).toBe("too-many");
  await ok(bob.request("addgroup lagi"));
});

it("a user has a thousand conversations muted, people and groups; how they are can be changed", async () => {
  const server = await started("--memory");
  const { client: alice } = await newUser(server, "alice");
  await newUser(server, "bob");
  await ok(alice.request("mute alice"));
  await Promise.all(numbers(999).map((i) => ok(alice.request(`addgroup g${i}`))));
  await Promise.all(numbers(999).map((i) => ok(alice.request(`mute #g${i}`))));
  expect(await refused(alice.request("mute bob"))).toBe("too-many");
  for (const request of ["mute alice mentions", "mute #g7 mentions", "unmute #g8", "mute bob"]) {
    await ok(alice.request(request));
  }
  expect((await ok(alice.request("mutes"))).data).toHaveLength(1000);
});

it("one request names a thousand users at most, as members and as receivers", async () => {
  const server = await started("--memory");
  const { client: alice } = await newUser(server, "alice");
  const many = numbers(1001)
    .map((i) => `u${i}`)
    .join(",");
  for (const request of [`creategroup kelas ${many}`, `sendgroup ${many} halo`, `sendgroupfile ${many} a.txt YQ==`]) {
    expect(await refused(alice.request(request))).toBe("too-many");
  }
  expect(await refused(alice.request(`sendgroup ${many.slice(0, many.lastIndexOf(","))} halo`))).toBe("user-not-found");
});

it("a thousand realms are known when users add them, and no more", async () => {
  const server = await started("--memory");
  const { client: alice } = await newUser(server, "alice");
  await Promise.all(numbers(1000).map((i) => ok(alice.request(`addrealm r${i}`))));
  expect(await refused(alice.request("addrealm lagi"))).toBe("too-many");
});

it("who has sent his day's messages is refused with the time until midnight UTC, whatever he sends and to whom", async () => {
  const server = await started("--memory", "--message-quota", "5", "--rate", "none");
  // Lest midnight comes in between.
  if (DAY_MS - (Date.now() % DAY_MS) < 60_000) server.pass(60_000);
  const { client: alice } = await newUser(server, "alice");
  const { client: bob } = await newUser(server, "bob");
  await ok(alice.request("addgroup kelas"));
  await ok(alice.request("send bob satu"));
  await ok(alice.request("post a bob dua"));
  await ok(alice.request("sendgroup kelas tiga"));
  await ok(alice.request("sendfile bob a.txt YQ=="));
  // One of the two would be too many: nobody gets any.
  expect(await refused(alice.request("sendgroup bob,alice lima"))).toBe("quota");
  await ok(alice.request("send bob lima"));
  const refusal = await alice.request("send bob enam");
  expect(refusal).toMatchObject({ code: "quota" });
  expect(refusal["retry"]).toBeGreaterThan(0);
  expect(refusal["retry"]).toBeLessThanOrEqual(24 * 3600);
  for (const request of ["post b bob enam", "sendgroup kelas enam", "sendfile bob b.txt YQ=="]) {
    expect(await refused(alice.request(request))).toBe("quota");
  }
  await ok(alice.request("post a bob dua"));
  expect(await inbox(bob, "all")).toEqual(["satu", "dua", "a.txt", "lima"]);
  await ok(bob.request("send alice halo"));
});
