#!/usr/bin/env bash
# bench/serving/load.sh STUDENT TEXTS.tsv [SECONDS]: requests/s, latencies and the server's own time a request, under wrk on the same machine.
# Needs wrk, and the server built: dotnet build -c Release src/Retort.Server
set -euo pipefail
cd "$(dirname "$0")/../.."
student=$1 texts=$2 seconds=${3:-10} port=8097
work=$(mktemp -d)
src/Retort.Server/bin/Release/net10.0/Retort.Server "$student" --port "$port" --reload 0 > /dev/null & server=$!
trap 'kill $server; rm -rf "$work"' EXIT
until curl -sf "http://127.0.0.1:$port/v2/health/ready" > /dev/null; do sleep 0.1; done
ticks=$(getconf CLK_TCK)
spent() { awk '{ print $14 + $15 }' "/proc/$server/stat"; }
row() { # name connections texts-a-request wrk-arguments
  local name=$1 connections=$2 batch=$3; shift 3
  wrk -t1 -c"$connections" -d3 "$@" > /dev/null   # warm
  local before after
  before=$(spent)
  read -r _ requests micros p50 p99 errors < <(wrk -t1 -c"$connections" -d"$seconds" "$@" | grep RESULT)
  after=$(spent)
  awk -v name="$name" -v c="$connections" -v n="$requests" -v t="$micros" -v p50="$p50" -v p99="$p99" -v e="$errors" -v cpu=$((after - before)) -v ticks="$ticks" -v b="$batch" \
    'BEGIN { printf "| %s | %d | %.0f | %.0f | %.2f | %.2f | %.1f | %d |\n", name, c, n / t * 1e6, n * b / t * 1e6, p50 / 1000, p99 / 1000, cpu / ticks / n * 1e6, e }'
}
echo "| request | connections | requests/s | texts/s | p50, ms | p99, ms | server's CPU a request, µs | errors |"
echo "|---|---|---|---|---|---|---|---|"
stream() { # copies of the texts as one stream of lines, from curl
  local lines before start end after
  awk -F'\t' 'NR > 1 { gsub(/["\\[:cntrl:]]/, " ", $1); print "\"" $1 "\"" }' "$texts" > "$work/lines"
  for _ in $(seq 100); do cat "$work/lines"; done > "$work/stream"
  lines=$(wc -l < "$work/stream")
  before=$(spent) start=$(date +%s%N)
  test "$(curl -s "http://127.0.0.1:$port/v1/classify" -H 'Content-Type: application/x-ndjson' -T "$work/stream" -X POST | grep -c '"label"')" = "$lines"
  end=$(date +%s%N) after=$(spent)
  awk -v n="$lines" -v ns=$((end - start)) -v cpu=$((after - before)) -v ticks="$ticks" 'BEGIN { printf "\nA stream of %d lines: %.0f texts/s, %.1f µs of the server'"'"'s CPU a text\n", n, n / ns * 1e9, cpu / ticks / n * 1e6 }'
}
for connections in 1 16; do
  row "empty (GET /v2/health/live)" $connections 0 -s bench/serving/empty.lua "http://127.0.0.1:$port/v2/health/live"
  row "one text" $connections 1 -s bench/serving/classify.lua "http://127.0.0.1:$port" -- "$texts" 1
  row "32 texts" $connections 32 -s bench/serving/classify.lua "http://127.0.0.1:$port" -- "$texts" 32
done
stream
