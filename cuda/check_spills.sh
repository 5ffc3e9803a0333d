#!/bin/sh
# check_spills.sh FOLDER: fails if a kernel spills registers to memory on any architecture, by the reports of
# keep_report.sh below the folder, or if there are none.
reports=$(find "$1" -name '*.ptxas' -size +0 | sort)
if [ -z "$reports" ]; then
  echo "check_spills: no reports below $1"
  exit 1
fi
# ptxas writes: Function properties for NAME (or: Compiling entry function 'NAME' for 'sm_80'), then the spills.
awk '
  /Compiling entry function/ { split($0, quoted, "\047"); name = quoted[2]; architecture = quoted[4] }
  /bytes spill stores/ {
    ++kernels
    if ($0 !~ /[, ]0 bytes spill stores, 0 bytes spill loads/) {
      ++spilling
      print FILENAME ": " name " on " architecture ":" $0
    }
  }
  END {
    if (kernels == 0) { print "check_spills: the reports name no kernel"; exit 1 }
    if (spilling > 0) exit 1
    print "check_spills: " kernels " kernels, each once an architecture, none spills"
  }' $reports
