/** A browser can be made to send requests: HTTP is refused, and nothing inside it is executed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newUser, refused } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

describe.each(["auto", "blank-line", "line"])("HTTP, with --framing %s", (framing) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer(["--framing", framing]);
    await newUser(server, "alice");
  });
  afterAll(() => server.stop());

  async function nobodyIs(name: string): Promise<void> {
    const { client } = await newUser(server, `asks-for-${name}`);
    expect(await refused(client.request(`info ${name}`))).toBe("user-not-found");
  }

  it("GET gets an answer that a browser shows as an error", async () => {
    const response = await fetch(`http://${server.host}:${server.port}/`);
    expect(response.status).toBe(400);
  });

  it.each([
    ["lines", "register mallory-lines rahasia m x\n", "mallory-lines"],
    ["requests", "\r\n\r\nregister mallory-requests rahasia m x\r\n\r\n", "mallory-requests"],
  ])("POST with a body of %s is refused and none is executed", async (_, body, name) => {
    const url = `http://${server.host}:${server.port}/`;
    const response = await fetch(url, { method: "POST", body: body.repeat(3) });
    expect(response.status).toBe(400);
    await nobodyIs(name);
  });

  it.each(["M-SEARCH", "get", "Post", "x!#$%&'*+.^_`|~1"])(
    "any other method is refused as well: %s",
    async (method) => {
      const name = `mallory-${method.replace(/\W/g, "").toLowerCase()}`;
      const lines = [`${method} / HTTP/1.1`, "Host: localhost", "", `register ${name} rahasia m x`, "", ""];
      const wire = new Wire(server).send(lines.join("\r\n"));
      await until("it is closed", () => wire.hasEnded);
      expect(wire.text).toMatch(/^HTTP\/1\.1 400 /);
      expect(wire.text.match(/"status"/g)).toHaveLength(1);
      await nobodyIs(name);
    },
  );

  it("POST whose body comes later is refused as well", async () => {
    const wire = new Wire(server).send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n");
    await until("it is refused", () => wire.text.startsWith("HTTP/1.1 400 "));
    wire.send("register mallory-later rahasia m x\r\n\r\n");
    await until("it is closed", () => wire.hasEnded);
    await nobodyIs("mallory-later");
  });
});
