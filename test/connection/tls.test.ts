/** The library over TLS. */
import { expect, onTestFinished, test } from "vitest";
import { connect, UntrustedServer } from "../../src/connection/index.ts";
import { newAuthority, newCertificate, written } from "../support/certificate.ts";
import { testFolder } from "../support/folder.ts";
import { newUser, PASSWORD } from "../support/people.ts";
import { startServer } from "../support/server.ts";

test("a program is connected with the server that an authority of its own, or the key, says; with no other", async () => {
  const authority = newAuthority();
  const certificate = newCertificate({ by: authority });
  const server = await startServer(["--memory", ...written(testFolder(), certificate)]);
  onTestFinished(() => server.stop());
  await newUser(server, "alice");
  const account = { host: server.host, port: server.port, user: "alice", password: PASSWORD };
  for (const tls of [{ ca: authority.cert }, { pin: certificate.pin }]) {
    await using chat = await connect({ ...account, tls });
    expect(chat.user).toBe("alice");
  }
  for (const tls of [{ ca: newAuthority().cert }, { pin: newCertificate().pin }, true]) {
    await expect(connect({ ...account, tls })).rejects.toThrow(UntrustedServer);
  }
});
