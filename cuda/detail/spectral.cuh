#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "cuda/detail/product.cuh"
#include "framework/error.h"
#include "framework/kernels/spectral.h"

/// What analysis and synthesis share.
namespace fno::cuda::CU_TARGET {

// Lines along a leading axis as columns of B: column o·inner + i holds in[o, 0 … length-1, i].
template <class T>
struct AxisLines {
  using Element = Complex<T>;
  const Complex<T>* in;  // (outer, length, inner)
  int outer, length, inner;

  __device__ static constexpr bool along_k() { return false; }
  __device__ Lane lane(int index) const {
    if (index >= outer * inner) return {-1, 0};
    return {std::int64_t{index / inner} * length * inner + index % inner, 0};
  }
  __device__ Complex<T> at(const Lane& lane, int k) const {
    return load_element(in + lane.offset + std::int64_t{k} * inner);
  }
};

// Extents of a transform, checked to fit the kernels' 32-bit columns.
struct Extents {
  int n0, n1, k0, k1, k2, planes;
  Extents(const ModeSet& modes, int batch, int channels, const char* what)
      : n0(modes.size[0]),
        n1(modes.size[1]),
        k0(int(modes.frequency[0].size())),
        k1(int(modes.frequency[1].size())),
        k2(int(modes.frequency[2].size())),
        planes(int(std::min<std::int64_t>(std::int64_t{batch} * channels, kMost))) {
    const std::int64_t all = std::int64_t{batch} * channels, rows = all * n0 * n1;
    const std::int64_t widest = std::max(all * n0 * k2, all * k1 * k2);
    require<ErrorKind::device>(rows <= kMost && widest <= kMost, what, ": batch ", batch, " x channels ", channels,
                               " on a grid of ", n0, " x ", n1, " rows gives ", std::max(rows, widest),
                               " lines; the device accepts at most ", kMost);
  }
  static constexpr std::int64_t kMost = std::numeric_limits<int>::max() - 4096;
};

template <class T>
void check_pairs(const Complex<T>* spectrum, const char* what) {
  require<ErrorKind::device>(reinterpret_cast<std::uintptr_t>(spectrum) % sizeof(Complex<T>) == 0, what,
                             ": the spectrum is not aligned to whole complex numbers");
}

inline bool is_trivial(int points, int kept) { return points == 1 && kept == 1; }

}  // namespace fno::cuda::CU_TARGET
