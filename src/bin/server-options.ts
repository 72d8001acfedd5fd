/** Every option of chat-server. */
import { dialectNames } from "../protocol/dialects/index.ts";
import { framings } from "../protocol/frames.ts";
import { levels } from "../server/log.ts";
import { choice, days, duration, flag, integer, list, size, text } from "./settings.ts";

export const serverOptions = {
  host: text("address to listen on", "ADDRESS", "127.0.0.1"),
  port: integer("port to listen on, 0 for any free one", 0, 65_535, 8889),
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
  "outbox-messages": integer("messages that may wait for one realm", 1, 1_000_000_000, 1_000_000),
  "outbox-size": size("messages that may wait for one realm, together", "1G"),
  "no-directory": flag("do not tell linked realms the names of users and groups"),
  "legacy-realms": list(
    "server of the older kind, whose unsigned messages are believed; may be repeated",
    "NAME=HOST:PORT",
  ),
  dialect: choice("dialect that requests are read in", dialectNames, "auto"),
  framing: choice("where a request ends", framings, "auto"),
  data: text("folder of the database", "DIR", undefined, "./data"),
  memory: flag("keep everything in memory; it ends with the process"),
  "memory-messages": integer("newest messages kept with --memory", 1000, 1_000_000_000, 1_000_000),
  uploads: text("folder of files", "DIR", "uploads"),
  "seed-users": text("JSON file of users and groups to add where they are missing", "FILE"),
  "realm-policy": choice("who may add realms, besides loopback", ["users", "admins", "closed"], "users"),
  admin: list("name of an administrator; may be repeated", "USER"),
  "min-password": integer("characters a new password must have", 1, 256, 1),
  "password-memory": size("memory that hashing one password takes", "19M"),
  "max-request": size("longest request", "64K"),
  "max-file-request": size("longest request with a file's content", "16M"),
  "max-anonymous-request": size("longest request without a session or a valid token", "8K"),
  "max-held": size("unfinished requests of all connections together", "256M"),
  "request-timeout": duration("how long a request may take to arrive once begun", "60s"),
  "login-timeout": duration("how long a connection may stay without logging in", "10m"),
  "max-connections": integer("connections at once", 1, 1_000_000, 10_000),
  "max-connections-per-ip": integer("connections at once from one address", 1, 1_000_000, 4096),
  "max-output": size("replies and events waiting for a slow reader before it is disconnected", "8M"),
  "log-level": choice("least urgent events that are logged", [...levels, "silent"], "info"),
  config: text("JSON file of these options", "FILE"),
};
