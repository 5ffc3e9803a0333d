#!/bin/sh
# kernel_coverage.sh LOG OUTPUT FOLDER...: compares the kernels that tests ran (LOG, one name a line, any order, written
# by tests with FNO_KERNELS_EXECUTED) with those declared by CU_KERNEL in the .cu files below the folders. Writes what
# ran to OUTPUT, sorted, and fails if a declared kernel did not run.
set -eu
log=$1
output=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Names are compared without blanks: the formatter may break or space them.
find "$@" -name '*.cu' | sort | while IFS= read -r file; do sed -e 's://.*$::' "$file" | tr -d ' \n'; done |
  grep -oE 'CU_KERNEL\([^;]*\);' | sed -E 's/^CU_KERNEL\((.*)\);$/\1/' | sort -u > "$work/declared"
if [ ! -s "$work/declared" ]; then
  echo "kernel_coverage: no CU_KERNEL below $*"
  exit 1
fi
if [ ! -f "$log" ]; then
  echo "kernel_coverage: $log is missing; run the kernel tests with FNO_KERNELS_EXECUTED=$log first"
  exit 1
fi
tr -d ' ' < "$log" | sort -u > "$work/executed"
cp "$work/executed" "$output"
comm -23 "$work/declared" "$work/executed" > "$work/missing"
if [ -s "$work/missing" ]; then
  sed 's/^/kernel_coverage: never run in any test, or its grid-stride loop never went round: /' "$work/missing"
  exit 1
fi
echo "kernel_coverage: all $(wc -l < "$work/declared") declared kernels ran; list in $output"
