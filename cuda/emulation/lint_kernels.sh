#!/bin/sh
# lint_kernels.sh FOLDER...: refuses in .cu and .cuh files what would build under one compiler only, or escape the
# tests. Prints file:line for each and fails. The emulation's own folder is not for this script.
set -u
status=0

# code FILE: the file with comments blanked, lines kept.
code() { sed -e 's://.*$::' -e 's:/\*[^*]*\*/::g' "$1"; }

refuse() { # refuse FILE PATTERN WHY
  found=$(code "$1" | grep -nE -e "$2") || return 0
  printf '%s\n' "$found" | while IFS= read -r line; do echo "$1:$line    <- $3"; done
  status=1
}

for file in $(find "$@" -name '*.cu' -o -name '*.cuh' | sort); do
  refuse "$file" '<<<' 'launch with cu::launch'
  refuse "$file" '\b__shared__\b' 'declare shared memory with CU_SHARED or CU_DYN_SHARED'
  refuse "$file" '\b__activemask\b' 'name the lanes; the active ones are whatever the compiler makes of them'
  refuse "$file" 'cooperative_groups' 'use the intrinsics with explicit masks'
  refuse "$file" '\basm\b' 'put inline PTX in cuda/emulation/on_device/portable_cuda.h, with a software twin'
  refuse "$file" '#include *<(cuda|cub|cute|mma|nv)' 'include cuda/emulation/portable.h only'
  case $file in
    */detail/each.cuh) ;; # the helper itself
    *) refuse "$file" '\bgridDim\b' 'loop with for_each_index or for_each_item of cuda/detail/each.cuh, whose grids the emulator can cap' ;;
  esac
  refuse "$file" '__CUDACC__|__CUDA_ARCH__|FNO_CUDA_EMULATION|__NVCC__' 'write one source for both compilers'

  # Each kernel, by its name, must be declared below. A definition may stretch over lines: join them.
  for kernel in $(code "$file" | tr '\n' ' ' | sed -E 's/__launch_bounds__ *\([^()]*(\([^()]*\)[^()]*)*\)//g' |
    grep -oE '__global__ +void +[A-Za-z_0-9]+' | sed -E 's/.* //' | sort -u); do
    if ! code "$file" | grep -qE "CU_KERNEL\( *$kernel\b"; then
      line=$(code "$file" | grep -nE "\b$kernel *\(" | head -n 1 | cut -d: -f1)
      echo "$file:${line:-1}: $kernel    <- add CU_KERNEL($kernel); under the definition"
      status=1
    fi
  done
done
exit $status
