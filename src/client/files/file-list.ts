/** The files that one was given or has sent, as the server lists them: checked, searched, and shown. */
import type { Input } from "../../contract/operations.ts";
import type { ReplyTo, ToldFile } from "../../protocol/replies.ts";
import { formatBytes, formatDayAndClock } from "../format.ts";
import { wording } from "../language/wording.ts";
import { type Column, table } from "../table.ts";
import { inert } from "../terminal/inert.ts";
import { FileError } from "./errors.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Looks for a file, the newest first: among those that were given, then among those that were sent.
 * @throws FileError when there is none
 */
export async function findFile(
  ask: (input: Input<"files">) => Promise<ReplyTo<"files">>,
  { what, from }: { readonly what: string; readonly from?: string },
): Promise<ToldFile> {
  const byId = UUID.test(what);
  const wanted = ({ id, name, group, to, from: sender, gone }: ToldFile): boolean => {
    if (byId ? id !== what.toLowerCase() : name !== what || gone === true) return false;
    if (from === undefined) return true;
    const givers = sender === undefined ? (to ?? []) : group === undefined ? [sender] : [`#${group}`];
    return givers.some((one) => isCalled(one, from));
  };
  for (const received of [true, false]) {
    const pages = new Set<string>();
    for (let before: string | undefined; before === undefined || !pages.has(before); ) {
      if (before !== undefined) pages.add(before);
      const page = await ask({ received, ...(before !== undefined && { before }) });
      const file = page.data.findLast(wanted);
      if (file) return file;
      if (page.more !== true || page.before === undefined) break;
      ({ before } = page);
    }
  }
  throw new FileError("no-file", wording.files.noFile(what));
}

/** Is it meant by a name: in any case, a group also without its `#`, and either without its realm? */
function isCalled(one: string, name: string): boolean {
  const full = one.toLowerCase();
  const said = name.toLowerCase();
  return [full, full.replace(/^#/, "")].some((text) => text === said || text.startsWith(`${said}@`));
}

/** The fields of one, for scripts: README's table says which. */
export function plainFileRow({ id, name, size: bytes, time, from, group, to, got, gone, sha256 }: ToldFile): unknown[] {
  const receivers = group === undefined ? (to ?? []).join(",") : `#${group}`;
  return [id, name, String(bytes), time, from, receivers, (got ?? []).join(","), gone ? "gone" : "", sha256];
}

/** The list, for people. @param columns of the window; no limit unless given */
export function filesInWords(files: readonly ToldFile[], columns?: number): string {
  if (files.length === 0) return wording.nothing;
  const heads = [true, false, true, false, true].map((whole): Column => ({ title: "", whole }));
  return table(heads, files.map(listedRow), columns);
}

function listedRow({ id, name, size: bytes, time, from, group, to, got, gone }: ToldFile): readonly string[] {
  const people = from === undefined ? wording.files.to(to ?? []) : wording.files.from(from, group ?? "");
  const fetchers = got && got.length > 0 ? wording.files.fetchedBy(got) : "";
  const row = [formatDayAndClock(time), name, gone ? wording.events.gone : formatBytes(bytes), people + fetchers, id];
  return row.map((text) => inert(text).replace(/[\n\t]/g, " "));
}
