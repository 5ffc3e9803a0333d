#pragma once

#include <cmath>

#include "framework/kernels/complex.h"
#include "framework/kernels/elementwise.h"
#include "framework/kernels/loss.h"
#include "framework/kernels/optimizer.h"

// Marks a function that kernels call. Nothing for a CPU; the header of CUDA's kernels defines it before this one.
#ifndef FNO_POINTWISE
#define FNO_POINTWISE
#endif

namespace fno {

/// Φ(x), the normal distribution function, and φ(x), its density, from one exponential.
template <class T>
struct Normal {
  T cdf, pdf;
};

/// The formulas of one element, once for every backend. What a device does in its own way comes from Primitives:
///
///     exp(x)          float and double; relative error below 2e-7 in float, and no smaller than 1e-38 is needed
///     quotient(a, b)  float, to a few units in the last place
///     log_gamma(x)    double, from several threads at once
///
/// Comparisons are turned so that NaN passes through: a diverged network must show in its loss.
template <class Primitives>
struct Pointwise {
  template <UnaryOp op, class T>
  FNO_POINTWISE static T value(T x) {
    if constexpr (op == UnaryOp::gelu) return gelu(x);
    if constexpr (op == UnaryOp::silu) return x / one_and_exp(-x);
    if constexpr (op == UnaryOp::relu) return x <= 0 ? T(0) : x;
    if constexpr (op == UnaryOp::sigmoid) return 1 / one_and_exp(-x);
    if constexpr (op == UnaryOp::tanh) return std::tanh(x);
    if constexpr (op == UnaryOp::square) return x * x;
    if constexpr (op == UnaryOp::sqrt) return std::sqrt(x <= 0 ? T(0) : x);
    if constexpr (op == UnaryOp::abs) return std::fabs(x);
    if constexpr (op == UnaryOp::log1p) return std::log1p(x <= 0 ? T(0) : x);
    if constexpr (op == UnaryOp::sin) return std::sin(x);
    if constexpr (op == UnaryOp::cos) return std::cos(x);
  }

  template <UnaryOp op, class T>
  FNO_POINTWISE static T derivative(T x) {
    if constexpr (op == UnaryOp::gelu) return gelu_derivative(x);
    if constexpr (op == UnaryOp::silu) {
      const T s = value<UnaryOp::sigmoid>(x);
      return s + x * s * (1 - s);
    }
    if constexpr (op == UnaryOp::relu) return x > 0 ? T(1) : T(0);
    if constexpr (op == UnaryOp::sigmoid) {
      const T s = value<UnaryOp::sigmoid>(x);
      return s * (1 - s);
    }
    if constexpr (op == UnaryOp::tanh) {
      const T t = std::tanh(x);
      return 1 - t * t;
    }
    if constexpr (op == UnaryOp::square) return 2 * x;
    if constexpr (op == UnaryOp::sqrt) return x > 0 ? T(0.5) / std::sqrt(x) : T(0);
    if constexpr (op == UnaryOp::abs) return x > 0 ? T(1) : x < 0 ? T(-1) : T(0);
    if constexpr (op == UnaryOp::log1p) return x > 0 ? 1 / (1 + x) : T(0);
    if constexpr (op == UnaryOp::sin) return std::cos(x);
    if constexpr (op == UnaryOp::cos) return -std::sin(x);
  }

  /// 1 + exp(x) for a sigmoid, which no longer changes beyond 80, where exp would overflow.
  template <class T>
  FNO_POINTWISE static T one_and_exp(T x) {
    return 1 + Primitives::exp(x > 80 ? T(80) : x);
  }

  /// ½·erfc(x/√2) = exp(-x²/2)·R(1/(1+0.28x)) for x >= 0 with a polynomial R of degree 8: own least-squares fit, error
  /// below 2e-10 before rounding, relative in the tail too. No branches, so that loops over it become vectors and a GPU
  /// stays bound by memory.
  FNO_POINTWISE static Normal<float> normal(float x) {
    const float a = std::fabs(x), e = Primitives::exp(-0.5f * x * x);
    const float t = Primitives::quotient(1.0f, 1.0f + 0.28f * a);
    float r = 0.04003156087681982f;
    r = r * t - 0.21750627487313096f;
    r = r * t + 0.395815934975421f;
    r = r * t - 0.24612394663375298f;
    r = r * t + 0.24129241164425896f;
    r = r * t + 0.055830021503111296f;
    r = r * t + 0.11948948051458572f;
    r = r * t + 0.11117081217322758f;
    const float tail = r * t * e;
    return {x < 0 ? tail : 1.0f - tail, e * 0.3989422804014327f};
  }
  FNO_POINTWISE static Normal<double> normal(double x) {
    constexpr double kRootOfTwo = 1.41421356237309504880;
    return {0.5 * std::erfc(-x / kRootOfTwo), std::exp(-0.5 * x * x) * 0.3989422804014327};
  }

