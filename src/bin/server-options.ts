/** Every option of chat-server. */
import { registrations } from "../contract/shapes.ts";
import { dialectNames } from "../protocol/dialects/index.ts";
import { framings } from "../protocol/frames.ts";
import { levels, logFormats } from "../server/log.ts";
import { ranges } from "./addresses.ts";
import {
  choice,
  days,
  daysOrNone,
  duration,
  flag,
  integer,
  limit,
  list,
  live,
  optionalDays,
  type Settings,
  size,
  text,
} from "./options.ts";

export const serverOptions = {
  host: text("address to listen on", "ADDRESS", "127.0.0.1"),
  port: integer("port to listen on, 0 for any free one", 0, 65_535, 8889),
  "tls-cert": live(text("file of the certificate (PEM) for connections that begin with TLS, on the same port", "FILE")),
  "tls-key": live(text("file of its key (PEM)", "FILE")),
  "tls-only": live(flag("refuse connections that are not encrypted")),
  "proxy-from": ranges("address of a proxy, which begins each connection with a PROXY header; may be repeated"),
  realm: text("this server's name among realms", "NAME", undefined, "the host's name"),
  peer: list("realm to link with; may be repeated", "NAME=HOST:PORT"),
  advertise: text(
    "where other realms can call this server",
    "HOST:PORT",
    undefined,
    "its port, from wherever it calls",
  ),
  "realm-key": text(
    "file of this server's key, by which other realms know it",
    "FILE",
    undefined,
    "realm.key in --data",
  ),
  "outbox-days": days("how long a message waits for a realm that cannot be reached", "7"),
  "outbox-messages": live(integer("messages that may wait for one realm", 1, 1_000_000_000, 1_000_000)),
  "outbox-size": live(size("messages that may wait for one realm, together", "1G")),
  "no-directory": live(flag("do not tell linked realms the names of users and groups")),
  "plain-links": list("older realm to link with although that is not encrypted; may be repeated", "NAME"),
  "legacy-realms": list(
    "server of the older kind, whose unsigned messages are believed; may be repeated",
    "NAME=HOST:PORT",
  ),
  dialect: choice("dialect that requests are read in", dialectNames, "auto"),
  framing: choice("where a request ends", framings, "auto"),
  data: text("folder of the database", "DIR", undefined, "./data"),
  store: text("PostgreSQL that several nodes share, in place of a database of this server's own", "URL"),
  "store-file": text("file with that URL, where a password stands in it", "FILE"),
  new: flag("start with an empty database although the realm's key is there"),
  memory: flag("keep everything in memory; it ends with the process"),
  "memory-messages": integer("newest messages kept with --memory", 1000, 1_000_000_000, 1_000_000),
  uploads: text("folder of files", "DIR", "uploads"),
  "max-file": live(size("largest file", "4G")),
  quota: live(size("files of one user, together", "20G")),
  "min-free": live(
    size("room that files leave on the disk; messages leave a tenth of it, at most 64M, on that of --data", "512M"),
  ),
  "message-quota": live(limit("messages of one user in a day (UTC)", 1, 1_000_000_000)),
  "max-transfers": live(integer("uploads and downloads of one user at once", 1, 100_000, 16)),
  "message-days": live(
    optionalDays("how long messages are kept; a group may say less (group set NAME keep DAYS)", "for ever"),
  ),
  "file-days": live(optionalDays("how long files are kept", "for ever")),
  "part-days": live(days("how long an upload that was cut off is kept", "1")),
  "erase-days": live(
    daysOrNone("how long a user who wants his account erased can change his mind; 0: it begins at once", "7"),
  ),
  "seed-users": text("JSON file of users and groups to add where they are missing", "FILE"),
  "realm-policy": live(
    choice(
      "who may add realms; default: users on a server that listens on loopback alone, else admins",
      ["default", "users", "admins", "closed"],
      "default",
    ),
  ),
  "trust-loopback": live(flag("let everybody on this machine add realms without a session, as in a classroom")),
  registration: live(
    choice(
      "who may make an account; default: everybody (open) on a server that listens on loopback alone, else who has an invitation",
      ["default", ...registrations],
      "default",
    ),
  ),
  admin: live(list("name of an administrator; may be repeated", "USER")),
  control: text(
    "socket for chat-server admin, which only its owner can open",
    "PATH",
    undefined,
    "control.sock in --data",
  ),
  "min-password": live(integer("characters a new password must have", 1, 256, 1)),
  "password-memory": size("memory that hashing one password takes", "19M"),
  "max-request": live(size("longest request", "64K")),
  "max-file-request": live(size("longest request with a file's content", "16M")),
  "max-anonymous-request": live(size("longest request without a session or a valid token", "8K")),
  "max-held": live(size("unfinished requests of all connections together", "256M")),
  "request-timeout": live(duration("how long a request may take to arrive once begun", "60s")),
  "login-timeout": live(duration("how long a connection may stay without logging in", "10m")),
  "max-connections": live(integer("connections at once", 1, 1_000_000, 10_000)),
  "max-connections-per-ip": live(
    integer("connections at once from one address; without a session, beyond loopback, 64", 1, 1_000_000, 1024),
  ),
  rate: live(
    choice(
      "who has budgets of requests; default: everybody, unless it listens on loopback alone",
      ["default", "always", "none"],
      "default",
    ),
  ),
  "max-output": live(size("replies and events waiting for a slow reader before it is disconnected", "8M")),
  "max-output-total": live(
    size("replies and events waiting for all readers; large replies then wait for room", "256M"),
  ),
  metrics: text(
    "address for /metrics (OpenMetrics) and /healthz over HTTP, for this machine or a private network",
    "HOST:PORT",
  ),
  "log-level": live(choice("least urgent events that are logged", [...levels, "silent"], "info")),
  "log-format": choice("how an event is logged", logFormats, "text"),
  config: text("JSON file of these options", "FILE"),
};

export type ServerSettings = Settings<typeof serverOptions>;
