/** A script's own connection, and the end of a session that was opened for one command. */
import { Connection } from "../../connection/connection.ts";
import type { ConnectionOptions, ConnectionSettings } from "../../connection/connection-options.ts";
import type { Identity } from "./identity.ts";

/** How long, in ms, a logout may take. */
const LOGOUT_MS = 2000;

/** A script's own connection: made once, for requests in any dialect. @throws LinkError */
export function openOnce(
  options: Omit<ConnectionSettings, "reconnect"> & Pick<ConnectionOptions, "onEvent">,
): Promise<Connection> {
  return Connection.open({ ...options, reconnect: false, dialect: "auto", pulse: "none" });
}

/** Ends the session of one command, which would stay for 30 days otherwise. Gives up where the server does not answer. */
export async function logOut(settings: ConnectionSettings, connection: Connection, identity: Identity): Promise<void> {
  const isLost = await Promise.race([connection.lost.catch(() => true), Promise.resolve(false)]);
  if (isLost) return logOutAnew(settings, identity);
  const patience = setTimeout(() => connection.close(), LOGOUT_MS);
  await connection.call("logout", {}).catch(() => undefined);
  clearTimeout(patience);
}

/** The same where the connection is lost, or still busy. */
export async function logOutAnew({ host, port, tls }: ConnectionSettings, { token }: Identity): Promise<void> {
  const connection = await openOnce({ host, port, tls, timeout: LOGOUT_MS }).catch(() => undefined);
  await connection?.call("logout", {}, { token }).catch(() => undefined);
  connection?.close();
}