  template <class T>
  FNO_POINTWISE static T gelu(T x) {
    return x * normal(x).cdf;
  }
  template <class T>
  FNO_POINTWISE static T gelu_derivative(T x) {
    const Normal<T> n = normal(x);
    return n.cdf + x * n.pdf;
  }

  template <BinaryOp op, class T>
  FNO_POINTWISE static T combine(T a, T b) {
    if constexpr (op == BinaryOp::add) return a + b;
    if constexpr (op == BinaryOp::subtract) return a - b;
    if constexpr (op == BinaryOp::multiply) return a * b;
    if constexpr (op == BinaryOp::divide) return a / b;
  }

  /// (scale · a) · b, or (scale · a) · conj(b).
  template <bool conjugate, class T>
  FNO_POINTWISE static Complex<T> product(T scale, Complex<T> a, Complex<T> b) {
    const T re = scale * a.re, im = scale * a.im;
    if constexpr (conjugate) return {re * b.re + im * b.im, im * b.re - re * b.im};
    return {re * b.re - im * b.im, re * b.im + im * b.re};
  }

  template <class T>
  FNO_POINTWISE static T modulus(Complex<T> x) {
    return std::sqrt(x.re * x.re + x.im * x.im);
  }
  template <class T>
  FNO_POINTWISE static Complex<T> modulus_backward(Complex<T> x, T dy) {
    const T square = x.re * x.re + x.im * x.im;
    const T factor = square < kLeastSquare<T> ? T(0) : dy / std::sqrt(square);
    return {factor * x.re, factor * x.im};
  }

  template <AmplitudeError error, class T>
  FNO_POINTWISE static double amplitude_error(T p, T t, double counts, double floor) {
    if constexpr (error == AmplitudeError::absolute) return static_cast<double>(std::fabs(p - t));
    const double a = counts * static_cast<double>(p), o = counts * static_cast<double>(t);
    const double rate = a * a + floor, k = o * o;
    return rate - k * std::log(rate) + Primitives::log_gamma(k + 1);
  }
  template <AmplitudeError error, class T>
  FNO_POINTWISE static T amplitude_error_derivative(T p, T t, double factor, double counts, double floor) {
    if constexpr (error == AmplitudeError::absolute) return p > t ? T(factor) : p < t ? T(-factor) : T(0);
    const double a = counts * static_cast<double>(p), o = counts * static_cast<double>(t);
    return static_cast<T>(factor * 2 * counts * a * ((a - o) * (a + o) + floor) / (a * a + floor));
  }

  template <class T>
  FNO_POINTWISE static void adam(const AdamConstants<T>& c, T factor, T grad, T& p, T& m, T& v) {
    const T g = grad * factor + c.decay * p;
    m = c.beta1 * m + c.rest1 * g;
    v = c.beta2 * v + c.rest2 * g * g;
    p = c.keep * p - c.step * m / (std::sqrt(v) * c.root2 + c.eps);
  }
  template <class T>
  FNO_POINTWISE static void sgd(const SgdConstants<T>& c, T factor, T grad, T& p) {
    p -= c.rate * (grad * factor + c.decay * p);
  }
  template <class T>
  FNO_POINTWISE static void momentum(const SgdConstants<T>& c, T factor, T grad, T& p, T& m) {
    const T g = grad * factor + c.decay * p;
    m = c.first ? g : c.momentum * m + g;
    p -= c.rate * (c.nesterov ? g + c.momentum * m : m);
  }
  template <class T>
  FNO_POINTWISE static T clamped(T g, T value) {
    return g > value ? value : g < -value ? -value : g;
  }
};

/// Calls f.operator()<op>() with the op as a compile-time value.
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
    case UnaryOp::log1p: return f.template operator()<UnaryOp::log1p>();
    case UnaryOp::sin: return f.template operator()<UnaryOp::sin>();
    case UnaryOp::cos: return f.template operator()<UnaryOp::cos>();
  }
}
template <class F>
void with_op(BinaryOp op, F&& f) {
  switch (op) {
    case BinaryOp::add: return f.template operator()<BinaryOp::add>();
    case BinaryOp::subtract: return f.template operator()<BinaryOp::subtract>();
    case BinaryOp::multiply: return f.template operator()<BinaryOp::multiply>();
    case BinaryOp::divide: return f.template operator()<BinaryOp::divide>();
  }
}

}  // namespace fno
