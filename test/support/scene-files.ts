/** Files of a scene of chat-client: made in its folder, compared, and looked for at the server. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Scene } from "./chat-client.ts";
import { loggedIn, ok } from "./people.ts";
import type { TestServer } from "./server.ts";

export interface SceneFiles {
  /** A file of random bytes in the test's folder. @returns its path */
  fileOf(size: number, name?: string): string;
  /** Names of what a user was sent. */
  receivedBy(name: string, on?: TestServer): Promise<readonly string[]>;
}

export function filesOf(scene: Scene): SceneFiles {
  return {
    fileOf: (size, name = "a.iso") => scene.write(name, randomBytes(size)),
    async receivedBy(name, on = scene.server) {
      const { client } = await loggedIn(on, name);
      const { data } = await ok(client.request("files received"));
      client.close();
      return (data as { name: string }[]).map((file) => file.name);
    },
  };
}

export function same(a: string, b: string): boolean {
  return readFileSync(a).equals(readFileSync(b));
}
