/** A text handed to a person's own editor, in a file that only he reads. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wording } from "../language/wording.ts";

/** @returns the text as it was left. @throws Error when there is no editor, or it has failed. */
export async function editExternally(text: string): Promise<string> {
  const editor = process.env["VISUAL"] || process.env["EDITOR"] || "vi";
  const folder = mkdtempSync(join(tmpdir(), "obrol-"));
  const path = join(folder, "message.txt");
  try {
    writeFileSync(path, text === "" ? "" : `${text}\n`, { mode: 0o600 });
    // By a shell: `EDITOR="code --wait"` is usual. The path is no part of the command's text.
    const child = spawn("sh", ["-c", `${editor} "$1"`, "sh", path], { stdio: "inherit" });
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(wording.files.editorFailed(editor));
    return readFileSync(path, "utf8").replace(/\r\n?/g, "\n").replace(/\n$/, "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
