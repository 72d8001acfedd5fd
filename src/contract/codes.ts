/** Every code of a refusal, with its meaning. Scripts rely on codes: add one where none fits, never change one. */
export const codes = {
  "bad-request": "the request's parameters are wrong or missing",
  "unknown-request": "no such request",
  "no-session": "not logged in, or the token is not valid",
  "bad-credentials": "unknown user or wrong password",
  "logged-in": "log out first",
  "user-exists": "the user name is taken",
  "user-not-found": "no such user",
  "group-exists": "the group name is taken",
  "group-not-found": "no such group",
  "already-member": "already a member of the group",
  "not-member": "not a member of the group",
  "message-not-found": "no such message, or not yours to see",
  "file-not-found": "no such file, or not yours to see",
  incomplete: "the bytes have ended before all had come; what has arrived can be gone on with",
  checksum: "the content is not what was announced",
  "too-large": "larger than this server accepts",
  quota: "the space allowed is used up",
  "disk-full": "the server's disk has too little room left",
  "realm-exists": "the realm is already known",
  "realm-not-found": "no such realm",
  "realm-unreachable": "the realm does not answer",
  "realm-refused": "the realm could not prove that it is the one meant",
  "outbox-full": "too much is waiting for that realm",
  forbidden: "not allowed here",
  "rate-limited": "too many tries, wait a moment",
  "too-many": "more than this server allows at once",
  storage: "could not be written to disk, nothing of it was kept",
  internal: "a fault in the server, nothing of it was kept",
} as const;

/** One of the codes. */
export type Code = keyof typeof codes;
