#!/usr/bin/env bash
# Installs what the tests need and is missing, builds with warnings as errors, runs every test.
# The last line is the total: "N passed, N failed", with ", N skipped" where some were. Exit code 0: all passed.
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

if ! command -v dotnet >/dev/null; then
  echo "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download" >&2
  exit 1
fi

# What the tests need besides the SDK comes from Debian's packages, as root or with sudo. Where it cannot be had, the tests that need it are
# skipped, and say so.
install() {
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || return 1
    sudo="sudo"
  fi
  command -v apt-get >/dev/null || return 1
  # A service that a package brings must not start: the tests start their own, on free ports.
  local policy=/usr/sbin/policy-rc.d ours=""
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null && $sudo chmod +x "$policy" && ours=1
  fi
  $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -qq -y --no-install-recommends "$1" >/dev/null
  local code=$?
  [ -z "$ours" ] || $sudo rm -f "$policy"
  return "$code"
}

if ! command -v redis-server >/dev/null && ! install redis-server; then
  echo "redis-server 6.2 or later is missing and could not be installed: the tests that need it are skipped." >&2
fi

if ! ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 && ! install faketime; then
  echo "faketime is missing and could not be installed: the test of machines whose clocks differ is skipped." >&2
fi

# The SDKs of Segment and RudderStack, and axe, which finds faults of accessibility in the console.
node_major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')
if [ "${node_major:-0}" -lt 20 ] || ! command -v npm >/dev/null; then
  echo "Node 20 or later with npm is missing: the tests of the SDKs and of the console's accessibility are skipped." >&2
else
  installed=tests/clients/node_modules/.package-lock.json
  if [ ! -f "$installed" ] || [ tests/clients/package-lock.json -nt "$installed" ]; then
    (cd tests/clients && npm ci --ignore-scripts --no-audit --no-fund) || echo "npm ci failed in tests/clients: the tests of the SDKs are skipped." >&2
  fi
fi

# The browser that opens the console, and two of the SDKs.
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null && ! install chromium; then
  echo "Chromium is missing and could not be installed: the tests of the console and of the browser SDKs are skipped." >&2
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
passed=0 failed=0 skipped=0

# Whatever keeps tests from being counted is one failure, so that the total never looks better than the run was.
fail() {
  echo "$1" >&2
  failed=$((failed + 1))
}

run() {
  local name folder counters total ok ran
  folder=$(dirname "$1") name=$(basename "$1" .csproj)
  local report="$results/$name.trx"
  echo "== $name"
  "$folder/bin/Release/net10.0/$name" --report-trx --report-trx-filename "$name.trx" --results-directory "$results" </dev/null
  local code=$?

  counters=$(grep -o '<Counters [^>]*>' "$report" 2>/dev/null) || { fail "$name ended with code $code and wrote no results."; return; }
  count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  total=$(count total) ok=$(count passed) ran=$(count executed)
  passed=$((passed + ok)) failed=$((failed + ran - ok)) skipped=$((skipped + total - ran))
  if [ "$ok" -eq 0 ]; then
    fail "$name passed no test."
  elif [ "$code" -ne 0 ] && [ "$ran" -eq "$ok" ]; then
    fail "$name ended with code $code although no test failed."
  fi
}

echo "== build"
if dotnet build Postrider.slnx -c Release -warnaserror; then
  for project in tests/*/*.csproj examples/*/*.Tests/*.csproj; do
    run "$project"
  done
else
  fail "The build failed; no test was run."
fi

line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" -eq 0 ]
