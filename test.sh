#!/usr/bin/env bash
# Installs what the tests need and is missing, builds with warnings as errors, runs every test.
# The last line is the total: "N passed, N failed", with ", N skipped" where some were. Exit code 0: all passed.
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# What the tests need besides the SDK is installed here, as root or with sudo. So far that is nothing.
if ! command -v dotnet >/dev/null; then
  echo "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download" >&2
  exit 1
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
  local name=$1 report="$results/$1.trx" counters total ok ran
  echo "== $name"
  "tests/$name/bin/Release/net10.0/$name" --report-trx --report-trx-filename "$name.trx" --results-directory "$results" </dev/null
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
  for project in tests/*/*.csproj; do
    run "$(basename "$project" .csproj)"
  done
else
  fail "The build failed; no test was run."
fi

line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" -eq 0 ]
