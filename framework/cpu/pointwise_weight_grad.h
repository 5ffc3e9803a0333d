#pragma once

#include <algorithm>
#include <cstdint>

#include "framework/cpu/context.h"
#include "framework/cpu/conv_patch.h"
#include "framework/cpu/conv_weight_tile.h"
#include "framework/cpu/stream.h"

namespace fno::cpu {

/// The weight gradient of a 1-wide kernel, dw(o, i) = Σ over samples and points of dy(o)·x(i), in parts for whoever has
/// some channels of dy of a sample in the cache. Vectors run along the points, so that nothing is turned, and the sums
/// of a sample, or of a piece of it where samples are few, are kept apart until the end: the order of every sum comes
/// from the problem alone.
template <class T>
class PointwiseWeightGrad {
 public:
  /// Where it pays: lines so long that adding up their lanes is little beside them.
  static bool takes(const ConvGeometry& g) {
    return is_pointwise(g) && g.points() >= 1024 && g.points() >= 16 * std::int64_t{std::max(g.in, g.out)};
  }
  PointwiseWeightGrad(Context& context, const ConvWeightGrad<T>& job)
      : job_(job),
        g_(job.g),
        points_(job.g.points()),
        pieces_((kUnits + job.g.batch - 1) / job.g.batch),
        sums_(context.memory(), static_cast<std::size_t>(units() * job.g.weights())) {}

  [[nodiscard]] std::int64_t units() const { return g_.batch * pieces_; }
  [[nodiscard]] std::int64_t pieces() const { return pieces_; }  ///< units of a sample
  /// Elements of scratch for `rows` output channels at a time.
  [[nodiscard]] std::size_t scratch(int rows) const { return std::size_t(rows) * g_.in * Simd<T>::lanes; }

  /// Unit u, output channels o0 … o0 + rows. `dy` holds the first of these of the unit's sample, others dy_row behind.
  void run(std::int64_t u, int o0, int rows, const T* dy, std::int64_t dy_row, T* scratch) const {
    constexpr int kLanes = Simd<T>::lanes, kRows = tile_rows(kMaxTileVectors);
    const std::int64_t b = u / pieces_, piece = u % pieces_, chunks = (points_ + kPoints - 1) / kPoints;
    const T* x = job_.x + b * g_.in * points_;
    const int blocks = (rows + kRows - 1) / kRows;
    std::fill_n(scratch, this->scratch(rows), T(0));
    for (std::int64_t chunk = chunks * piece / pieces_; chunk < chunks * (piece + 1) / pieces_; ++chunk) {
      const std::int64_t p0 = chunk * kPoints;
      const SumPoints part{1, static_cast<int>(std::min(kPoints, points_ - p0)), 0};
      for (int i = 0; i < g_.in; ++i) touch(x + i * points_ + p0, part.width);
      for (int block = 0; block < blocks; ++block) {
        const int r0 = rows * block / blocks, r1 = rows * (block + 1) / blocks;
        for (int r = r0; r < r1; ++r) touch(dy + r * dy_row + p0, part.width);
        for (int i0 = 0; i0 < g_.in; i0 += kMaxTileVectors) {
          const int columns = std::min(kMaxTileVectors, g_.in - i0);
          const T* column[kMaxTileVectors];
          for (int c = 0; c < columns; ++c) column[c] = x + (i0 + c) * points_ + p0;
          dot_tile_for<T>(r1 - r0, columns)(part, column, dy + r0 * dy_row + p0, dy_row,
                                            scratch + (std::ptrdiff_t{r0} * g_.in + i0 * (r1 - r0)) * kLanes, r1 - r0);
        }
      }
    }
    T* sums = sums_.data() + u * g_.weights() + std::int64_t{o0} * g_.in;
    for (int block = 0; block < blocks; ++block) {
      const int r0 = rows * block / blocks, r1 = rows * (block + 1) / blocks;
      for (int i = 0; i < g_.in; ++i)
        for (int r = r0; r < r1; ++r, scratch += kLanes)
          sums[std::int64_t{r} * g_.in + i] = Simd<T>::sum(Simd<T>::load(scratch));
    }
  }

  /// Once all units have run.
  void finish() const {
    const std::int64_t n = g_.weights();
    std::copy_n(sums_.data(), n, job_.dw);
    for (std::int64_t u = 1; u < units(); ++u)
      for (std::int64_t k = 0; k < n; ++k) job_.dw[k] += sums_.data()[u * n + k];
  }

 private:
  static constexpr std::int64_t kUnits = 8;     // as many at least, for as many threads
  static constexpr std::int64_t kPoints = 512;  // that a tile goes through: its rows of dy stay in the first cache

  ConvWeightGrad<T> job_;
  ConvGeometry g_;
  std::int64_t points_, pieces_;
  Scratch<T> sums_;  // (units, out, in)
};

}  // namespace fno::cpu
