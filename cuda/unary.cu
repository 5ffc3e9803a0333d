#include "cuda/context.h"
#include "cuda/detail/each.cuh"
#include "cuda/detail/pointwise.cuh"

namespace fno::cuda::CU_TARGET {
namespace {

// Reads x and the residual once, writes y once: 8 or 12 bytes an element in float, some 30 flop for GELU.
template <UnaryOp op, class T>
__global__ void unary_kernel(const T* x, const T* residual, T* y, std::int64_t n) {
  for_each_index(n, [&](std::int64_t i) {
    const T f = Math::value<op>(x[i]);
    y[i] = residual ? f + residual[i] : f;
  });
}
CU_KERNEL(unary_kernel<UnaryOp::gelu, float>);
CU_KERNEL(unary_kernel<UnaryOp::gelu, double>);
CU_KERNEL(unary_kernel<UnaryOp::silu, float>);
CU_KERNEL(unary_kernel<UnaryOp::silu, double>);
CU_KERNEL(unary_kernel<UnaryOp::relu, float>);
CU_KERNEL(unary_kernel<UnaryOp::relu, double>);
CU_KERNEL(unary_kernel<UnaryOp::sigmoid, float>);
CU_KERNEL(unary_kernel<UnaryOp::sigmoid, double>);
CU_KERNEL(unary_kernel<UnaryOp::tanh, float>);
CU_KERNEL(unary_kernel<UnaryOp::tanh, double>);
CU_KERNEL(unary_kernel<UnaryOp::square, float>);
CU_KERNEL(unary_kernel<UnaryOp::square, double>);
CU_KERNEL(unary_kernel<UnaryOp::sqrt, float>);
CU_KERNEL(unary_kernel<UnaryOp::sqrt, double>);
CU_KERNEL(unary_kernel<UnaryOp::abs, float>);
CU_KERNEL(unary_kernel<UnaryOp::abs, double>);
CU_KERNEL(unary_kernel<UnaryOp::log1p, float>);
CU_KERNEL(unary_kernel<UnaryOp::log1p, double>);
CU_KERNEL(unary_kernel<UnaryOp::sin, float>);
CU_KERNEL(unary_kernel<UnaryOp::sin, double>);
CU_KERNEL(unary_kernel<UnaryOp::cos, float>);
CU_KERNEL(unary_kernel<UnaryOp::cos, double>);

// Reads x and dy once, writes dx once: 12 bytes an element in float.
template <UnaryOp op, class T>
__global__ void unary_backward_kernel(const T* x, const T* dy, T* dx, std::int64_t n) {
  for_each_index(n, [&](std::int64_t i) { dx[i] = Math::derivative<op>(x[i]) * dy[i]; });
}
CU_KERNEL(unary_backward_kernel<UnaryOp::gelu, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::gelu, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::silu, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::silu, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::relu, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::relu, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::sigmoid, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::sigmoid, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::tanh, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::tanh, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::square, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::square, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::sqrt, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::sqrt, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::abs, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::abs, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::log1p, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::log1p, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::sin, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::sin, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::cos, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::cos, double>);

}  // namespace

template <class T>
void execute(Context& context, const Unary<T>& j) {
  with_op(j.op, [&]<UnaryOp op>() { launch_each(context, j.n, unary_kernel<op, T>, j.x, j.residual, j.y, j.n); });
}

template <class T>
void execute(Context& context, const UnaryBackward<T>& j) {
  with_op(j.op, [&]<UnaryOp op>() { launch_each(context, j.n, unary_backward_kernel<op, T>, j.x, j.dy, j.dx, j.n); });
}

FNO_INSTANTIATE(Unary);
FNO_INSTANTIATE(UnaryBackward);

}  // namespace fno::cuda::CU_TARGET
