#include <cmath>

#include "cuda/context.h"
#include "cuda/detail/each.cuh"
#include "cuda/detail/gelu.cuh"
#include "framework/error.h"

namespace fno::cuda::CU_TARGET {
namespace {

// Beyond 80 the result no longer changes, and exp would overflow. NaN passes through.
template <class T>
__device__ __forceinline__ T sigmoid(T x) {
  return 1 / (1 + std::exp(-x > 80 ? T(80) : -x));
}

// Comparisons are turned so that NaN passes through: a diverged network must show in its loss.
template <UnaryOp op, class T>
__device__ __forceinline__ T value(T x) {
  if constexpr (op == UnaryOp::gelu) return gelu(x);
  if constexpr (op == UnaryOp::silu) return x * sigmoid(x);
  if constexpr (op == UnaryOp::relu) return x <= 0 ? T(0) : x;
  if constexpr (op == UnaryOp::sigmoid) return sigmoid(x);
  if constexpr (op == UnaryOp::tanh) return std::tanh(x);
  if constexpr (op == UnaryOp::square) return x * x;
  if constexpr (op == UnaryOp::sqrt) return std::sqrt(x <= 0 ? T(0) : x);
  if constexpr (op == UnaryOp::abs) return std::fabs(x);
  if constexpr (op == UnaryOp::exp) return std::exp(x);
  if constexpr (op == UnaryOp::log) return std::log(x);
  if constexpr (op == UnaryOp::log1p) return std::log1p(x <= 0 ? T(0) : x);
  if constexpr (op == UnaryOp::sin) return std::sin(x);
  if constexpr (op == UnaryOp::cos) return std::cos(x);
  // In double: close to its zeros at 1 and 2 the one in float has no digit right.
  if constexpr (op == UnaryOp::lgamma) return static_cast<T>(std::lgamma(static_cast<double>(x)));
  if constexpr (op == UnaryOp::reciprocal) return 1 / x;
}

template <UnaryOp op, class T>
__device__ __forceinline__ T derivative(T x) {
  if constexpr (op == UnaryOp::gelu) return gelu_derivative(x);
  if constexpr (op == UnaryOp::silu) {
    const T s = sigmoid(x);
    return s + x * s * (1 - s);
  }
  if constexpr (op == UnaryOp::relu) return x > 0 ? T(1) : T(0);
  if constexpr (op == UnaryOp::sigmoid) {
    const T s = sigmoid(x);
    return s * (1 - s);
  }
  if constexpr (op == UnaryOp::tanh) {
    const T t = std::tanh(x);
    return 1 - t * t;
  }
  if constexpr (op == UnaryOp::square) return 2 * x;
  if constexpr (op == UnaryOp::sqrt) return x > 0 ? T(0.5) / std::sqrt(x) : T(0);
  if constexpr (op == UnaryOp::abs) return x > 0 ? T(1) : x < 0 ? T(-1) : T(0);
  if constexpr (op == UnaryOp::exp) return std::exp(x);
  if constexpr (op == UnaryOp::log) return 1 / x;
  if constexpr (op == UnaryOp::log1p) return x > 0 ? 1 / (1 + x) : T(0);
  if constexpr (op == UnaryOp::sin) return std::cos(x);
  if constexpr (op == UnaryOp::cos) return -std::sin(x);
  if constexpr (op == UnaryOp::reciprocal) return -1 / (x * x);
}

// Calls f with the op as a compile-time value.
template <class F>
void with_op(UnaryOp op, F&& f) {
  switch (op) {
    case UnaryOp::gelu: return f.template operator()<UnaryOp::gelu>();
    case UnaryOp::silu: return f.template operator()<UnaryOp::silu>();
    case UnaryOp::relu: return f.template operator()<UnaryOp::relu>();
    case UnaryOp::sigmoid: return f.template operator()<UnaryOp::sigmoid>();
    case UnaryOp::tanh: return f.template operator()<UnaryOp::tanh>();
    case UnaryOp::square: return f.template operator()<UnaryOp::square>();
    case UnaryOp::sqrt: return f.template operator()<UnaryOp::sqrt>();
    case UnaryOp::abs: return f.template operator()<UnaryOp::abs>();
    case UnaryOp::exp: return f.template operator()<UnaryOp::exp>();
    case UnaryOp::log: return f.template operator()<UnaryOp::log>();
    case UnaryOp::log1p: return f.template operator()<UnaryOp::log1p>();
    case UnaryOp::sin: return f.template operator()<UnaryOp::sin>();
    case UnaryOp::cos: return f.template operator()<UnaryOp::cos>();
    case UnaryOp::lgamma: return f.template operator()<UnaryOp::lgamma>();
    case UnaryOp::reciprocal: return f.template operator()<UnaryOp::reciprocal>();
  }
}

// Reads x and the residual once, writes y once: 8 or 12 bytes an element in float, some 30 flop for GELU.
template <UnaryOp op, class T>
__global__ void unary_kernel(const T* x, const T* residual, T* y, std::int64_t n) {
  for_each_index(n, [&](std::int64_t i) {
    const T f = value<op>(x[i]);
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
CU_KERNEL(unary_kernel<UnaryOp::exp, float>);
CU_KERNEL(unary_kernel<UnaryOp::exp, double>);
CU_KERNEL(unary_kernel<UnaryOp::log, float>);
CU_KERNEL(unary_kernel<UnaryOp::log, double>);
CU_KERNEL(unary_kernel<UnaryOp::log1p, float>);
CU_KERNEL(unary_kernel<UnaryOp::log1p, double>);
CU_KERNEL(unary_kernel<UnaryOp::sin, float>);
CU_KERNEL(unary_kernel<UnaryOp::sin, double>);
CU_KERNEL(unary_kernel<UnaryOp::cos, float>);
CU_KERNEL(unary_kernel<UnaryOp::cos, double>);
CU_KERNEL(unary_kernel<UnaryOp::lgamma, float>);
CU_KERNEL(unary_kernel<UnaryOp::lgamma, double>);
CU_KERNEL(unary_kernel<UnaryOp::reciprocal, float>);
CU_KERNEL(unary_kernel<UnaryOp::reciprocal, double>);

// Reads x and dy once, writes dx once: 12 bytes an element in float.
template <UnaryOp op, class T>
__global__ void unary_backward_kernel(const T* x, const T* dy, T* dx, std::int64_t n) {
  for_each_index(n, [&](std::int64_t i) { dx[i] = derivative<op>(x[i]) * dy[i]; });
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
CU_KERNEL(unary_backward_kernel<UnaryOp::exp, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::exp, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::log, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::log, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::log1p, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::log1p, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::sin, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::sin, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::cos, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::cos, double>);
CU_KERNEL(unary_backward_kernel<UnaryOp::reciprocal, float>);
CU_KERNEL(unary_backward_kernel<UnaryOp::reciprocal, double>);

}  // namespace

template <class T>
void execute(Context& context, const Unary<T>& j) {
  with_op(j.op, [&]<UnaryOp op>() { launch_each(context, j.n, unary_kernel<op, T>, j.x, j.residual, j.y, j.n); });
}

template <class T>
void execute(Context& context, const UnaryBackward<T>& j) {
  require<ErrorKind::config>(j.op != UnaryOp::lgamma, "lgamma has no derivative here");
  with_op(j.op, [&]<UnaryOp op>() {
    if constexpr (op != UnaryOp::lgamma) launch_each(context, j.n, unary_backward_kernel<op, T>, j.x, j.dy, j.dx, j.n);
  });
}

template void execute(Context&, const Unary<float>&);
template void execute(Context&, const Unary<double>&);
template void execute(Context&, const UnaryBackward<float>&);
template void execute(Context&, const UnaryBackward<double>&);

}  // namespace fno::cuda::CU_TARGET
