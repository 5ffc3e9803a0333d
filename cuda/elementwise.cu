#include "cuda/context.h"
#include "cuda/detail/each.cuh"
#include "cuda/detail/strided.cuh"

namespace fno::cuda::CU_TARGET {
namespace {

template <BinaryOp op, class T>
__device__ __forceinline__ T combine(T a, T b) {
  if constexpr (op == BinaryOp::add) return a + b;
  if constexpr (op == BinaryOp::subtract) return a - b;
  if constexpr (op == BinaryOp::multiply) return a * b;
  if constexpr (op == BinaryOp::divide) return a / b;
}

// One element a thread. Reads each operand once, or from cache where a stride of 0 repeats it; writes y once.
template <BinaryOp op, class T>
__global__ void binary_kernel(StridedPair pair, const T* a, const T* b, T* y) {
  for_each_index(pair.count, [&](std::int64_t i) {
    const PairOffset at = locate(pair, i);
    y[i] = combine<op>(a[at.a], b[at.b]);
  });
}
CU_KERNEL(binary_kernel<BinaryOp::add, float>);
CU_KERNEL(binary_kernel<BinaryOp::add, double>);
CU_KERNEL(binary_kernel<BinaryOp::subtract, float>);
CU_KERNEL(binary_kernel<BinaryOp::subtract, double>);
CU_KERNEL(binary_kernel<BinaryOp::multiply, float>);
CU_KERNEL(binary_kernel<BinaryOp::multiply, double>);
CU_KERNEL(binary_kernel<BinaryOp::divide, float>);
CU_KERNEL(binary_kernel<BinaryOp::divide, double>);

// One element a thread, read once and written once; with `accumulate` the target is read too.
template <class T>
__global__ void strided_copy_kernel(StridedPair pair, const T* from, T* to, bool accumulate) {
  for_each_index(pair.count, [&](std::int64_t i) {
    const PairOffset at = locate(pair, i);
    to[at.b] = accumulate ? to[at.b] + from[at.a] : from[at.a];
  });
}
CU_KERNEL(strided_copy_kernel<float>);
CU_KERNEL(strided_copy_kernel<double>);

// Reads x and y where they count, writes y: 4 to 12 bytes an element in float.
template <class T>
__global__ void scale_kernel(Scale<T> j) {
  for_each_index(j.n, [&](std::int64_t i) {
    T sum = j.c;
    if (j.b != 0) sum += j.b * j.y[i];
    if (j.x) sum += j.a * j.x[i];
    j.y[i] = sum;
  });
}
CU_KERNEL(scale_kernel<float>);
CU_KERNEL(scale_kernel<double>);

}  // namespace

template <class T>
void execute(Context& context, const Binary<T>& j) {
  const StridedPair pair = merged(j.axes, j.size, j.a_stride, j.b_stride);
  const auto start = [&](auto* kernel) { launch_each(context, pair.count, kernel, pair, j.a, j.b, j.y); };
  switch (j.op) {
    case BinaryOp::add: return start(binary_kernel<BinaryOp::add, T>);
    case BinaryOp::subtract: return start(binary_kernel<BinaryOp::subtract, T>);
    case BinaryOp::multiply: return start(binary_kernel<BinaryOp::multiply, T>);
    case BinaryOp::divide: return start(binary_kernel<BinaryOp::divide, T>);
  }
}

template <class T>
void execute(Context& context, const StridedCopy<T>& j) {
  const StridedPair pair = merged(j.axes, j.size, j.from_stride, j.to_stride);
  launch_each(context, pair.count, strided_copy_kernel<T>, pair, j.from, j.to, j.accumulate);
}

template <class T>
void execute(Context& context, const Scale<T>& j) {
  launch_each(context, j.n, scale_kernel<T>, j);
}

template void execute(Context&, const Binary<float>&);
template void execute(Context&, const Binary<double>&);
template void execute(Context&, const StridedCopy<float>&);
template void execute(Context&, const StridedCopy<double>&);
template void execute(Context&, const Scale<float>&);
template void execute(Context&, const Scale<double>&);

}  // namespace fno::cuda::CU_TARGET
