#!/bin/sh
# Measures study against ripgrep, and hashcards where it is installed, on generated vaults: docs/performance.md tells
# what the figures mean. Nothing is tested here: times depend on the machine and on what else it does.
#
#   scripts/bench.sh [FOLDER [ROUNDS]]     vaults are made in FOLDER once and kept (500 MB), default ./target/bench
set -eu
cd "$(dirname "$0")/.."
at=${1:-target/bench}
rounds=${2:-9}
today=2026-01-15
mkdir -p "$at"
at=$(cd "$at" && pwd)

cargo build --quiet --profile dist --bin study --example flush
# What makes the vaults and measures need not be fast itself.
cargo build --quiet --examples
bin=$(pwd)/target/dist
help=$(pwd)/target/debug/examples
# No settings and no vault of the user's: the same run for everybody.
unset STUDY_VAULT || true
export STUDY_CONFIG="$at/none.toml" STUDY_NOW=${today}T09:00:00+01:00 STUDY_DEVICE=bench

for notes in 1000 10000 100000; do
    vault=$at/$notes
    if [ ! -e "$vault.made" ]; then
        rm -rf "$vault"
        "$help/make_vault" "$vault" "$notes" "$notes" >"$vault.made.new"
        mv "$vault.made.new" "$vault.made"
    fi
done

echo "== what is found"
for notes in 1000 10000 100000; do
    found=$("$bin/study" due --vault "$at/$notes" --today $today 2>/dev/null | tail -n 1)
    echo "$notes notes: $found (made: $(cat "$at/$notes.made"))"
done

rg=$(command -v rg || true)
if [ -z "$rg" ]; then
    echo "ripgrep (rg) is not installed: no ratios" >&2
    exit 1
fi
hashcards=$(command -v hashcards || true)
for notes in 1000 10000 100000; do
    vault=$at/$notes
    echo "== $notes notes: median, ratio to ripgrep, ratio of processor time, peak memory"
    set -- "$rounds" "rg -l" "$rg" -l '^sr-due' "$vault"
    set -- "$@" :: "study due" "$bin/study" due --vault "$vault" --today $today
    set -- "$@" :: "study due --count" "$bin/study" due --count --vault "$vault" --today $today
    set -- "$@" :: "study stats" "$bin/study" stats --vault "$vault" --today $today
    set -- "$@" :: "study due --deck (links)" "$bin/study" due --deck review --vault "$vault" --today $today
    if [ -n "$hashcards" ]; then
        set -- "$@" :: "hashcards stats" "$hashcards" stats "$vault"
    fi
    set -- "$@" :: "study --version" "$bin/study" --version
    "$help/compare" "$@" | tee "$at/$notes.table"
done

echo "== growth: (T100k - T1k) / (T10k - T1k)"
for name in "study due " "study due --count" "study stats"; do
    a=$(grep "^$name" "$at/1000.table" | sed 's/ ms.*//; s/.* //')
    b=$(grep "^$name" "$at/10000.table" | sed 's/ ms.*//; s/.* //')
    c=$(grep "^$name" "$at/100000.table" | sed 's/ ms.*//; s/.* //')
    awk -v name="$name" -v a="$a" -v b="$b" -v c="$c" 'BEGIN { printf "%-20s %.1f\n", name, (c - a) / (b - a) }'
done

if command -v strace >/dev/null; then
    echo "== system calls for each of 10000 notes"
    strace -f -c -o "$at/calls" "$bin/study" due --count --vault "$at/10000" --today $today >/dev/null
    awk '/total$/ { printf "%.2f\n", $4 / 10000 }' "$at/calls"
fi

echo "== writing: microseconds for each note"
"$bin/examples/flush" "$at" 40
