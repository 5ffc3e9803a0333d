#!/bin/sh
# lint_refuses.sh LINT: each bad line must be refused with its file and line, and comments must not count.
set -u
lint=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

expect() { # expect STATUS TEXT: a kernel file with this text
  printf '%b\n' "$2" > "$folder/case.cu"
  output=$("$lint" "$folder" 2>&1)
  status=$?
  [ "$status" -ne 0 ] && status=1
  if [ "$status" -ne "$1" ] || { [ "$1" -eq 1 ] && ! printf '%s' "$output" | grep -q 'case.cu:[0-9]'; }; then
    echo "status $status instead of $1 for: $2"
    echo "$output"
    failures=1
  fi
}

expect 0 '__global__ void a_kernel() {}\nCU_KERNEL(a_kernel);'
expect 0 'template <int n>\n__global__ void __launch_bounds__(128) a_kernel() {}\nCU_KERNEL(a_kernel<3>);'
expect 0 '// no <<< and no __shared__ in kernels\nint x;  // nor asm(...)'
expect 1 'void f() { kernel<<<1, 2>>>(); }'
expect 1 '__shared__ float tile[3];'
expect 1 'unsigned m = __activemask();'
expect 1 '#include <cooperative_groups.h>'
expect 1 '#include <cuda_bf16.h>'
expect 1 'void f() { asm volatile("bar.sync 0;"); }'
expect 1 'for (int i = blockIdx.x; i < n; i += gridDim.x) f(i);'
expect 1 '#ifdef __CUDACC__'
expect 1 '#if defined(FNO_CUDA_EMULATION)'
expect 1 '__global__ void a_kernel() {}'
expect 1 '__global__ void __launch_bounds__(128)\n    a_kernel(int x) {}\nCU_KERNEL(b_kernel);'
exit $failures
