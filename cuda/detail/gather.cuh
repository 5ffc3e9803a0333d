#pragma once

#include "cuda/emulation/portable.h"
#include "framework/kernels/conv.h"

/// A convolution and its adjoint as one thing, a gather:
///
///     y[b, m, phase.first + u·spread] = Σ_{c, j} w[m, c, tap(j)] · x[b, c, u·step + base + j·sign]
///
/// Forward there is one phase: step = stride, base = -padding, sign = 1. Backwards, position q meets only the taps t
/// with q + padding - t divisible by the stride, so the positions are parted by q mod stride into phases in which every
/// tap counts: step = 1, spread = stride, sign = -1.
namespace fno::cuda::CU_TARGET {

struct Gather {
  bool adjoint;
  int batch, rows, channels;          // B, channels m of y, channels c of x
  int in[kGridAxes], out[kGridAxes];  // of x, of y
  int kernel[kGridAxes], stride[kGridAxes], padding[kGridAxes];

  [[nodiscard]] std::int64_t phases() const { return adjoint ? std::int64_t{stride[0]} * stride[1] * stride[2] : 1; }
  /// The most taps that any phase has.
  __host__ __device__ int most_taps() const {
    int taps = 1;
    for (int a = 0; a < kGridAxes; ++a) taps *= adjoint ? (kernel[a] + stride[a] - 1) / stride[a] : kernel[a];
    return taps;
  }
  __host__ __device__ std::int64_t in_points() const { return std::int64_t{in[0]} * in[1] * in[2]; }
  __host__ __device__ std::int64_t out_points() const { return std::int64_t{out[0]} * out[1] * out[2]; }
};

inline Gather forward_gather(const ConvGeometry& g) {
  Gather gather{};
  gather.batch = g.batch, gather.rows = g.out, gather.channels = g.in;
  for (int a = 0; a < kGridAxes; ++a) {
    gather.in[a] = g.size[a], gather.out[a] = g.out_size[a];
    gather.kernel[a] = g.kernel[a], gather.stride[a] = g.stride[a], gather.padding[a] = g.padding[a];
  }
  return gather;
}

inline Gather adjoint_gather(const ConvGeometry& g) {
  Gather gather = forward_gather(g);
  gather.adjoint = true;
  gather.rows = g.in, gather.channels = g.out;
  for (int a = 0; a < kGridAxes; ++a) gather.in[a] = g.out_size[a], gather.out[a] = g.size[a];
  return gather;
}

struct PhaseAxis {
  int first, size;  // y positions first + u·spread, u < size
  int step, spread, base, taps;
  int first_tap, tap_step;  // tap(j) = first_tap + j·tap_step

  __device__ PhaseAxis(const Gather& g, int axis, int phase) {
    const int s = g.stride[axis];
    if (!g.adjoint) {
      first = 0, size = g.out[axis], step = s, spread = 1, base = -g.padding[axis];
      taps = g.kernel[axis], first_tap = 0, tap_step = 1;
      return;
    }
    first = phase;
    size = phase < g.out[axis] ? (g.out[axis] - phase + s - 1) / s : 0;
    step = 1, spread = s, tap_step = s;
    first_tap = (phase + g.padding[axis]) % s;
    base = (phase + g.padding[axis] - first_tap) / s;
    taps = first_tap < g.kernel[axis] ? (g.kernel[axis] - first_tap + s - 1) / s : 0;
  }
};

struct Phase {
  PhaseAxis z, y, x;
  int sign;

  __device__ Phase(const Gather& g, int phase)
      : z(g, 0, g.adjoint ? phase / (g.stride[2] * g.stride[1]) : 0),
        y(g, 1, g.adjoint ? phase / g.stride[2] % g.stride[1] : 0),
        x(g, 2, g.adjoint ? phase % g.stride[2] : 0),
        sign(g.adjoint ? -1 : 1) {}
  __device__ int taps() const { return z.taps * y.taps * x.taps; }
  __device__ int points() const { return z.size * y.size * x.size; }
};

}  // namespace fno::cuda::CU_TARGET
