#!/bin/sh
# check_spills_refuses.sh CHECK: the check of spills accepts a clean report, and refuses a spill and the lack of reports.
set -u
check=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

expect() { # expect STATUS TEXT: of the reports there are now
  output=$("$check" "$folder" 2>&1)
  status=$?
  if [ "$status" -ne "$1" ] || ! printf '%s' "$output" | grep -q "$2"; then
    echo "status $status instead of $1, or no '$2' in: $output"
    failures=1
  fi
}

# Lines of ptxas 13.0.
report() { # report FILE STORES LOADS
  cat > "$folder/$1" << END
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'one_kernel' for 'sm_80'
ptxas info    : Function properties for one_kernel
    40 bytes stack frame, $2 bytes spill stores, $3 bytes spill loads
ptxas info    : Used 32 registers, used 1 barriers
END
}

expect 1 'no reports'
report a.o.ptxas 0 0
expect 0 '1 kernels'
report b.o.ptxas 10 0
expect 1 'b.o.ptxas: one_kernel on sm_80'
report b.o.ptxas 0 10
expect 1 'b.o.ptxas: one_kernel on sm_80'
exit $failures
