/** `chat-server print WHAT [options]`: files for those who run it for good, made for this program and these options. */
import { realpathSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { UsageError } from "./options.ts";
import type { ServerSettings } from "./server-options.ts";

/** What they are made for. */
interface Made {
  /** What the server is started with, as it was given. */
  readonly args: readonly string[];
  readonly options: ServerSettings;
}

/** Where a service keeps what it has; systemd makes it. */
const STATE = "/var/lib/obrol";
const LOG = "/var/log/obrol.log";

export const printed = { systemd, containerfile, fail2ban, logrotate, "nginx-stream": nginxStream } as const;

type Printed = keyof typeof printed;

/** @throws UsageError for what is none of them */
export function fileFor(what: string | undefined, made: Made): string {
  if (what === undefined || !Object.hasOwn(printed, what)) {
    throw new UsageError(`print: one of ${Object.keys(printed).join(", ")}; options of chat-server may follow`);
  }
  return printed[what as Printed](made);
}

function systemd({ args, options }: Made): string {
  const program = realpathSync(process.argv[1] as string);
  const paths = [options.data, options.uploads, options.control && dirname(options.control), options["realm-key"]];
  const elsewhere = paths.filter((path) => path !== undefined && isAbsolute(path) && !path.startsWith(`${STATE}/`));
  const isInHome = [process.execPath, program].some((path) => /^\/(home|root|run\/user)\//.test(path));
  const command = [process.execPath, ...process.execArgv, program];
  const reload = [
    "admin",
    "reload",
    "--control",
    options.control ?? join(resolve(STATE, options.data ?? "data"), "control.sock"),
  ];
  // Its ports below 1024 only root may open.
  const isLowPort = options.port > 0 && options.port < 1024;
  const lines = [
    "# /etc/systemd/system/chat-server.service",
    "[Unit]",
    "Description=Chat server (obrol)",
    "Wants=network-online.target",
    "After=network-online.target",
    "",
    "[Service]",
    "# It is systemd-notify that speaks for it, hence NotifyAccess=all.",
    "Type=notify",
    "NotifyAccess=all",
    `ExecStart=${inUnit([...command, ...args])}`,
    ...(options.memory && options.control === undefined ? [] : [`ExecReload=${inUnit([...command, ...reload])}`]),
    "Restart=on-failure",
    "WatchdogSec=60",
    "TimeoutStopSec=10",
    "LimitNOFILE=65536",
    "# As in launch.sh.",
    "Environment=MALLOC_ARENA_MAX=2",
    "",
    "DynamicUser=yes",
    "StateDirectory=obrol",
    "StateDirectoryMode=0700",
    `WorkingDirectory=${STATE}`,
    "UMask=0077",
    ...(elsewhere.length > 0 ? [`ReadWritePaths=${inUnit(elsewhere.map(String))}`] : []),
    "",
    "# MemoryDenyWriteExecute= is missing: V8 writes the code that it executes.",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    ...(isInHome
      ? ["# The program is in somebody's home, which the service must be able to read.", "ProtectHome=read-only"]
      : ["ProtectHome=yes"]),
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    `CapabilityBoundingSet=${isLowPort ? "CAP_NET_BIND_SERVICE" : ""}`,
    ...(isLowPort ? ["AmbientCapabilities=CAP_NET_BIND_SERVICE"] : []),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ];
  return lines.join("\n");
}

/** Words of a command in a unit: systemd.service(5), "Command lines". */
function inUnit(words: readonly string[]): string {
  return words
    .map((word) => word.replaceAll("%", "%%").replaceAll("$", "$$$$"))
    .map((word) =>
      /^[\w@%+=:,./$-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`,
    )
    .join(" ");
}

function containerfile({ args, options }: Made): string {
  const { port } = options;
  return `# In the folder of the sources: podman build -t obrol -f Containerfile . && podman run -v obrol:${STATE} -p ${port}:${port} obrol
FROM node:24-slim AS build
WORKDIR /build
COPY . .
RUN npm ci && npm pack --pack-destination /tmp && npm install --global --prefix /opt/obrol /tmp/obrol-*.tgz

FROM node:24-slim
COPY --from=build /opt/obrol /opt/obrol
RUN ln -s /opt/obrol/bin/chat-server /opt/obrol/bin/chat-client /usr/local/bin/ && install -d -o nobody -g nogroup -m 700 ${STATE}
USER nobody
WORKDIR ${STATE}
VOLUME ${STATE}
EXPOSE ${port}
ENV CHAT_HOST=0.0.0.0 CHAT_METRICS=127.0.0.1:9464
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["chat-server"]
CMD ${JSON.stringify(args)}`;
}

/** Facts before the address cannot pass for it: a value that holds a blank or a quotation mark is a JSON text. */
const FACTS = String.raw`(?:\w+=(?:"(?:[^"\\]|\\.)*"|[^"\s]\S*) )*?`;

function fail2ban({ options }: Made): string {
  const events = "login-(?:failed|throttled)";
  const failregex =
    options["log-format"] === "json"
      ? String.raw`^.*"level":"info","event":"${events}",(?:"(?:[^"\\]|\\.)*":(?:"(?:[^"\\]|\\.)*"|\d+),)*?"address":"<HOST>"`
      : String.raw`^(?:\S+ \S+\[\d+\]: \S+Z)?\s*info ${events} ${FACTS}address=<HOST>(?: |$)`;
  return `# /etc/fail2ban/jail.d/obrol.conf
[obrol]
enabled = true
port = ${options.port}
# As the unit of "print systemd" logs; a file is read with: backend = auto, logpath = ${LOG}
backend = systemd
journalmatch = _SYSTEMD_UNIT=chat-server.service
# Who guesses; "limit" would be who asks too much, which may also be a script that does not mean it.
maxretry = 10
findtime = 10m
bantime = 1h
failregex = ${failregex}`;
}

function logrotate(): string {
  return `# /etc/logrotate.d/obrol, for a server that is started with 2>>${LOG}; what goes to the journal needs none
${LOG} {
    weekly
    rotate 8
    compress
    delaycompress
    missingok
    notifempty
    # The shell has opened it, and the server goes on writing there.
    copytruncate
}`;
}

function nginxStream({ options }: Made): string {
  const { port } = options;
  return `# Outside of http { }; it wants nginx's stream module (Debian: libnginx-mod-stream). nginx takes what comes to ${port}, and says from where it has come. The server is started with:
# chat-server --host 127.0.0.1 --port ${port + 1} --proxy-from 127.0.0.1
stream {
    upstream obrol {
        server 127.0.0.1:${port + 1};
    }
    server {
        listen ${port};
        listen [::]:${port};
        proxy_pass obrol;
        proxy_protocol on;
        # The server ends who says nothing for too long, nginx need not.
        proxy_timeout 1d;
        proxy_connect_timeout 5s;
    }
}`;
}
