/** An operator's command in chat-client, and the request that it is. */
import { expect, test } from "vitest";
import { adminRequest } from "../../../src/client/admin/request.ts";

test.each([
  ["admin ban bob --for 7d --reason iklan", "admin ban bob for 7d iklan"],
  ["/admin invite --uses=3 --group kelas", "admin invite uses 3 group kelas"],
  ["admin reports 5", "admin reports after 5"],
  ["admin audit 9 --since 2026-11-21", "admin audit since 2026-11-21 before 9"],
  ["admin delete bob --messages --yes", "admin delete bob messages"],
  ["admin realm ban rumah", "admin ban @rumah"],
  ["admin announce tutup jam 22", "admin announce tutup jam 22"],
])("%s is a request", (line, request) => {
  expect(adminRequest(line.split(" "))).toBe(request);
});

test.each([
  // Requests as they stand, a password among the words, and what is none of it.
  "admin invite uses 3",
  "admin password bob rahasia",
  "admin nothing",
  "send bob admin stats",
])("%s is left as it stands", (line) => {
  expect(adminRequest(line.split(" "))).toBeUndefined();
});

test.each([
  ["admin delete bob", /--yes/],
  ["admin group delete kelas", /--yes/],
  ["admin users --uses 3", /--uses is for invite/],
  ["admin ban bob --for", /--for/],
  ["admin kick --yes", /kick NAME/],
])("%s is refused", (line, why) => {
  expect(() => adminRequest(line.split(" "))).toThrow(why);
});
