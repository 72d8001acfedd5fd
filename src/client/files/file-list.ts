/** Files, as people are shown them. */
import { wording } from "../language/wording.ts";
import { dayAndClock } from "../lists.ts";
import { type Column, table } from "../table.ts";
import { inert } from "../terminal/inert.ts";
import type { ListedFile } from "./file-command.ts";
import { formatBytes } from "./units.ts";

/** The list, for people. @param columns of the window; no limit unless given */
export function filesInWords(files: readonly ListedFile[], columns?: number): string {
  if (files.length === 0) return wording.nothing;
  const heads = [true, false, true, false, true].map((whole): Column => ({ title: "", whole }));
  return table(heads, files.map(listedRow), columns);
}

function listedRow({ id, name, size: bytes, time, from, group, to, got, gone }: ListedFile): readonly string[] {
  const people = from === undefined ? wording.files.to(to ?? []) : wording.files.from(from, group ?? "");
  const fetchers = got && got.length > 0 ? wording.files.fetchedBy(got) : "";
  const row = [dayAndClock(time), name, gone ? wording.events.gone : formatBytes(bytes), people + fetchers, id];
  return row.map((text) => inert(text).replace(/[\n\t]/g, " "));
}
