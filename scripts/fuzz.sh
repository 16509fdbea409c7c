#!/usr/bin/env bash
# Runs every fuzz target, or those named, for SECONDS each: scripts/fuzz.sh SECONDS [TARGET...]
# Needs a nightly compiler and cargo-fuzz (cargo install cargo-fuzz). What is found lands in fuzz/artifacts/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:?how many seconds for each target}"
shift
if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(cd fuzz && cargo +nightly fuzz list); fi

failed=()
for target in "${targets[@]}"; do
  printf '\n== %s, %s seconds\n' "$target" "$seconds"
  # New inputs are kept apart, so that the corpus of the repository stays small and readable.
  mkdir -p "fuzz/found/$target"
  cargo +nightly fuzz run "$target" "fuzz/found/$target" "fuzz/corpus/$target" -- \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 || failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
  printf '\nfailed: %s\n' "${failed[*]}" >&2
  exit 1
fi
