/** A backup of which each byte is flipped once: `chat-server verify` has to name the file, also where SQLite reads nothing. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DATABASE } from "../../src/logs/sqlite/index.ts";
import { operatorOf } from "../support/admin.ts";
import { filesIn, flipped } from "../support/flips.ts";
import { newUser, ok } from "../support/people.ts";
import { startServer } from "../support/server.ts";

/** Bytes; the least that SQLite knows. With its usual ones even an empty database has 150,000 bytes. */
const PAGE = 512;

export async function flips(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-siege-"));
  const [data, uploads, backup] = [join(folder, "data"), join(folder, "uploads"), join(folder, "backup")];
  mkdirSync(data);
  const database = new DatabaseSync(join(data, DATABASE));
  database.exec(`PRAGMA page_size = ${PAGE}; VACUUM`);
  database.close();
  const server = await startServer(["--data", data, "--uploads", uploads]);
  const { client } = await newUser(server, "alice");
  await newUser(server, "bob");
  await ok(client.request("send bob halo"));
  await ok(client.request(`sendfile bob a.txt ${Buffer.from("isi").toString("base64")}`));
  const operator = await operatorOf(server);
  await ok(operator.request(`admin backup ${backup}`));
  operator.close();
  await server.stop();
  for (const path of filesIn(backup)) {
    const { bytes, unnamed } = await flipped(backup, path);
    console.log(
      `    ${path.slice(backup.length + 1)}: ${bytes} bytes, ${unnamed.length} not named ${unnamed.join(" ")}`,
    );
  }
  rmSync(folder, { recursive: true });
}
