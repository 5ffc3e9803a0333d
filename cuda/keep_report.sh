#!/bin/sh
# keep_report.sh COMPILER ARGUMENTS...: compiles, and keeps what the compiler says in OBJECT.ptxas, where
# check_spills.sh reads it. Shows it if compilation fails.
object=compiler
previous=
for argument; do
  [ "$previous" = -o ] && object=$argument
  previous=$argument
done
"$@" > "$object.ptxas" 2>&1
status=$?
if [ $status -ne 0 ]; then
  cat "$object.ptxas" >&2
  rm -f "$object.ptxas"
else
  grep -i warning "$object.ptxas" >&2
fi
exit $status
