#!/usr/bin/env bash
# Installs what the tests need and is missing, builds with warnings as errors, runs every test.
# The last line is the total: "N passed, N failed", with ", N skipped" where some were.
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

if ! command -v dotnet >/dev/null; then
  echo "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download" >&2
  exit 1
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

echo "== build"
dotnet build Postrider.slnx -c Release -warnaserror || exit 1

status=0
for project in tests/*/*.csproj; do
  name=$(basename "$project" .csproj)
  echo "== $name"
  "tests/$name/bin/Release/net10.0/$name" --report-trx --report-trx-filename "$name.trx" --results-directory "$results" || status=1
done

# The counts come from the result files: a runner that died before it wrote one fails the run.
passed=0 failed=0 skipped=0
for project in tests/*/*.csproj; do
  report="$results/$(basename "$project" .csproj).trx"
  counters=$(grep -o '<Counters [^>]*>' "$report" 2>/dev/null) || { echo "No results from $project." >&2; status=1; failed=$((failed + 1)); continue; }
  count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
  total=$(count total) ok=$(count passed) ran=$(count executed)
  passed=$((passed + ok)) failed=$((failed + ran - ok)) skipped=$((skipped + total - ran))
done

[ "$failed" -eq 0 ] || status=1
[ "$passed" -gt 0 ] || status=1
line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
echo "$line"
exit $status
