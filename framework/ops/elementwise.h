#pragma once

#include "framework/autograd/var.h"

namespace fno {

/// Element-wise functions of real tensors of any shape; definitions and derivatives at UnaryOp.
[[nodiscard]] Var apply(UnaryOp op, const Var& x);
/// f(x) + residual in one pass; both of the same shape.
[[nodiscard]] Var apply_residual(UnaryOp op, const Var& x, const Var& residual);

[[nodiscard]] inline Var gelu(const Var& x) { return apply(UnaryOp::gelu, x); }
[[nodiscard]] inline Var silu(const Var& x) { return apply(UnaryOp::silu, x); }
[[nodiscard]] inline Var relu(const Var& x) { return apply(UnaryOp::relu, x); }
[[nodiscard]] inline Var sigmoid(const Var& x) { return apply(UnaryOp::sigmoid, x); }
[[nodiscard]] inline Var tanh(const Var& x) { return apply(UnaryOp::tanh, x); }
[[nodiscard]] inline Var square(const Var& x) { return apply(UnaryOp::square, x); }
[[nodiscard]] inline Var sqrt(const Var& x) { return apply(UnaryOp::sqrt, x); }
[[nodiscard]] inline Var abs(const Var& x) { return apply(UnaryOp::abs, x); }
[[nodiscard]] inline Var sin(const Var& x) { return apply(UnaryOp::sin, x); }
[[nodiscard]] inline Var cos(const Var& x) { return apply(UnaryOp::cos, x); }

/// Arithmetic with NumPy's broadcasting: shapes aligned at the last axis, an extent of 1 is repeated. Complex
/// tensors are added, subtracted and multiplied.
/// Errors: config if extents disagree, the types differ or complex tensors are divided; device if the devices differ.
[[nodiscard]] Var binary(BinaryOp op, const Var& a, const Var& b);
[[nodiscard]] inline Var operator+(const Var& a, const Var& b) { return binary(BinaryOp::add, a, b); }
[[nodiscard]] inline Var operator-(const Var& a, const Var& b) { return binary(BinaryOp::subtract, a, b); }
[[nodiscard]] inline Var operator*(const Var& a, const Var& b) { return binary(BinaryOp::multiply, a, b); }
[[nodiscard]] inline Var operator/(const Var& a, const Var& b) { return binary(BinaryOp::divide, a, b); }

/// a·x + c; of a complex tensor a·x.
[[nodiscard]] Var affine(const Var& x, double a, double c = 0);

/// Sum over the given axes (negative ones count from the end), which keep extent 1 with `keep`. No axes: over all.
[[nodiscard]] Var sum(const Var& x, std::vector<int> axes = {}, bool keep = false);
[[nodiscard]] Var mean(const Var& x, std::vector<int> axes = {}, bool keep = false);

/// Throws unless two tensors share device and type; `op` starts the message.
void require_alike(const char* op, const Var& a, const Var& b);

}  // namespace fno
