/** How many accounts there may be. */
import { expect, test } from "vitest";
import { register } from "../../src/operations/groups/registration.ts";
import type { Caller, Services } from "../../src/operations/services/context.ts";

test("a server with a million accounts takes no more, and hashes nothing for it", async () => {
  const services = {
    policy: { minPassword: 1, registration: "open", admins: new Set() },
    model: { users: { isTaken: () => false, count: 1_000_000 } },
  } as unknown as Services;
  const finish = await register(services, {} as Caller, { user: "alice", password: "rahasia", session: "none" });
  expect(finish()).toMatchObject({ code: "too-many" });
});
