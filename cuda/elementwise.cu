#include "cuda/context.h"
#include "cuda/detail/each.cuh"
#include "cuda/detail/pointwise.cuh"
#include "cuda/detail/strided.cuh"

namespace fno::cuda::CU_TARGET {
namespace {

// One element a thread. Reads each operand once, or from cache where a stride of 0 repeats it; writes y once.
template <BinaryOp op, class T>
__global__ void binary_kernel(Binary<T> j) {
  for_each_index(j.pair.count, [&](std::int64_t i) {
    const PairOffset at = locate(j.pair, i);
    j.y[i] = Math::combine<op>(j.a[at.a], j.b[at.b]);
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

// One element a thread, read once and written once.
template <class T>
__global__ void strided_copy_kernel(StridedCopy<T> j) {
  for_each_index(j.pair.count, [&](std::int64_t i) {
    const PairOffset at = locate(j.pair, i);
    j.to[at.b] = j.from[at.a];
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
  with_op(j.op, [&]<BinaryOp op>() { launch_each(context, j.pair.count, binary_kernel<op, T>, j); });
}

template <class T>
void execute(Context& context, const StridedCopy<T>& j) {
  launch_each(context, j.pair.count, strided_copy_kernel<T>, j);
}

template <class T>
void execute(Context& context, const Scale<T>& j) {
  launch_each(context, j.n, scale_kernel<T>, j);
}

FNO_INSTANTIATE(Binary);
FNO_INSTANTIATE(StridedCopy);
FNO_INSTANTIATE(Scale);

}  // namespace fno::cuda::CU_TARGET
